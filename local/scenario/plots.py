"""What happens to the parcels of a scenario: stories in hours from the epoch.

A story is `hours code | hours code …`; `code*` words the same code otherwise. The runs come at 0, +30 and +48 hours:
nothing happens near them, so that a run may come a little early or late and still see what is expected.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reach(StrEnum):
    """What stands between us and the buyer."""

    CHAT = "chat"
    NO_USER = "no_user"
    NO_PROFILE = "no_profile"
    NO_CHAT = "no_chat"
    BAD_CHAT = "bad_chat"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NOT_STARTED = "not_started"
    UNKNOWN_CHAT = "unknown_chat"


@dataclass(frozen=True, slots=True)
class Plot:
    """`way`: branch, locker or courier. `child`: type of the waybill made of this one, and when it is first shown.

    `days`: it may all have happened up to so many days earlier. `angle`: the address holds `A<B & C`.
    """

    story: str
    way: str = "branch"
    money: bool = False
    child: tuple[str, float] | None = None
    days: int = 0
    angle: bool = False


_UNDER_WAY = "-40 1 | -34 4 | -20 5"
_AT_BRANCH = "-70 1 | -64 4 | -50 5 | -30 6 | -26 7"
_AT_LOCKER = "-70 1 | -64 4 | -50 5 | -30 6 | -26 8"
_C, _U, _P, _N = Reach.CHAT, Reach.NO_USER, Reach.NO_PROFILE, Reach.NO_CHAT

#: (how many, who bought, what happens): parcels that move between the first two runs.
MOVES: Final[tuple[tuple[int, Reach, Plot], ...]] = (
    # On its way: three that stay so, two that wait at the third run, two that the carrier did not know at first.
    (3, _C, Plot("-22 1 | 6 4 | 14 5")),
    (2, _C, Plot("-20 1 | 8 4 | 16 5 | 36 6 | 40 7")),
    (2, _C, Plot("5 1 | 9 4 | 20 5")),
    # Waiting: at a branch, at a locker, moved from the locker to a branch.
    (2, _C, Plot(f"{_UNDER_WAY} | 12 6 | 20 7", money=True)),
    (1, _C, Plot(f"{_UNDER_WAY} | 12 6 | 21 7", angle=True)),
    (1, _C, Plot("-60 1 | -50 4 | -30 5 | -8 6 | 10 7 | 41 9", money=True)),
    (1, _C, Plot(f"{_UNDER_WAY} | 12 6 | 20 8", way="locker")),
    (1, _C, Plot(f"{_UNDER_WAY} | 10 6 | 15 8 | 42 9", way="locker")),
    (1, _C, Plot(f"{_AT_LOCKER} | 18 107", way="locker")),
    # Received: from the branch, with money to come, from the locker, from the courier.
    (3, _C, Plot(f"{_AT_BRANCH} | 11 9")),
    (1, _C, Plot(f"{_AT_BRANCH} | 13 9 | 14 10 | 39 11", money=True, child=("MoneyTransfer", 15))),
    (1, _C, Plot(f"{_AT_LOCKER} | 17 9", way="locker")),
    (1, _C, Plot(f"{_UNDER_WAY} | -5 6 | -3 101 | 7 9", way="courier")),
    # Refused: the waybill of the return appears hours later, or only after the third run.
    (1, _C, Plot(f"{_AT_BRANCH} | 12 103", child=("CargoReturn", 25))),
    (1, _C, Plot(f"{_AT_BRANCH} | 12 102", child=("CargoReturn", 55))),
    # News for the page, not for the phone.
    (1, _C, Plot("-30 1 | -20 4 | 10 5")),
    (1, _C, Plot(f"{_UNDER_WAY} | 22 6")),
    (1, _C, Plot(f"{_AT_BRANCH} | 16 14")),
    (1, _C, Plot(f"{_AT_BRANCH} | 16 7*")),
    (1, _C, Plot(f"{_AT_BRANCH} | -20 10 | 12 11", money=True)),
    (1, _C, Plot(f"{_UNDER_WAY} | 15 77")),
    (1, _C, Plot(f"{_UNDER_WAY} | 8 6 | 23 101", way="courier")),
    (1, _C, Plot(f"{_UNDER_WAY} | 9 80")),
    # Buyers without a chat: one summary to the shop, refusals at once.
    (4, _U, Plot("-18 1 | 7 4 | 15 5")),
    (4, _U, Plot(f"{_UNDER_WAY} | 11 6 | 19 7")),
    (3, _U, Plot(f"{_AT_BRANCH} | 14 9")),
    (1, _U, Plot(f"{_AT_BRANCH} | 15 103", child=("CargoReturn", 27))),
    (2, _P, Plot("-16 1 | 9 4 | 17 5 | 37 6 | 41 7")),
    (1, _P, Plot(f"{_UNDER_WAY} | 13 6 | 22 8", way="locker")),
    (1, _P, Plot(f"{_AT_LOCKER} | 10 9", way="locker")),
    (4, _N, Plot("-14 1 | 10 4 | 18 5")),
    (3, _N, Plot(f"{_UNDER_WAY} | 10 6 | 18 7 | 43 9")),
    (3, _N, Plot(f"{_AT_BRANCH} | 20 9")),
    (1, _N, Plot(f"{_AT_BRANCH} | 19 108")),
    (1, Reach.BAD_CHAT, Plot(f"{_UNDER_WAY} | 10 6 | 17 7")),
    # Chats that Telegram refuses.
    (1, Reach.BLOCKED, Plot(f"{_UNDER_WAY} | 12 6 | 20 7")),
    (1, Reach.DEACTIVATED, Plot(f"{_AT_BRANCH} | 12 9")),
    (1, Reach.UNKNOWN_CHAT, Plot("-24 1 | 12 4")),
    (1, Reach.NOT_STARTED, Plot(f"{_UNDER_WAY} | 14 6 | 21 7")),
)

#: An order with two numbers of which one moves, and two orders with one number.
PAIR_MOVES: Final = Plot(f"{_UNDER_WAY} | 11 6 | 18 7")
SHARED_MOVES: Final = Plot("-26 1 | 8 4 | 13 5")
#: Cancelled orders whose parcels go on: nobody is told.
CANCELLED_MOVES: Final = (Plot("-26 1 | 8 4 | 13 5"), Plot(f"{_UNDER_WAY} | 11 6 | 18 7"), Plot(f"{_AT_BRANCH} | 12 9"))

RECEIVED: Final = Plot(f"{_AT_BRANCH} | -10 9", days=60)
REFUSED: Final = Plot(f"{_AT_BRANCH} | -12 103", child=("CargoReturn", -6), days=5)
NEVER_KNOWN: Final = Plot("")

#: (how many of a hundred, what happens): parcels that stand still during the three runs.
STILL: Final[tuple[tuple[int, Plot], ...]] = (
    (8, Plot("-20 1")),
    (4, Plot("-26 1 | -18 4")),
    (2, Plot("-26 1 | -18 41")),
    (18, Plot(_UNDER_WAY)),
    (7, Plot("-50 1 | -44 4 | -30 5 | -6 6")),
    (14, Plot(_AT_BRANCH)),
    (4, Plot(_AT_BRANCH, money=True)),
    (9, Plot(_AT_LOCKER, way="locker")),
    (3, Plot("-50 1 | -44 4 | -30 5 | -6 6 | -3 101", way="courier")),
    (8, RECEIVED),
    (3, Plot(f"{_AT_LOCKER} | -9 9", way="locker", days=20)),
    (1, Plot(f"{_AT_BRANCH} | -12 9*", days=30)),
    (2, Plot(f"{_AT_BRANCH} | -14 10", money=True, child=("MoneyTransfer", -13))),
    (2, Plot(f"{_AT_BRANCH} | -20 10 | -4 11", money=True, child=("MoneyTransfer", -19), days=9)),
    (1, Plot(f"{_AT_BRANCH} | -12 106", child=("MoneyTransfer", -11), days=9)),
    (2, REFUSED),
    (1, Plot(f"{_AT_BRANCH} | -12 102", child=("CargoReturn", -9))),
    (1, Plot(f"{_AT_BRANCH} | -12 108")),
    (1, Plot("-300 1 | -290 4 | -270 5 | -250 7 | -20 105")),
    (1, Plot(f"{_AT_BRANCH} | -12 104", child=("Redirecting", -10))),
    (1, Plot("-50 1 | -44 4 | -30 5 | -10 101 | -5 111", way="courier")),
    (1, Plot("-50 1 | -44 4 | -30 5 | -10 101 | -6 112", way="courier")),
    (1, Plot("-30 1 | -10 12")),
    (1, Plot(f"{_AT_BRANCH} | -4 14")),
    (1, Plot("-90 1 | -40 15")),
    (1, Plot("-40 1 | -10 2")),
    (1, Plot("-90 1 | -80 4 | -60 124")),
    (1, Plot(f"{_AT_LOCKER} | -6 107", way="locker")),
    (3, NEVER_KNOWN),
    (1, Plot(f"{_UNDER_WAY} | -9 80")),
    (1, Plot(f"{_UNDER_WAY} | -9 -")),
    (1, Plot(f"{_UNDER_WAY} | -9 131")),
)
