"""The pages: shows an order to whoever has its link; reads the store, and nothing else."""

from functools import cache
from typing import Any

from vistka.domain.errors import BadMessage
from vistka.edge.direct import findings, is_request
from vistka.edge.invoking import invoke
from vistka.edge.outside import Outside
from vistka.edge.site import Site
from vistka.edge.webside import minter_of, page_asked, site_of, web_findings
from vistka.usecases.minting import Minter


@cache
def outside() -> Outside:
    return Outside.of_function()


@cache
def site() -> Site:
    return site_of(outside())


@cache
def minter() -> Minter:
    return minter_of(outside())


def work(event: Any) -> dict[str, Any]:
    if is_request(event):
        return site().answer(event)
    match event:
        case {"check": True}:
            return findings(lambda: web_findings(outside()))
        case {"page": asked}:
            return {"page": page_asked(minter(), asked)}
    raise BadMessage('the pages take requests at their Function URL, {"page": {…}}, or {"check": true}')


def handler(event: Any, _context: Any) -> dict[str, Any]:
    return invoke(outside(), event, work)
