"""What the bot replies, from one template for each reply and language."""

import re
from datetime import datetime
from typing import Any, Final

from jinja2 import TemplateError

from vistka.domain.errors import ConfigurationError
from vistka.domain.views import OrderView
from vistka.texts.parcels import of_parcel
from vistka.texts.render import DEFAULT_LANGUAGE
from vistka.texts.rooms import room

LANGUAGES: Final = frozenset({"uk", "en", "ru"})


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
    return {"number": order.number, "parcels": [of_parcel(parcel, order.number, now) for parcel in order.parcels]}
