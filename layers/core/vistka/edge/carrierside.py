"""The parts of the tracker: the carrier under its pace, and all that an answer leads to."""

from typing import Final

from vistka.adapters.nova_poshta import NovaPoshta
from vistka.adapters.nova_poshta_requests import Limits
from vistka.adapters.store_paces import DynamoPace
from vistka.adapters.threads import Threads
from vistka.domain.errors import CarrierUnavailable
from vistka.edge.outside import Outside
from vistka.edge.rotating import RotatingPace
from vistka.edge.ruleside import applier_of
from vistka.ports import Shop
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter
from vistka.usecases.tracking import Tracker

#: Parcels written at the same time; botocore keeps ten connections open.
COMMITS_AT_ONCE: Final = 8


def carrier_of(outside: Outside) -> NovaPoshta:
    """An empty key tracks without one. The pace is shared by all that use the same key."""
    settings = outside.settings
    secret = outside.secret("NOVA_POSHTA_API_KEY", CarrierUnavailable)

    def key() -> str:
        return secret() if secret.configured else ""

    def pace(key: str) -> DynamoPace:
        group = outside.hash(f"carrier:{key}")
        return DynamoPace(outside.table, clock=outside.clock, group=group, interval=settings.pace)

    return NovaPoshta(
        url=settings.nova_poshta_url,
        key=key,
        pace=RotatingPace(key, pace),
        clock=outside.clock,
        chance=outside.random,
        limits=Limits(budget=settings.carrier_timeout, longest_slot_wait=settings.slot_wait),
    )


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
        policy=outside.policy(shop),
        say=outside.say,
    )
