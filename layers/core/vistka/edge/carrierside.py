"""The parts of the tracker: the carrier under its pace, and all that an answer leads to."""

from collections.abc import Callable
from typing import Final

from vistka.adapters.nova_poshta import NovaPoshta
from vistka.adapters.nova_poshta_requests import Limits
from vistka.adapters.store_health import DynamoHealth
from vistka.adapters.store_paces import DynamoPace
from vistka.adapters.threads import Threads
from vistka.carrier.keys import keys_of
from vistka.domain.errors import CarrierUnavailable
from vistka.domain.orders import Finding
from vistka.edge.outside import Outside
from vistka.edge.ruleside import applier_of
from vistka.ports import Shop
from vistka.usecases.carrier_health import Pulse
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter
from vistka.usecases.tracking import Tracker

#: Parcels written at the same time; botocore keeps ten connections open.
COMMITS_AT_ONCE: Final = 8


def carrier_of(outside: Outside) -> NovaPoshta:
    """Without a key it tracks keyless. A pace is shared by all that use the same key."""
    settings = outside.settings

    def pace(key: str) -> DynamoPace:
        group = outside.hash(f"carrier:{key}")
        return DynamoPace(outside.table, clock=outside.clock, group=group, interval=settings.pace)

    return NovaPoshta(
        url=settings.nova_poshta_url,
        keys=_keys(outside),
        pace=pace,
        clock=outside.clock,
        chance=outside.random,
        limits=Limits(budget=settings.carrier_timeout, longest_slot_wait=settings.slot_wait),
    )


def carrier_findings(outside: Outside) -> list[Finding]:
    """Whether the carrier answers and takes the keys, and whether the runs know how many there are."""
    found = [carrier_of(outside).check()]
    held, told = len(_keys(outside)()), outside.settings.carrier_keys
    if held > 1 or told > 1:
        text = f"{held} in the secret; a run asks as much as CarrierKeys={told} allows"
        hint = "" if held == told else f"deploy with CarrierKeys={max(1, held)}"
        found.append(Finding(name="carrier keys", ok=held >= told, text=text, hint=hint))
    return found


def _keys(outside: Outside) -> Callable[[], tuple[str, ...]]:
    secret = outside.secret("NOVA_POSHTA_API_KEY", CarrierUnavailable)
    return lambda: keys_of(secret()) if secret.configured else ()


def tracker_of(outside: Outside, shop: Shop) -> Tracker:
    return Tracker(
        carrier=carrier_of(outside),
        chats=outside.chats,
        runs=outside.runs,
        store=ParcelWriter(
            parcels=outside.parcels,
            shop=shop,
            together=Threads(COMMITS_AT_ONCE),
            clock=outside.clock,
            metrics=outside.metrics,
            say=outside.say,
        ),
        shop=ShopWriter(
            shop=shop,
            parcels=outside.parcels,
            ledger=outside.ledger,
            notices=outside.notices,
            auditor=outside.auditor,
            clock=outside.clock,
            metrics=outside.metrics,
            say=outside.say,
        ),
        applier=applier_of(outside, shop),
        notices=outside.notices,
        clock=outside.clock,
        metrics=outside.metrics,
        pulse=Pulse(
            book=DynamoHealth(outside.table),
            clock=outside.clock,
            every=outside.settings.health_noted,
            say=outside.say,
        ),
        policy=outside.policy(shop),
        say=outside.say,
    )
