"""What the store knows of an order, for whoever may see it."""

from collections.abc import Iterable

from vistka.domain.journeys import journey
from vistka.domain.stories import OrderStory, ParcelStory, chained, present
from vistka.domain.views import OrderView, ParcelView
from vistka.ports import OrderRecord, ParcelStore, Runs
from vistka.usecases.chaining import in_chains
from vistka.usecases.freshness import checked_at, runs_for


def views(orders: Iterable[OrderRecord | None], parcels: ParcelStore, runs: Runs) -> tuple[OrderView, ...]:
    """The orders with the parcels that they have now, in the order in which those came, and what took a parcel's place
    behind it. Raises StoreUnavailable."""
    known = tuple(orders)
    current = [in_chains(order.links) if order else [] for order in known]
    ttns = [link.ttn for links in current for link in links]
    states = parcels.states(ttns) if ttns else {}
    latest = runs_for(states.values(), runs)
    return tuple(
        OrderView(
            number=order.order_number if order else "",
            parcels=tuple(
                ParcelView(
                    ttn=link.ttn, state=states.get(link.ttn), checked_at=checked_at(states.get(link.ttn), latest)
                )
                for link in links
            ),
        )
        for order, links in zip(known, current, strict=True)
    )


def stories(
    orders: Iterable[OrderRecord | None], parcels: ParcelStore, runs: Runs, *, whole: bool = True
) -> tuple[OrderStory, ...]:
    """The orders as their pages tell them; without `whole` only as they stand, which asks for no history. Raises
    StoreUnavailable."""
    return tuple(
        OrderStory(
            number=view.number,
            parcels=tuple(_story(chain, parcels if whole else None) for chain in chained(view.parcels)),
        )
        for view in views(orders, parcels, runs)
    )


def _story(chain: tuple[ParcelView, ...], parcels: ParcelStore | None) -> ParcelStory:
    place = present(chain)
    told = [change for view in chain for change in (parcels.history(view.ttn) if parcels is not None else ())]
    history = sorted(told, key=lambda change: change.at)
    return ParcelStory(
        view=chain[place],
        journey=journey(chain[place].state, history),
        history=tuple(history),
        replaced=tuple(view.ttn for view in chain[:place]),
    )
