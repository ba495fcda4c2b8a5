"""The bot: hears through Telegram's webhook what people write, and replies; makes the links that lead to it."""

from functools import cache
from typing import Any

from vistka.domain.errors import BadMessage
from vistka.edge.botside import bot_findings, door_of, link_asked, minter_of
from vistka.edge.direct import findings, is_request
from vistka.edge.invoking import invoke
from vistka.edge.outside import Outside
from vistka.edge.webhook import Door
from vistka.usecases.minting import Minter


@cache
def outside() -> Outside:
    return Outside.of_function("NOTICES_QUEUE_URL")


@cache
def door() -> Door:
    return door_of(outside())


@cache
def minter() -> Minter:
    return minter_of(outside())


def work(event: Any) -> dict[str, Any]:
    if is_request(event):
        return door().answer(event)
    match event:
        case {"check": True}:
            return findings(lambda: bot_findings(outside()))
        case {"link": asked}:
            return {"link": link_asked(minter(), asked)}
    raise BadMessage('the bot takes requests at its Function URL, {"link": {…}}, or {"check": true}')


def handler(event: Any, _context: Any) -> dict[str, Any]:
    return invoke(outside(), event, work)
