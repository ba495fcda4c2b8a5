"""Simulated time and the functions that run in it: events in order, invocations that can be stopped at any step."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from greenlet import getcurrent, greenlet

#: Where nothing else is said: Monday, 12 January 2026, 00:00 UTC.
START: Final = datetime(2026, 1, 12, tzinfo=UTC)

SECOND: Final = 1_000_000
_MICROSECOND: Final = timedelta(microseconds=1)


class Killed(BaseException):
    """The environment is gone: no `except` of the use cases may catch it."""


class Scheduler:
    """Events by time; those of one moment in the order in which they were made. Times are microseconds from `start`."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.now = 0
        self.running: dict[int, Invocation] = {}
        #: the invocation in whose midst we are, if any
        self.active: Invocation | None = None
        self.begun = 0
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._made = 0
        self._hub: greenlet = getcurrent()
        self._moment = (-1, start)

    @property
    def seconds(self) -> float:
        return self.now / SECOND

    def moment(self) -> datetime:
        if self._moment[0] != self.now:
            self._moment = (self.now, self.moment_of(self.now))
        return self._moment[1]

    def moment_of(self, time: int) -> datetime:
        return self.start + timedelta(microseconds=time)

    def time_of(self, moment: datetime) -> int:
        return (moment - self.start) // _MICROSECOND

    def at(self, time: int, event: Callable[[], None]) -> None:
        self._made += 1
        heappush(self._heap, (max(time, self.now), self._made, event))

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        self.at(self.now + int(seconds * SECOND), event)

    def run(self, until: int) -> None:
        """Every event up to then."""
        while self._heap and self._heap[0][0] <= until:
            time, _, event = heappop(self._heap)
            self.now = time
            event()
        self.now = max(self.now, until)

    # --- invocations ------------------------------------------------------------------------------------------------

    def invoke(
        self, name: str, work: Callable[[], object], *, timeout: float, ended: Callable[["Invocation"], None]
    ) -> "Invocation":
        """Start `work` now; it runs until it pauses. `ended` is called when it is over, however it ended."""
        self.begun += 1
        invocation = Invocation(name, self.begun, self.now, self.now + int(timeout * SECOND))
        self.running[invocation.number] = invocation

        def body() -> None:
            try:
                invocation.result = work()
            except Killed as killed:
                invocation.killed = str(killed) or "killed"
            except Exception as error:  # noqa: BLE001 -- whatever it is, the rules judge it
                invocation.error = error

        invocation.greenlet = greenlet(body, self._hub)
        self._resume(invocation, ended)
        return invocation

    def pause(self, seconds: float) -> None:
        """Of an invocation: others run meanwhile; one that outlives its timeout is killed there."""
        invocation = self.active
        if invocation is None:
            raise AssertionError("only an invocation can pause")
        wake = self.now + max(0, int(seconds * SECOND))
        late = wake > invocation.deadline
        invocation.wake_at = min(wake, invocation.deadline)
        self._hub.switch()
        if invocation.condemned or late:
            raise Killed(invocation.condemned or "timeout")

    def stop_all(self) -> None:
        for invocation in list(self.running.values()):
            invocation.condemned = "the end"
            self._enter(invocation)
        self.running.clear()

    def _resume(self, invocation: "Invocation", ended: Callable[["Invocation"], None]) -> None:
        if not self._enter(invocation):
            self.at(invocation.wake_at, lambda: self._resume(invocation, ended))
            return
        if self.running.pop(invocation.number, None) is not None:
            invocation.ended_at = self.now
            ended(invocation)

    def _enter(self, invocation: "Invocation") -> bool:
        """Let it run up to its next pause; whether it is over."""
        if invocation.greenlet is None:
            raise AssertionError("an invocation without a body")
        self.active = invocation
        invocation.greenlet.switch()
        self.active = None
        return bool(invocation.greenlet.dead)


class Invocation:
    """One run of one function. `met` names the outages that were shown to it."""

    __slots__ = (
        "condemned", "deadline", "ended_at", "error", "greenlet", "killed", "met", "name", "number", "result",
        "started_at", "wake_at",
    )  # fmt: skip

    def __init__(self, name: str, number: int, started_at: int, deadline: int) -> None:
        self.name = name
        self.number = number
        self.started_at = started_at
        self.deadline = deadline
        self.wake_at = started_at
        self.ended_at: int | None = None
        self.result: object = None
        self.error: Exception | None = None
        self.killed = ""
        self.condemned = ""
        self.met: set[str] = set()
        self.greenlet: greenlet | None = None


class SimClock:
    """`vistka.ports.Clock`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> datetime:
        return self._scheduler.moment()

    def sleep(self, duration: timedelta) -> None:
        if duration > timedelta():
            self._scheduler.pause(duration / timedelta(seconds=1))
