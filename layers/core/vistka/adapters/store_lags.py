"""The lags of a day's news in DynamoDB: counted in memory, written once at the end of an invocation."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from vistka.adapters.store_table import Table, expires
from vistka.domain.errors import VistkaError
from vistka.domain.lags import BOUNDS, Lags, bound_of
from vistka.ports import Clock

_LAG: Final = "LAG"
_DAYS: Final = 90
_COUNT, _SECONDS, _WITHIN = "n", "seconds", "within_"


class DynamoLags:
    """`vistka.ports.LagBook`. Counted for people to read: a write that fails is said, and stops nothing."""

    def __init__(self, table: Table, *, clock: Clock, say: Callable[..., None]) -> None:
        self._table = table
        self._clock = clock
        self._say = say
        self._counted: Counter[str] = Counter()

    def add(self, lag: timedelta) -> None:
        self._counted[_COUNT] += 1
        self._counted[_SECONDS] += round(lag.total_seconds())
        if (bound := bound_of(lag)) is not None:
            self._counted[f"{_WITHIN}{bound}"] += 1

    def flush(self) -> None:
        """One write, and none where nothing was counted. Never raises."""
        counted, self._counted = +self._counted, Counter()
        if not counted:
            return
        now = self._clock.now()
        names = sorted(counted)
        values: dict[str, Any] = {":expires": expires(now, _DAYS), **{f":{name}": counted[name] for name in names}}
        adds = ", ".join(f"{name} :{name}" for name in names)
        try:
            self._table.update((_LAG, f"{now.date()}"), f"SET expires_at = :expires ADD {adds}", values)
        except VistkaError as error:
            self._say("how long news took was not written", reason=str(error))

    def since(self, day: date) -> list[Lags]:
        """Raises StoreUnavailable."""
        return [
            Lags(
                count=int(item[_COUNT]),
                seconds=int(item.get(_SECONDS) or 0),
                within={bound: int(item[f"{_WITHIN}{bound}"]) for bound in BOUNDS if f"{_WITHIN}{bound}" in item},
            )
            for item in self._table.query(_LAG, newest_first=True, limit=_DAYS)
            if item.get(_COUNT) and item["sk"] >= f"{day}"
        ]
