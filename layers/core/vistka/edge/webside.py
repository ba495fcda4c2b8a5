"""The parts of the pages: their door, and the links that lead to them."""

import secrets
from typing import Any, Final

from vistka.adapters.store_orders import DynamoLinkedOrders
from vistka.domain.orders import Finding
from vistka.edge.minted import keys_finding, keys_of, minted
from vistka.edge.outside import Outside
from vistka.edge.site import Site
from vistka.texts.pages import Brand
from vistka.usecases.minting import Minter

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
        ancestors=settings.frame_ancestors,
        note=outside.note,
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
    return [keys_finding(outside, "orders' pages", unset="no page can be opened")]
