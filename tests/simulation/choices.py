"""What a seed's shop has chosen, and the day on which its story begins: hours, days and hearers."""

import random
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.hours import NO_HOURS, Hours
from vistka.domain.telling import CROWD

KYIV: Final = ZoneInfo("Europe/Kyiv")

#: A winter's and a summer's Monday morning, and the nights in which the clock is put back and forward.
_STARTS: Final = (
    *[datetime(2026, 1, 12, 2, tzinfo=UTC)] * 8,
    *[datetime(2026, 6, 15, 2, tzinfo=UTC)] * 8,
    *[datetime(2026, 10, 24, 21, tzinfo=UTC)] * 2,
    *[datetime(2026, 3, 28, 21, tzinfo=UTC)] * 2,
)

_REMINDED: Final = Audiences.parse(buyer="+last_day", shop="+not_handed_over, +waiting_long, +money_overdue, +last_day")

#: What shops choose that do not keep the default.
_CHOSEN: Final = (
    Audiences.parse(
        buyer="+refused, +storage_ended, +failed_attempt, +redirected, +coming_back, +returned, +last_day",
        shop="+waiting, +received, +money_coming, +money_paid",
    ),
    Audiences.parse(buyer="none", shop="waiting, refused, with_courier"),
    Audiences.parse(buyer="waiting", shop="none"),
)


#: More than one transaction holds, where many orders have one number.
_ALL: Final = Audiences.parse(buyer="+last_day, +waiting_long", shop="+waiting, +received, +last_day, +waiting_long")


def crowd(seed: int) -> int:
    """So many orders that each is told for itself share one number now and then; 0 for none. Drawn from numbers of its
    own: the other seeds stay as they were."""
    rng = random.Random(f"crowd {seed}")
    return rng.randint(9, CROWD) if rng.random() < 0.04 else 0


def start_of(seed: int) -> datetime:
    return random.Random(f"start {seed}").choice(_STARTS)


def hearers(seed: int) -> Audiences:
    """The default now and then, with the reminders as a rule; now and then the shop has chosen otherwise."""
    rng = random.Random(f"hearers {seed}")
    drawn = rng.random()
    if crowd(seed):
        return _ALL
    if drawn < 0.25:
        return Audiences()
    return _REMINDED if drawn < 0.8 else rng.choice(_CHOSEN)


def reminders(seed: int) -> ReminderRules:
    """Hours of the time with faults as a rule, so that they fall together."""
    rng = random.Random(f"reminders {seed}")
    first = start_of(seed).astimezone(KYIV).hour
    quiet = NO_HOURS
    if rng.random() < 0.6:
        begin = (first + rng.randint(-4, 5)) % 24
        quiet = Hours(start=begin, end=(begin + rng.randint(2, 6)) % 24)
    return ReminderRules(
        hour=(first + rng.randint(0, 7)) % 24,
        quiet=quiet,
        not_handed_over_days=rng.randint(1, 3),
        waiting_days=rng.randint(1, 3),
        money_days=rng.randint(1, 3),
    )
