"""What the open parcels want of the carrier, what the pace allows, and how long a run takes to find that out."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final, Self

from vistka.domain.messages import MOST_ASKED

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """One run in figures: `orders` are open, with `parcels` that have not ended, which want to be asked about `wanted`
    times a day by the polling plan as they stand; `left` batches were over the run's budget; `seconds` it took to read
    and judge all of it."""

    orders: int
    parcels: int
    wanted: int
    left: int
    seconds: float

    @classmethod
    def of(cls, parts: Iterable["Load | None"]) -> "Load | None":
        """Of several runs together; None where one of them did not say."""
        loads = list(parts)
        known = [load for load in loads if load is not None]
        if len(known) < len(loads):
            return None
        return cls(**{name: sum(getattr(load, name) for load in known) for name in cls.__slots__})

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": round(self.seconds)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError."""
        whole = {name: int(data[name]) for name in ("orders", "parcels", "wanted", "left")}
        return cls(**whole, seconds=float(data["seconds"]))


def batches_a_run(interval: timedelta, pace: timedelta) -> int | None:
    """How many batches one run may send, so that they are asked before the next one; None without a pace."""
    return max(1, int(interval / pace)) if pace else None


def questions_a_day(interval: timedelta, pace: timedelta) -> int | None:
    """How many parcels may be asked about in a day, were every request full; None without a pace."""
    most = batches_a_run(interval, pace)
    return int(_DAY / interval) * most * MOST_ASKED if most is not None else None
