"""Which buttons stand under a notice."""

from collections.abc import Callable
from dataclasses import dataclass

from vistka.domain.notices import Audience, Notice
from vistka.domain.presses import Press, said_of_order
from vistka.ports import Button, Buttons, ButtonTexts


@dataclass(frozen=True, kw_only=True)
class NoticeButtons:
    """`heard` tells whether a press would reach the bot: a button that nobody hears is worse than none."""

    texts: ButtonTexts
    heard: Callable[[], bool]

    def under(self, notice: Notice) -> Buttons:
        """Raises ConfigurationError for a button without a text."""
        if notice.audience is not Audience.SHOP or not notice.is_of_one_order:
            return ()
        row = of_order(self.texts, notice.order_key, notice.language, muted=False)
        return (row,) if row and self.heard() else ()


def of_order(texts: ButtonTexts, order_key: str, language: str, *, muted: bool) -> tuple[Button, ...]:
    """The button of the shop's chat that mutes an order, or lets it be heard again; none for a key too long."""
    press = Press.UNMUTE_ORDER if muted else Press.MUTE_ORDER
    says = said_of_order(press, order_key)
    return (Button(label=texts.button(press, language), says=says),) if says else ()
