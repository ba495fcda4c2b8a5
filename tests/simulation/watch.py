"""What is judged at the moment it happens: every write, every send, every deleted message, every metric."""

import json
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tests.fakes.store import Memory
from tests.simulation.deadlines import still_holds
from tests.simulation.scheduler import SECOND, Invocation, Scheduler
from tests.simulation.sqs import Message
from vistka.domain.deadlines import ReminderRules
from vistka.domain.notices import OF_CHANGES, REMINDERS, TERMINAL, Kind, Notice, NoticeState
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import WAITING_STAGES
from vistka.metrics import Metric
from vistka.ports import Link
from vistka.texts.labels import shipment_status

if TYPE_CHECKING:
    from tests.simulation.parties import Attempt
    from tests.simulation.shops import Written

_TOLD: Final = frozenset({NoticeState.SENT, NoticeState.UNCONFIRMED})

#: Why what waited is not told of a number that its order has lost.
LOST_NUMBER: Final = "no longer has this number"
#: Runs that were well until the end; one of them may have met the very moment of a send.
_LOOKS: Final = 2
#: Seconds before its hour from which on a run looks whether a reminder is still wanted.
_LOOKED_AHEAD: Final = 2 * 3600 - 600

#: Longer than a worker lives: whoever sends after that knows that the one before him is gone.
WORKER_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that did not hold, when and how."""

    rule: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class StateWrite:
    """`listed`: the shop's open orders that had the number then; `lacking`: linked orders whose field had lost it, and
    since when; `shop_away`: who wrote it had met an outage of the shop, and believes what it said before; `closed`:
    linked orders that were done or cancelled, and since when."""

    at: int
    before: ParcelState | None
    after: ParcelState
    listed: int
    lacking: Mapping[str, int]
    shop_away: bool = False
    closed: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_taken_up(self) -> bool:
        """Whether it has just taken another waybill's place."""
        return bool(self.after.chain) and not (self.before and self.before.chain)


class Watch:
    """Also `vistka.ports.Metrics`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.broken: list[Broken] = []
        self.said: list[tuple[int, str, dict[str, object]]] = []
        self.metrics: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.states: dict[str, list[StateWrite]] = defaultdict(list)
        #: every text that STATE ever had for a parcel, not fitted
        self.texts: dict[str, set[str]] = defaultdict(set)
        self.notice_before: dict[tuple[str, str], tuple[int, Notice | None]] = {}
        #: when a notice was first written: some time after the decision that made it
        self.stored_at: dict[tuple[str, str], int] = {}
        #: when the end of a notice was written: some time after the look at the clock that it bears
        self.ended_at: dict[tuple[str, str], int] = {}
        #: when a worker took a notice to send it, and how it stood in the ledger until then
        self.claims: dict[tuple[str, str], list[tuple[int, NoticeState]]] = defaultdict(list)
        #: when a notice was put into the ledger, and when it was decided on: again where its number came back
        self.made: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        #: when what waited began to be told, or ended, and when it was due
        self.woken: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        #: poison put into a queue: body -> where it ended
        self.poison: dict[str, str] = {}
        #: called with every age that is published
        self.published: Callable[[float], None] = lambda _age: None
        #: how many of the shop's open orders have a number
        self.listed: Callable[[str], int] = lambda _ttn: 0
        #: numbers, and all that took their places
        self.behind: Callable[[Iterable[str]], set[str]] = set
        #: since when an order's field has not had a number
        self.lacks: Callable[[str, str], int | None] = lambda _key, _ttn: None
        #: orders that are done or cancelled: since when
        self.closed: Mapping[str, int] = {}
        #: invocations that have read all open orders
        self.listed_whole: Container[int] = frozenset()
        #: chats whose owners want to hear nothing: since when
        self.silent: Mapping[int, int] = {}
        #: whether an order, by its number, is live
        self.tells: Callable[[str], bool] = lambda _number: True
        #: scheduled runs that were well until the end, and read all open orders: begun, ended
        self.good_runs: list[tuple[int, int]] = []
        #: when an invocation ended that had met an outage of the shop
        self.shop_missed: list[int] = []
        self.notice_due = 0
        self.reminders = ReminderRules()
        #: seconds after which no message is worked on any more
        self.longest_poll = 0.0
        self._aged: set[int] = set()
        self._live_since: datetime | None = None

    def breaks(self, rule: str, text: str) -> None:
        self.broken.append(Broken(rule, self.scheduler.now, text))

    # --- the store --------------------------------------------------------------------------------------------------

    def state_seen(self, ttn: str, before: ParcelState | None, after: ParcelState) -> None:
        lacking = {key: since for key in after.orders if (since := self.lacks(key, ttn)) is not None}
        active = self.scheduler.active
        shop_away = active is not None and "shop" in active.met
        closed = {key: self.closed[key] for key in after.orders if key in self.closed}
        self.states[ttn].append(
            StateWrite(self.scheduler.now, before, after, self.listed(ttn), lacking, shop_away, closed)
        )
        if after.stage is not None and after.facts is not None:
            self.texts[ttn].add(shipment_status(after.stage, after.facts.text))
        if before is None:
            return
        if after.observed_at < before.observed_at <= self.scheduler.moment():
            self.breaks("R1", f"{ttn}: an older answer replaced a newer one")
        if after.facts != before.facts and after.observed_at == before.observed_at:
            self.breaks("R1", f"{ttn}: another answer of the same moment")
        if after.revision != before.revision + 1:
            self.breaks("R10", f"{ttn}: revision {after.revision} after {before.revision}")
        code = before.facts.code if before.facts else None
        changed = (after.facts.code if after.facts else None, after.stage) != (code, before.stage)
        if after.version != before.version + changed:
            self.breaks("R2", f"{ttn}: version {before.version} -> {after.version}, changed: {changed}")
        if after == before.next():
            self.breaks("R1", f"{ttn}: STATE was written though nothing was new")

    def state_at(self, ttn: str, time: int) -> ParcelState:
        """As it stood in the store then, or when it was first written."""
        writes = self.states[ttn]
        return next((write.after for write in reversed(writes) if write.at <= time), writes[0].after)

    def states_between(self, ttn: str, since: int, until: int) -> list[ParcelState]:
        """All that somebody may have read in that time."""
        later = [write.after for write in self.states[ttn] if since < write.at <= until]
        return [self.state_at(ttn, since), *later]

    def notice_seen(self, key: tuple[str, str], before: Notice | None, after: Notice) -> None:
        self.notice_before[key] = (self.scheduler.now, before)
        if after.settled and (before is None or before.settled_at != after.settled_at):
            self.ended_at[key] = self.scheduler.now
        if before is None or before.created_at != after.created_at:
            self.made[key].append((self.scheduler.now, self.scheduler.time_of(after.created_at)))
        if before is None:
            self.stored_at[key] = self.scheduler.now
            return
        if before.state is NoticeState.WAITING is not after.state and before.due_at is not None:
            self.woken[key].append((self.scheduler.now, self.scheduler.time_of(before.due_at)))
        if after.state is NoticeState.SENDING:
            self.claims[key].append((self.scheduler.now, before.state))
        # A number that comes back to its order: what was superseded with it, and never told, is made again.
        back = before.state is NoticeState.SUPERSEDED and LOST_NUMBER in before.reason
        if before.settled and after != before and not back:
            self.breaks("R3", f"{key}: {before.state} became {after.state}")
        # A reminder is of a day, whatever the change with which it was made.
        same = before.version == after.version or before.kind in REMINDERS
        if not same or (before.kind, before.occurrence) != (after.kind, after.occurrence):
            self.breaks("R2", f"{key}: the entry of another notice was written over")

    def link_seen(self, key: tuple[str, str], before: Link | None, after: Link) -> None:
        order, ttn = key
        since = self.closed.get(order)
        late = since is not None and self.scheduler.now - since > self.longest_poll * SECOND
        if before is None and late and not after.root:  # a child is taken up whatever became of its order
            self.breaks("R5", f"order {order} was done or cancelled, and was taken up with {ttn}")

    def batch_marked(self, run: str, batch: int) -> None:
        self._no_outage(f"batch {batch} of {run} was marked done")

    def run_started(self, complete_before: bool) -> None:  # noqa: FBT001 -- a callback
        active = self.scheduler.active
        if active is not None and complete_before and active.number not in self._aged:
            self.breaks("R8", f"run of invocation {active.number}: no age was published")

    def live_since(self, since: datetime | None) -> None:
        if since is not None and self._live_since not in (None, since):
            self.breaks("R2", f"the shop went live at {self._live_since}, and that is forgotten: {since}")
        self._live_since = since or self._live_since

    def _no_outage(self, what: str) -> None:
        active = self.scheduler.active
        if active is not None and (met := active.met & {"carrier", "shop"}):
            self.breaks("R7", f"{what} by one that met an outage of {', '.join(sorted(met))}")

    # --- metrics ----------------------------------------------------------------------------------------------------

    def count(self, name: str, value: float = 1) -> None:
        metric = Metric(name)
        self.metrics[metric].append((self.scheduler.now, value))
        if metric is Metric.GOOD_RUNS:
            self._no_outage("a good run was counted")
        elif metric is Metric.OLDEST_UNCHECKED_SECONDS:
            self._aged.add(self.scheduler.active.number if self.scheduler.active else 0)
            self.published(value)

    # --- the queues -------------------------------------------------------------------------------------------------

    def notice_deleted(self, message: Message, memory: Memory) -> None:
        if message.body in self.poison:
            return
        body = json.loads(message.body)
        notice = memory.notices.get((body["order_key"], body["notice_id"]))
        if notice is None:
            self.breaks("R3", f"a message was deleted whose notice is not in the ledger: {body['notice_id']}")
        elif notice.state not in TERMINAL and NoticeState.WAITING not in (notice.state, self._waited(notice)):
            self.breaks("R3", f"{notice.id} of {notice.order_key}: message deleted in state {notice.state}")

    def _waited(self, notice: Notice) -> NoticeState | None:
        """How it stood before it was last written: whoever wakes what waits sends a message of its own."""
        _, before = self.notice_before[notice.order_key, notice.id]
        return before.state if before is not None else None

    # --- Telegram ---------------------------------------------------------------------------------------------------

    def sending(
        self, attempt: "Attempt", memory: Memory, before: Sequence["Attempt"], telegram_answered_at: int
    ) -> None:
        self._is_newest(attempt, memory)
        self._is_welcome(attempt)
        self._is_of_a_number_that_is_there(attempt, memory)
        self._is_live(attempt, memory)
        self._still_holds(attempt, memory)
        circuit = memory.circuit
        for old in before:
            if old.identity != attempt.identity:
                continue
            known_lost = old.said in {"unknown"}
            refused = old.said not in {"", "ok", "unknown"}
            if not refused and not known_lost and attempt.at - old.at < WORKER_SECONDS * SECOND:
                self.breaks("R2", f"{attempt.identity}: sent again while somebody was sending it")
            if not refused and not attempt.silent:
                self.breaks("R2", f"{attempt.identity}: repeated aloud")
            if not refused and telegram_answered_at < old.at:
                self.breaks("R2", f"{attempt.identity}: repeated before Telegram had answered anything")
        if circuit.open and circuit.since is not None:
            open_for = (self.scheduler.moment() - circuit.since).total_seconds()
            if open_for > WORKER_SECONDS:
                self.breaks("R4", f"{attempt.identity}: sent while the circuit was open")

    def _is_of_a_number_that_is_there(self, attempt: "Attempt", memory: Memory) -> None:
        """R4 of an order that has lost its number: the next runs see to it that nothing more is told."""
        told = memory.notices.get(attempt.identity)
        about = told is not None and told.kind in OF_CHANGES | REMINDERS
        since = self.lacks(told.order_key, told.ttn) if told is not None and about else None
        if told is None or since is None:
            return
        since = max(since, self.scheduler.time_of(told.created_at) + self.notice_due * SECOND)
        if told.kind in REMINDERS and told.not_before is not None:
            since = max(since, self.scheduler.time_of(told.not_before) - _LOOKED_AHEAD * SECOND)
        looks = self._looks(since, attempt.at)
        if len(looks) >= _LOOKS:
            self.breaks("R4", f"{attempt.identity}: told though its order lost the number {len(looks)} runs ago")

    def _still_holds(self, attempt: "Attempt", memory: Memory) -> None:
        """R4 of what waited for its hour: nothing of a parcel that is gone, or of an order that is closed."""
        told = memory.notices.get(attempt.identity)
        if told is None or told.not_before is None:
            return
        moment, earlier = self.scheduler.moment(), attempt.at - WORKER_SECONDS * SECOND
        if told.kind is Kind.WAITING:
            state = self.state_at(told.ttn, earlier)
            if state.version > told.version and state.stage not in WAITING_STAGES:
                self.breaks("R4", f"{attempt.identity}: told that it waits, and it is gone")
        if told.kind not in REMINDERS:
            return
        states = [self.state_at(told.ttn, time) for time in (earlier, attempt.at)]
        at = moment - timedelta(seconds=WORKER_SECONDS)
        if not any(still_holds(told.kind, told.occurrence, state, self.reminders, at) for state in states):
            self.breaks("R4", f"{attempt.identity}: reminded of what is over")
        closed = self.closed.get(told.order_key)
        if closed is not None and told.kind is not Kind.MONEY_OVERDUE:
            # One that was made just before its hour is on its way before any run can look.
            made = self.scheduler.time_of(told.created_at) + self.notice_due * SECOND
            seen = max(closed, made, self.scheduler.time_of(told.not_before) - _LOOKED_AHEAD * SECOND)
            if len(self._looks(seen, attempt.at)) >= _LOOKS:
                self.breaks("R4", f"{attempt.identity}: reminded though its order was closed")

    def _looks(self, since: int, until: int) -> list[tuple[int, int]]:
        """Runs between, that were well, and one of which must have seen it."""
        return [run for run in self.good_runs if run[0] > since and run[1] < until - WORKER_SECONDS * SECOND]

    def _is_live(self, attempt: "Attempt", memory: Memory) -> None:
        told = memory.notices.get(attempt.identity)
        if told is not None and told.order_number and not self.tells(told.order_number):
            self.breaks("R2", f"{attempt.identity}: told, and its order is not live")

    def _is_welcome(self, attempt: "Attempt") -> None:
        since = self.silent.get(attempt.chat)
        if since is not None and attempt.at - since > WORKER_SECONDS * SECOND:
            self.breaks("R3", f"{attempt.identity}: told though its reader had asked for silence")

    def _is_newest(self, attempt: "Attempt", memory: Memory) -> None:
        told = memory.notices.get(attempt.identity)
        if told is None or told.kind not in OF_CHANGES:
            return
        for other in memory.notices.values():
            if (other.order_key, other.ttn, other.audience, other.seat) != (
                told.order_key, told.ttn, told.audience, told.seat
            ):  # fmt: skip
                continue
            age = self.scheduler.now - self.stored_at[other.order_key, other.id]
            lives = other.state in _TOLD or not other.settled
            if other.kind in OF_CHANGES and other.version > told.version and lives and age > WORKER_SECONDS * SECOND:
                self.breaks("R4", f"{attempt.identity}: told though version {other.version} is known")

    # --- the shop ---------------------------------------------------------------------------------------------------

    def row_written(self, written: "Written", fit: Callable[[str], str]) -> None:
        projection = written.projection
        if written.tracking != projection.tracking:
            self.breaks("R5", f"order {written.key}: written for another number than the row has now")
        if not self.tells(projection.order_number):
            self.breaks("R5", f"order {written.key} is not live, and its columns were written")
        ttns = self.behind(numbers_in(written.tracking))
        allowed = {fit(text) for ttn in ttns for text in self.texts[ttn]}
        if written.text not in allowed:
            self.breaks("R1", f"order {written.key}: the shop was shown {written.text!r} before the store knew it")

    # --- invocations ------------------------------------------------------------------------------------------------

    def run_ended(self, invocation: Invocation) -> None:
        well = invocation.error is None and not invocation.killed and "shop" not in invocation.met
        if well and invocation.number in self.listed_whole:
            self.good_runs.append((invocation.started_at, self.scheduler.now))
        self.ended(invocation)

    def ended(self, invocation: Invocation) -> None:
        if "shop" in invocation.met:
            self.shop_missed.append(self.scheduler.now)
        if invocation.error is not None and type(invocation.error).__module__ != "vistka.domain.errors":
            self.breaks("R10", f"{invocation.name}: {type(invocation.error).__name__}: {invocation.error}")


def numbers_in(tracking: str) -> list[str]:
    """The numbers of fourteen digits in a field as the shop types them: blanks within, commas between."""
    return list(_numbers_in(tracking))


@lru_cache(maxsize=4096)
def _numbers_in(tracking: str) -> tuple[str, ...]:
    digits = ("".join(filter(str.isdigit, part)) for part in tracking.split(","))
    return tuple(dict.fromkeys(number for number in digits if len(number) == 14))
