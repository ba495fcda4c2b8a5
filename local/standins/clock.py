"""The moved clock: real time plus the seconds that a file names."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class MovedClock:
    """`now` is aware, in UTC. A missing, empty or unreadable file moves nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def offset(self) -> timedelta:
        if self._file is None:
            return timedelta(0)
        try:
            return timedelta(seconds=float(self._file.read_text(encoding="utf-8").strip() or "0"))
        except (OSError, ValueError):
            return timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    @staticmethod
    def ticks() -> float:
        """Seconds that nobody moves, for limits a second."""
        return time.monotonic()
