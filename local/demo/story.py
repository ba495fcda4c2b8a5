"""One buyer's story, after the shop's day: a link tapped, an arrival, a refusal that comes back, a reminder; at the end
the shop's digest."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from rich.console import Console

from local.cockpit.__main__ import answer
from local.cockpit.desk import BUYER, Desk
from local.demo.report import bubble
from local.demo.runs import DIGEST
from local.standins.http import Listener
from local.world.world import World
from vistka.domain.notices import Audience, Kind

#: Seconds. When days pass, the shop hears of each parcel that waits too long, some hundred of them and one in 1.5 s;
#: the local queue hands messages out in the order in which they came, and what the buyer is told comes behind those.
_PATIENCE: Final = 300
_LOOK: Final = 0.3
_HERS, _REFUSED = "V1001", "V1003"
_DAYS_TO_REMINDER: Final = 5
#: In Kyiv. A morning of the cockpit's begins within the hour before it.
DIGEST_HOUR: Final = 10
_TO_DIGEST_MINUTES: Final = 35
#: Words of the Ukrainian message that a step waits for.
WORDS: Final[Mapping[tuple[Audience, Kind], str]] = MappingProxyType(
    {
        (Audience.BUYER, Kind.ON_ITS_WAY): "в дорозі",
        (Audience.BUYER, Kind.WAITING): "чекає на вас",
        (Audience.SHOP, Kind.REFUSED): "Відмова",
        (Audience.SHOP, Kind.RETURNED): "поверн",
        (Audience.BUYER, Kind.LAST_DAY): "Завтра",
        (Audience.BUYER, Kind.RECEIVED): "Ви отримали",
        (Audience.SHOP, Kind.DIGEST): DIGEST,
    }
)


class Story:
    """Each step is waited for and shown; what did not come about is in `wrong`."""

    def __init__(self, world: World, console: Console) -> None:
        self._desk = Desk(world)
        self._console = console
        self._shown: set[int] = set()
        self.wrong: list[str] = []

    def tell(self) -> None:
        self._console.print("\n[bold]One buyer's story, on the same deployment[/]\n")
        self._desk.next_morning()
        self._shown = {message["message_id"] for message in self._messages()}
        self._step("the shop hands two parcels over, and types their numbers", self._hand_over)
        self._step("Olena taps the link of her order", self._link)
        self._step("her parcel sets out", lambda: self._move(_HERS, "5"), told=Kind.ON_ITS_WAY)
        self._step("it arrives at the branch", lambda: self._move(_HERS, "7"), told=Kind.WAITING)
        self._step(
            "another buyer refuses theirs", lambda: self._move(_REFUSED, "103"), told=Kind.REFUSED, to=Audience.SHOP
        )
        self._step(
            "it comes back to the shop", lambda: self._move(_REFUSED, "r9"), told=Kind.RETURNED, to=Audience.SHOP
        )
        self._step(
            f"{_DAYS_TO_REMINDER} days pass: the last free day is tomorrow",
            lambda: self._desk.do("later", {"minutes": _DAYS_TO_REMINDER * 24 * 60}),
            told=Kind.LAST_DAY,
        )
        self._step("she fetches it", lambda: self._move(_HERS, "9"), told=Kind.RECEIVED)
        self._desk.next_morning()
        self._step(
            f"the next morning, and at {DIGEST_HOUR}:00 the digest: how all parcels of the shop stand",
            lambda: self._desk.do("later", {"minutes": _TO_DIGEST_MINUTES}),
            told=Kind.DIGEST,
            to=Audience.SHOP,
        )

    def open_cockpit(self) -> Listener:
        """The page that shows this world, until it is closed."""
        return Listener(lambda request: answer(self._desk, request))

    def _hand_over(self) -> None:
        for number in (_HERS, _REFUSED):
            self._desk.do("send", {"order": number})
        self._wait(lambda: all(self._status(number) for number in (_HERS, _REFUSED)), "the shop shows both parcels")

    def _link(self) -> None:
        self._desk.do("link", {"order": _HERS})
        self._wait(lambda: bool(self._order(_HERS)["linked"]), "her chat is linked")

    def _move(self, number: str, code: str) -> None:
        self._desk.do("move", {"order": number, "code": code})

    def _step(
        self, title: str, do: Callable[[], object], *, told: Kind | None = None, to: Audience = Audience.BUYER
    ) -> None:
        self._console.print(f"  [cyan]{self._desk.state()['now'][5:16].replace('T', ' ')}[/]  {title}")
        do()
        if told is not None:
            words, shop = WORDS[to, told], to is Audience.SHOP
            chat = "the shop" if shop else "Olena"
            self._wait(lambda: self._arrived(words, shop=shop), f"{chat} is told ({words!r}) when {title}")
        fresh = [m for m in self._messages() if m["message_id"] not in self._shown]
        self._shown |= {message["message_id"] for message in fresh}
        # The whole shop lives on meanwhile: only what is of this story is shown.
        named = (_HERS, _REFUSED, DIGEST) if told is Kind.DIGEST else (_HERS, _REFUSED)
        ours = [m for m in fresh if m["chat_id"] == BUYER or any(name in m["text"] for name in named)]
        for message in ours:
            self._console.print(bubble(message, self._name(message)))

    def _arrived(self, words: str, *, shop: bool) -> bool:
        mine = [m for m in self._messages() if (m["chat_id"] < 0) is shop and m["message_id"] not in self._shown]
        return any(words in m["text"] for m in mine)

    def _wait(self, what: Callable[[], bool], expected: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not what():
            if time.monotonic() > end:
                self.wrong.append(f"did not come about: {expected}")
                return
            time.sleep(_LOOK)

    def _messages(self) -> list[Mapping[str, Any]]:
        state = self._desk.state()
        return sorted([*state["buyer"], *state["shop"]], key=lambda message: message["message_id"])

    def _order(self, number: str) -> Mapping[str, Any]:
        return next(order for order in self._desk.state()["orders"] if order["number"] == number)

    def _status(self, number: str) -> str:
        return str(self._order(number)["shipment_status"])

    @staticmethod
    def _name(message: Mapping[str, Any]) -> str:
        return "Olena" if message["chat_id"] == BUYER else "the shop's chat"
