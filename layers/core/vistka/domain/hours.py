"""Hours of the day by Kyiv's wall clock, over midnight if need be, through both changes of the clock (F17, F41)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self

from vistka.domain.kyiv import kyiv, kyiv_date

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """From `start` up to `end` o'clock of each day; over midnight where `end` is the smaller; none where both are the
    same."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "22-8". Raises ValueError."""
        match = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", text)
        if match is None or not all(int(hour) < 24 for hour in match.groups()):
            raise ValueError(f"{text!r} are no hours; write them as 22-8")
        return cls(start=int(match[1]), end=int(match[2]))

    def cover(self, moment: datetime) -> bool:
        hour = moment.astimezone(kyiv()).hour
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end

    def end_after(self, moment: datetime) -> datetime:
        """When the hours that cover the moment end; the moment itself where none do. In UTC."""
        if not self.cover(moment):
            return moment.astimezone(UTC)
        today = at_hour(kyiv_date(moment), self.end)
        return today if today > moment else at_hour(kyiv_date(moment) + _DAY, self.end)

    def last_before(self, moment: datetime) -> datetime:
        """An hour before the hours that cover the moment began; the moment itself where none do. In UTC."""
        if not self.cover(moment):
            return moment.astimezone(UTC)
        today = at_hour(kyiv_date(moment), self.start)
        return (today if today <= moment else at_hour(kyiv_date(moment) - _DAY, self.start)) - _HOUR


#: Nothing is quiet.
NO_HOURS: Final = Hours(start=0, end=0)


def at_hour(day: date, hour: int) -> datetime:
    """In UTC: a full hour of a day in Kyiv, the first one where the clock strikes it twice; where it skips the hour,
    the one after."""
    return datetime.combine(day, time(hour), kyiv()).astimezone(UTC)
