"""Planted bugs on the way from the carrier to the store, the shop and the next run."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from tests.simulation.planting import Before, patched
from tests.simulation.run import Bug
from tests.simulation.world import World
from vistka.domain import decisions, foreign, polling, telling
from vistka.domain.errors import StoreConflict
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage
from vistka.edge import batches
from vistka.ports import Answers, Commit, Document
from vistka.usecases import batch, dispatching, rounds, showing, storing
from vistka.usecases.batch import Tracked
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.linking import Former
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter
from vistka.usecases.tracking import Tracker

_FOR_EVER: Final = timedelta(days=1000)


class _ShopFirst(Tracker):
    def _store(self, batch: Any, answers: Answers, done: Tracked, *, dry_run: bool) -> None:
        before = dict(batch.states)
        super()._store(batch, answers, done, dry_run=True)
        self.shop.show(batch.orders, batch.states, batch.known, batch.run_at, batch.policy, dry_run=False)
        batch.states = before
        batch.decisions.clear()
        super()._store(batch, answers, done, dry_run=dry_run)


class _OutageIsAnAnswer(Tracker):
    def _ask(self, batch: Any, done: Tracked, *, dry_run: bool) -> Answers | None:
        answers = super()._ask(batch, done, dry_run=dry_run)
        done.error = None
        return answers


class _SwallowsConflicts(ParcelWriter):
    def _commit(self, batch: Any, one: Any, decision: Any) -> Any:
        with suppress(StoreConflict):
            return super()._commit(batch, one, decision)
        return storing._Written(state=decision.state, notices=decision.notices)


class _NoProjectionOfFinals(Dispatcher):
    @staticmethod
    def _shows_wrongly(entry: Any, states: Any, policy: Any) -> bool:
        live = any(state.live for ttn in entry.ttns if (state := states.get(ttn)))
        return live and Dispatcher._shows_wrongly(entry, states, policy)


class _PartIsTheWhole(Before):
    def sent(self, run_id: str, **named: Any) -> Any:
        return self.behind.sent(run_id, **{**named, "after": None})


class _AlwaysAPart(Before):
    def start(self, run: Any) -> Any:
        return self.behind.start(replace(run, continues=run.continues or "none"))


class _ShopOutageIsNone(ShopWriter):
    def _write(self, wanted: Any) -> Any:
        result, _ = super()._write(wanted)
        return result, False


class _Carrier(Before):
    """Changes the answers."""

    def ask(self, documents: Sequence[Document]) -> Answers:
        return self.changed(self.behind.ask(documents))

    def changed(self, answers: Answers) -> Answers:
        raise NotImplementedError


class _AnswersOfNow(_Carrier):
    def changed(self, answers: Answers) -> Answers:
        return replace(answers, sent_at=dict.fromkeys(answers.sent_at, self.behind.clock.now()))


class _StubsAreAnswers(_Carrier):
    def changed(self, answers: Answers) -> Answers:
        stubs = dict.fromkeys(sorted(answers.stubs), Facts(code="80", text=""))
        return replace(answers, facts={**answers.facts, **stubs}, stubs=frozenset())


class _NoCondition(Before):
    def commit(self, commit: Commit) -> None:
        there = self.behind.inner.states([commit.state.ttn]).get(commit.state.ttn)
        expected = there.revision if there else None
        state = replace(commit.state, revision=(expected or 0) + 1)
        self.behind.commit(replace(commit, state=state, expected=expected))


class _UnguardedNumber(Before):
    def write(self, projections: Sequence[Any]) -> Any:
        rows = self.behind.inner.rows
        return self.behind.write(
            [replace(one, tracking=rows[int(one.order_key)]["tracking"] or "") for one in projections]
        )


class _OwnStatus(Before):
    """Moves the order's own status along."""

    def write(self, projections: Sequence[Any]) -> Any:
        for one in projections:
            if one.text.startswith("Отримано"):
                self.behind.row(one.order_key)["status"] = "done"
        return self.behind.write(projections)


class _CompleteWhenSent(Before):
    def sent(self, run_id: str, *, batches: int, **named: Any) -> Any:
        return self.behind.sent(run_id, batches=0, **named)


def _ignored_failed(world: World) -> None:
    """A batch that the queue did not take is not missed: the run is complete without it."""
    lost = [0]

    class Polls(Before):
        def send(self, entries: Any) -> list[int]:
            lost[0] = len(self.behind.send(entries))
            return []

    class Runs(Before):
        def sent(self, run_id: str, *, batches: int, **named: Any) -> Any:
            return self.behind.sent(run_id, batches=batches - lost[0], **named)

    world.poll_queue, world.runs = Polls(world.poll_queue), Runs(world.runs)


def _unchanged_is_written(**named: Any) -> Any:
    decision = decisions.decide(**named)
    if decision.state is None and named["known"] is not None:
        return replace(decision, state=named["known"].next())
    return decision


_with_answer = decisions._with_answer


def _by_text(base: ParcelState, answer: Facts, sent_at: Any) -> ParcelState:
    draft = _with_answer(base, answer, sent_at)
    if base.facts is not None and draft.version == base.version and answer.text != base.facts.text:
        return replace(draft, version=base.version + 1, changed_at=sent_at)
    return draft


_due_at = polling.due_at


def _ended_is_due(state: ParcelState | None, *, since: Any, plan: Any) -> Any:
    return _due_at(replace(state, ended="") if state is not None else None, since=since, plan=plan)


def _once_a_day(_plan: PollingPlan, _state: ParcelState, _at: datetime) -> timedelta:
    return timedelta(hours=24)


def _as_at_night(_plan: PollingPlan, _at: datetime) -> bool:
    return True


def _set(name: str, kind: type[Before]) -> Any:
    def spoil(world: World) -> None:
        setattr(world, name, kind(getattr(world, name)))

    return spoil


def _plant(name: str, kind: type) -> Any:
    return lambda kinds: setattr(kinds, name, kind)


def _cut_off(batch: Any, one: Any, decided: Any) -> Any:
    return decided or batch.decide(one.ttn, one.known, one.answer, one.sent_at, one.others)


def _nothing_former(*_args: Any, **_named: Any) -> Former:
    return Former(ledger={}, overtaken=frozenset(), written=())


def _all_taken_up(entries: Any, _states: Any) -> tuple[list[Any], list[Any]]:
    return list(entries), []


def _dropped(*_args: Any) -> None:
    return None


TRACKING: Final = (
    Bug("the shop is written before the store", "R1", plant=_plant("tracker", _ShopFirst)),
    Bug("a batch that the queue did not take is ignored", "R8", spoil=_ignored_failed),
    Bug("an answer counts from when it came", "R1", spoil=_set("carrier", _AnswersOfNow)),
    Bug("STATE is written without its condition", "R1", spoil=_set("parcels", _NoCondition)),
    Bug("a conflict is taken for success", "R3", plant=_plant("store", _SwallowsConflicts)),
    Bug("no projection for finals", "R1", plant=_plant("dispatcher", _NoProjectionOfFinals)),
    Bug("change is decided on the text", "R2", patch=patched(decisions, _with_answer=_by_text)),
    Bug("a stub is an answer", "R6", spoil=_set("carrier", _StubsAreAnswers)),
    Bug("code 3 forgets a known parcel", "R6", patch=patched(decisions, _NOT_FOUND_OVER=frozenset({None, *Stage}))),
    Bug("what a clock ahead has written holds for ever", "R1", patch=patched(polling, is_ahead=lambda *_: False)),
    Bug("what is unchanged is written", "R1", patch=patched(batch, decide=_unchanged_is_written)),
    Bug("the end of a parcel is not the end of its polling", "R8", patch=patched(polling, due_at=_ended_is_due)),
    Bug("every parcel is asked about once a day", "R8", patch=patched(PollingPlan, interval=_once_a_day)),
    Bug("by day it is asked as rarely as at night", "R8", patch=patched(PollingPlan, _is_night=_as_at_night)),
    Bug("a carrier's outage is a good run", "R7", plant=_plant("tracker", _OutageIsAnAnswer)),
    Bug("a shop's outage is a good run", "R7", plant=_plant("writer", _ShopOutageIsNone)),
    Bug("a run is complete when its batches are sent", "R8", spoil=_set("runs", _CompleteWhenSent)),
    Bug("a run whose time was up has read all orders", "R8", spoil=_set("runs", _PartIsTheWhole)),
    Bug("a run is never complete", "R7", spoil=_set("runs", _AlwaysAPart)),
    Bug("a run begins anew where the last one was cut", "R8", patch=patched(rounds, _cut=lambda _runs: None)),
    Bug("the row is not guarded by its number", "R5", spoil=_set("shop", _UnguardedNumber)),
    Bug("the order's own status is written", "R5", spoil=_set("shop", _OwnStatus)),
    Bug("a closed order never seen is taken up", "R5", patch=patched(dispatching, split_linked=_all_taken_up)),
    Bug("another program's text is overwritten for ever", "R1", patch=patched(showing, is_foreign=lambda *_: False)),
    Bug("a cron of every half hour is not noticed", "R1", patch=patched(foreign, RUNNING=timedelta(minutes=25))),
    Bug(
        "a foreign text is never tried again",
        "R1",
        patch=patched(foreign, FIRST_PATIENCE=_FOR_EVER, LONGEST_PATIENCE=_FOR_EVER),
    ),
    Bug("what a transaction has no room for is cut off", "R3", patch=patched(storing, _judge=_cut_off)),
    Bug("a former number stays linked", "R4", patch=patched(storing, release_former_numbers=_nothing_former)),
    Bug("a number on many orders is told to each", "R2", patch=patched(telling, CROWD=1000)),
    Bug("old news are told at first sight", "R2", patch=patched(telling, is_old=lambda *_: False)),
    Bug("a number in quarantine is not told", "R2", patch=patched(polling, QUARANTINE_AFTER=10**6)),
    Bug("what nobody can read is dropped", "R3", patch=patched(batches, park=_dropped)),
)
