"""The clock of this machine, which a local deployment may move by a file."""

import math
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vistka.domain.errors import ConfigurationError
from vistka.settings import is_loopback


class SystemClock:
    """`vistka.ports.Clock`.

    `clock_file` holds one number, the seconds to add to the real time; it is read at every call, so that writing it
    moves the clock. Missing or empty, it is 0. Raises ConfigurationError for a file outside a loopback deployment, and
    when it holds something else.
    """

    def __init__(self, clock_file: str | None = None, endpoint_url: str | None = None) -> None:
        if clock_file and not is_loopback(endpoint_url or ""):
            raise ConfigurationError("CLOCK_FILE moves the clock, which only a local deployment may do; remove it")
        self._file = Path(clock_file) if clock_file else None

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset()

    def sleep(self, duration: timedelta) -> None:
        time.sleep(max(duration.total_seconds(), 0))

    def _offset(self) -> timedelta:
        if self._file is None:
            return timedelta()
        try:
            seconds = float(self._file.read_text(encoding="utf-8").strip() or 0)
        except FileNotFoundError:
            return timedelta()
        except ValueError:
            seconds = math.nan
        except OSError as error:
            raise ConfigurationError(f"CLOCK_FILE cannot be read: {type(error).__name__}") from None
        if not abs(seconds) < timedelta(days=3660).total_seconds():
            raise ConfigurationError("CLOCK_FILE must hold one number: the seconds to add to the real time")
        return timedelta(seconds=seconds)
