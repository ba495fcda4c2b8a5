"""The parts of the pages: their door, and the links that lead to them."""

import secrets
from datetime import timedelta
from functools import cache
from typing import Any, Final

from vistka.adapters.order_events import EventBridgeOrders
from vistka.adapters.store_orders import DynamoLinkedOrders
from vistka.adapters.store_refreshes import DynamoRefreshes
from vistka.domain.errors import ConfigurationError, TransientError
from vistka.domain.orders import Finding
from vistka.edge.minted import keys_finding, keys_of, minted
from vistka.edge.outside import Outside
from vistka.edge.shop_api import ShopApi, read_keys
from vistka.edge.site import Site
from vistka.texts.pages import Brand
from vistka.usecases.minting import Minter
from vistka.usecases.refreshing import Refresher

#: What a page's link lasts unless its maker says otherwise: as long as the store remembers a parcel's history.
PAGE_DAYS: Final = 90


def site_of(outside: Outside) -> Site:
    settings = outside.settings
    return Site(
        orders=DynamoLinkedOrders(outside.table),
        parcels=outside.parcels,
        runs=outside.runs,
        clock=outside.clock,
        keys=keys_of(outside),
        minter=minter_of(outside),
        brand=Brand(name=settings.brand_name, url=settings.brand_url),
        bot_name=settings.telegram_bot_name,
        default_language=settings.default_language,
        ancestors=settings.frame_ancestors,
        shop_api=shop_api_of(outside),
        note=outside.note,
        say=outside.say,
    )


def shop_api_of(outside: Outside) -> ShopApi:
    settings = outside.settings
    keys = outside.secret("API_KEYS", TransientError)
    return ShopApi(
        orders=DynamoLinkedOrders(outside.table),
        parcels=outside.parcels,
        runs=outside.runs,
        clock=outside.clock,
        # Not named at all: nobody has a key.
        keys=lambda: read_keys(keys()) if keys.configured else (),
        minter=minter_of(outside),
        page_lasts=timedelta(days=PAGE_DAYS),
        refresher=Refresher(
            refreshes=DynamoRefreshes(outside.table),
            events=EventBridgeOrders(cache(lambda: outside.client("events")), settings.event_source),
            clock=outside.clock,
            interval=settings.refresh,
        ),
        default_language=settings.default_language,
        say=outside.say,
    )


def minter_of(outside: Outside) -> Minter:
    return Minter(
        parcels=outside.parcels,
        clock=outside.clock,
        keys=keys_of(outside),
        bot_name=lambda: outside.settings.telegram_bot_name,
        random_bytes=secrets.token_bytes,
    )


def page_asked(minter: Minter, asked: Any) -> dict[str, Any]:
    return minted("page", asked, days=PAGE_DAYS, mint=minter.page)


def web_findings(outside: Outside) -> list[Finding]:
    """Whether orders' pages can be opened, for `vistka check`. A shop without them is well too."""
    outside.parcels.states(["00000000000000"])  # whether it may read at all
    return [keys_finding(outside, "orders' pages", unset="no page can be opened"), _api_finding(outside)]


def _api_finding(outside: Outside) -> Finding:
    name, closed = "shop's API", "closed: no key is set"
    keys = outside.secret("API_KEYS", TransientError)
    if not keys.configured:
        return Finding(name=name, ok=True, text=closed)
    try:
        text = keys()
    except ConfigurationError:
        return Finding(name=name, ok=True, text=closed)
    try:
        count = len(read_keys(text))
    except ConfigurationError as error:
        return Finding(name=name, ok=False, text=str(error), hint="mend the parameter that ApiKeysParameter names")
    whose = "the key" if count == 1 else f"one of {count} keys"
    return Finding(name=name, ok=True, text=f"open to whoever has {whose}")
