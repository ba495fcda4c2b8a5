"""What every store must do so that nothing of an open order is forgotten."""

from datetime import timedelta

from tests.contracts.store_samples import OTHER, TTN, Stores, state
from tests.fakes.clock import START
from vistka.domain.messages import PollOrder
from vistka.domain.orders import Order
from vistka.ports import Commit

DAYS_10 = timedelta(days=10)


def entry(*ttns: str, key: str = "1", number: str = "TWC01") -> PollOrder:
    order = Order(key=key, number=number, tracking=", ".join(ttns), shown=None)
    return PollOrder(order=order, ttns=ttns, bad_phone=False)


class KeepingContract:
    def test_a_renewed_state_is_kept_from_now_on_and_is_the_same_in_all_else(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.parcels.commit(Commit(state=state(OTHER), expected=None))
        stores.clock.advance(DAYS_10)
        stores.keeping.renew([entry(TTN, "20450000000099")])
        found = stores.parcels.states([TTN, OTHER, "20450000000099"])
        assert found == {TTN: state(), OTHER: state(OTHER)}
        assert found[TTN].kept_until == START + DAYS_10 + timedelta(days=90)
        assert found[OTHER].kept_until != found[TTN].kept_until

    def test_a_renewal_is_in_nobodys_way(self, stores: Stores) -> None:
        """R10: it takes no revision."""
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.keeping.renew([entry(TTN)])
        stores.parcels.commit(Commit(state=state(revision=1), expected=0))
        stores.keeping.renew([entry(TTN), entry(TTN, key="2", number="TWC02")])
        assert stores.parcels.states([TTN]) == {TTN: state(revision=1)}

    def test_what_is_not_there_is_not_made(self, stores: Stores) -> None:
        stores.keeping.renew([entry(TTN)])
        assert stores.parcels.states([TTN]) == {}
        assert stores.parcels.order("1") is None
        assert stores.parcels.order_key("TWC01") is None
        assert stores.chats.of_orders(["1"]) == {}
