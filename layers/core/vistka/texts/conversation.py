"""What the bot replies, from one template for each reply and language."""

from datetime import datetime
from typing import Any

from vistka.domain.views import OrderView
from vistka.texts.parcels import of_parcel
from vistka.texts.render import rendered


class BotReplies:
    """usecases.conversing.BotTexts."""

    def reply(self, name: str, language: str, *, now: datetime, **values: Any) -> str:
        """See there. `orders` are views, shown as they look at `now` (aware), in Kyiv time."""
        if "orders" in values:
            values["orders"] = [_order(order, now) for order in values["orders"]]
        return rendered(f"bot_{name}.j2", language, values)

    def button(self, name: str, language: str) -> str:
        return rendered("bot_button.j2", language, {"press": str(name)})


def _order(order: OrderView, now: datetime) -> dict[str, Any]:
    return {"number": order.number, "parcels": [of_parcel(parcel, order.number, now) for parcel in order.parcels]}
