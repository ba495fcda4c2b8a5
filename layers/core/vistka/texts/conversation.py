"""What the bot replies, from one template for each reply and language."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from jinja2 import TemplateError

from vistka.domain.errors import ConfigurationError
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.stages import Stage
from vistka.domain.views import OrderView, ParcelView
from vistka.texts.details import details
from vistka.texts.render import DEFAULT_LANGUAGE
from vistka.texts.rooms import room

LANGUAGES: Final = frozenset({"uk", "en", "ru"})

_WAITING: Final = frozenset({Stage.AT_BRANCH, Stage.AT_LOCKER})
#: Where nobody waits for the parcel any more: no date, no sum, no tracking link.
_OVER: Final = frozenset({Stage.DELIVERED, Stage.REFUSED, Stage.DELETED, Stage.DESTROYED})


class BotReplies:
    """usecases.conversing.BotTexts."""

    def reply(self, name: str, language: str, *, now: datetime, **values: Any) -> str:
        """See there. `orders` are views, shown as they look at `now` (aware), in Kyiv time."""
        if "orders" in values:
            values["orders"] = [_order(order, now) for order in values["orders"]]
        return _rendered(f"bot_{name}.j2", language, values)

    def button(self, press: str, language: str) -> str:
        return _rendered("bot_button.j2", language, {"press": str(press)})


def _rendered(name: str, language: str, values: dict[str, Any]) -> str:
    code = language if language in LANGUAGES else DEFAULT_LANGUAGE
    try:
        text = room(code).get_template(name).render(values)
    except TemplateError as error:
        raise ConfigurationError(f"the text {code}/{name} is missing or broken ({type(error).__name__})") from None
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _order(order: OrderView, now: datetime) -> dict[str, Any]:
    return {"number": order.number, "parcels": [_parcel(parcel, order.number, now) for parcel in order.parcels]}


def _parcel(parcel: ParcelView, order_number: str, now: datetime) -> dict[str, Any]:
    """The variables of a message about the parcel as it is now, and how fresh that is in minutes."""
    state = parcel.state
    stage = state.stage if state else None
    known = Notice(
        order_key="",
        order_number=order_number,
        ttn=parcel.ttn,
        kind=Kind.ON_ITS_WAY,
        occurrence="",
        audience=Audience.BUYER,
        version=0,
        state=NoticeState.NEW,
        created_at=now,
        payload={"facts": state.facts.to_dict() if state and state.facts else {}, "stage": str(stage or "")},
    )
    return details(known, now=now) | {
        "open": stage not in _OVER,
        "waiting": stage in _WAITING,
        "minutes": _minutes(parcel, now),
    }


def _minutes(parcel: ParcelView, now: datetime) -> int | None:
    if parcel.state is None or not parcel.state.live or parcel.checked_at is None:
        return None
    return max(now - parcel.checked_at, timedelta()) // timedelta(minutes=1)
