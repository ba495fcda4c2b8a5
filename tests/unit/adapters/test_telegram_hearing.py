"""Whether presses reach this deployment, as Telegram says where the bot's webhook leads."""

from datetime import timedelta

import pytest

from tests.fakes.clock import FakeClock
from vistka.adapters.telegram_hearing import Hearing
from vistka.domain.errors import TelegramUnavailable, VistkaError

OWN = "https://own.example/"


class Bot:
    """`says` is where the webhook leads, or the error that takes the answer's place."""

    def __init__(self, says: str | VistkaError, own_url: str = OWN) -> None:
        self.says = says
        self.asked = 0
        self.clock = FakeClock()
        self.heard = Hearing(own_url, webhook=self._webhook, clock=self.clock, lasts=timedelta(minutes=5))

    def _webhook(self) -> str:
        self.asked += 1
        if isinstance(self.says, VistkaError):
            raise self.says
        return self.says

    def later(self, says: str | VistkaError) -> bool:
        self.says = says
        self.clock.advance(timedelta(minutes=5))
        return self.heard()


@pytest.mark.parametrize("leads", [OWN, "", "https://shop.example/bot"])
def test_presses_are_heard_where_the_webhook_leads_here(leads: str) -> None:
    assert Bot(leads).heard() is (leads == OWN)


def test_telegram_is_asked_once_in_a_while() -> None:
    bot = Bot(OWN)
    assert [bot.heard() for _ in range(3)] == [True] * 3
    assert bot.asked == 1
    assert bot.later("") is False
    assert bot.later(OWN) is True
    assert bot.asked == 3


def test_what_was_heard_before_counts_while_telegram_does_not_answer() -> None:
    down = TelegramUnavailable("Telegram cannot be reached (ConnectTimeout)")
    assert Bot(down).heard() is False
    bot = Bot(OWN)
    assert bot.heard()
    assert bot.later(down) is True
    assert (bot.heard(), bot.asked) == (True, 2)
    assert bot.later("") is False


def test_a_deployment_that_has_no_address_for_it_asks_nobody() -> None:
    bot = Bot("", own_url="")
    assert (bot.heard(), bot.asked) == (False, 0)
