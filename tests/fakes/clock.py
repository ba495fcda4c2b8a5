"""A clock that stands still until it is moved, or slept on."""

from datetime import UTC, datetime, timedelta
from typing import Final

#: A Tuesday morning in winter: 10:00 in Kyiv.
START: Final = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self, now: datetime = START) -> None:
        if now.utcoffset() is None:
            raise ValueError("a clock tells aware moments only")
        self._now = now.astimezone(UTC)
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, duration: timedelta) -> None:
        self.slept.append(duration)
        self.advance(max(duration, timedelta()))

    def advance(self, duration: timedelta) -> None:
        if duration < timedelta():
            raise ValueError("a clock that goes back is set with `set`")
        self._now += duration

    def set(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
