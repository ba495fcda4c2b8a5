"""R1 to R10 as the architecture words them, judged when all is quiet: none of it is taken from the use cases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tests.simulation import rules_moved, rules_reminded, rules_told
from tests.simulation.scheduler import SECOND
from tests.simulation.shops import Written
from tests.simulation.watch import Broken, numbers_in
from tests.simulation.world import SHOP_CHAT, TOKEN, World
from vistka.domain import polling
from vistka.domain.notices import Kind, Notice
from vistka.domain.parcels import Facts, ParcelState, is_final
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage, in_role, stage_of
from vistka.metrics import Metric
from vistka.ports import Run
from vistka.texts.labels import shipment_status

if TYPE_CHECKING:
    from tests.simulation.plan import Plan

OPEN: Final = frozenset({"new", "prep", "ship"})
#: From a parcel's falling due to its answer: the next run, and a queue that is not empty.
_SLACK: Final = 2 * 600 + 180
#: Between two runs.
_INTERVAL: Final = 600
#: What we wrote and another program writes over again so soon is at war.
_RUNNING: Final = 2.9 * 3600
#: And what it wrote last is replaced at the latest so long after that.
_LONGEST_PATIENCE: Final = 24 * 3600.0
#: A moment no further ahead than this may be that of an answer under way.
_BELIEVED: Final = 900
_PLAN: Final = PollingPlan()
#: How often a parcel is asked about as docs/configuration.md says it, in figures of our own: the code's agree with
#: whatever it does. Every six hours at least, and what was left of the three before; one that the carrier does not know
#: at growing pauses; by day every half hour what is on its way or waits, and moved lately.
_LONGEST_PAUSE: Final = timedelta(hours=6 + 3)
_UNKNOWN_PAUSE: Final = timedelta(hours=24)
_USUAL_PAUSE: Final = timedelta(minutes=30)
_USUAL: Final = frozenset({Stage.IN_TRANSIT, Stage.ARRIVED_CITY, Stage.AT_BRANCH, Stage.AT_LOCKER})
_LATELY: Final = timedelta(days=2)
_KYIV: Final = ZoneInfo("Europe/Kyiv")
_NOT_FOUND_OVER: Final = frozenset({None, Stage.CREATED, Stage.NOT_FOUND})
#: What no log may hold: the beginnings of all chats, phones, the token.
_PERSONAL: Final = ("77000000", "8067555", str(abs(SHOP_CHAT)), TOKEN)

type Found = Iterator[tuple[str, str]]


def settled(world: World, plan: "Plan") -> bool:
    """Whether nothing more is to come: queues empty, notices ended, every live parcel asked since the faults stopped,
    and the shop shows it."""
    if world.scheduler.running or any(world.queues[url].messages for url in ("polls", "notices.fifo")):
        return False
    if any(not _is_done(world, notice) for notice in world.memory.notices.values()):
        return False
    stop = int(plan.stop * SECOND)
    for _, ttn in _followed(world):
        state = world.memory.states.get(ttn)
        if state is None or (state.live and not _asked_since(world, ttn, stop)):
            return False
    return _counted_since(world, plan) and not list(_rows(world, patient=False)) and not list(_truth(world))


def _is_done(world: World, notice: Notice) -> bool:
    return notice.settled or rules_reminded.waits(world, notice) or rules_moved.waits(world, notice)


def judge(world: World, plan: "Plan") -> list[Broken]:
    found = [
        *_truth(world),
        *_kept(world),
        *_rows(world),
        *_histories(world),
        *_own_columns(world),
        *_asked(world, plan),
        *_complete(world, plan),
        *_never_asked(world),
        *_private(world),
        *_parked(world),
        *rules_told.judge(world),
    ]
    return [Broken(rule, world.scheduler.now, text) for rule, text in found]


def _open_orders(world: World) -> Iterator[tuple[str, list[str]]]:
    for number, row in world.shop.inner.rows.items():
        if row["status"] in OPEN and (ttns := numbers_in(row["tracking"] or "")):
            yield str(number), ttns


def _followed(world: World) -> Iterator[tuple[str, str]]:
    """Orders and the parcels that are asked about for them, those in the place of others included (F31)."""
    now, states = world.scheduler.now, world.memory.states
    for key, ttns in _open_orders(world):
        for ttn in dict.fromkeys(world.families.known_behind(ttns, states, now)):
            yield key, ttn
    for (key, ttn), link in list(world.memory.links.items()):
        row, state = world.shop.row(key), states.get(ttn)
        if row["status"] in OPEN or not link.current or state is None or not world.families.is_followed(state):
            continue
        if ttn in world.families.in_field(row["tracking"]):
            for one in world.families.known_behind([ttn], states, now):
                yield key, one


def _truth(world: World) -> Found:
    """R1: STATE is the carrier's last answer; R10: each parcel is linked to its orders."""
    for key, ttn in _followed(world):
        state = world.memory.states.get(ttn)
        if state is None:
            yield "R1", f"{ttn} of order {key} is not in the store"
            continue
        link = world.memory.links.get((key, ttn))
        if key not in state.orders or link is None or not link.current:
            yield "R1", f"{ttn} is not linked to order {key}"
        row = world.shop.row(key)
        present = world.families.in_field(row["tracking"])
        for (order, other), former in world.memory.links.items():
            # Of an order that is closed nobody looks at the field until there is news of its parcel.
            if order == key and former.current and other not in present and row["status"] in OPEN:
                yield "R4", f"{other} is still linked to order {key}, which has another number now"
        step = world.carrier.lives[ttn].says(world.scheduler.now)
        if step is None or step.facts is None:
            continue
        if step.facts.code == "3" and state.stage not in _NOT_FOUND_OVER:
            continue
        if state.ended == "final":
            if state.facts is None or not is_final(state.facts, state.role):
                yield "R8", f"{ttn} was taken for final with code {state.facts and state.facts.code}"
        elif state.ended == "continued":
            if not set(state.children) & world.memory.states.keys():
                yield "R8", f"{ttn} goes on as {state.children}, of which nothing is known"
        elif state.ended:
            if not _is_given_up(state, world):
                yield "R8", f"{ttn} was given up too early"
        elif state.facts is None or not _says(step.facts, state.facts):
            said = state.facts and f"{state.facts.code} {state.facts.text}"
            yield "R1", f"{ttn}: the store says {said}, the carrier {step.facts.code} {step.facts.text}"


def _kept(world: World) -> Found:
    """R4: only who has lost a number loses it."""
    for (key, ttn), link in world.memory.links.items():
        numbers = numbers_in(world.shop.row(key)["tracking"] or "")
        if not link.current and world.families.stands_in(ttn, numbers) and not world.shop.has_lost(key, ttn):
            yield "R4", f"{ttn} was taken from order {key}, which has its number all the time"


def _is_given_up(state: ParcelState, world: World) -> bool:
    return world.scheduler.moment() - state.first_seen_at > timedelta(days=13)


def _rows(world: World, *, patient: bool = True) -> Found:
    """R1: the shop's columns agree; but where another program writes, there they are left alone for a while (as long as
    one is `patient`), and that is told."""
    for key, ttns in _open_orders(world):
        row = world.shop.row(key)
        states = [state for ttn in ttns for state in world.families.speaking(ttn, world.memory.states)]
        warned = [n for (order, _), n in world.memory.notices.items() if order == key and n.kind is Kind.FOREIGN_TEXT]
        strangers = world.shop.foreign[key][1:]
        # A text from before our time that went on in shadow counts when the shop goes live.
        if warned and len(strangers) + bool((world.shop.foreign[key][0][1] or "").strip()) < 2:
            yield "R1", f"order {key}: another program is warned of, and there is none"
        if not world.tells(row["number"]):
            continue
        if not states:
            if any(written.key == key and not _formerly(world, key) for written in world.shop.written):
                yield "R1", f"order {key}: written before anything was known"
            continue
        said = {world.shop.fit(shipment_status(state.stage, state.facts.text)) for state in states if state.facts}
        if _war(world, key):
            yield "R1", f"order {key}: we and another program write over each other all the time"
        if row["shown"] in said:
            untouched = not strangers and key not in world.shop.restored and not _formerly(world, key)
            if untouched and row["updated"] is not None and row["updated"] not in _times(world, ttns, row["shown"]):
                yield "R1", f"order {key} says another time than that of its change"
        elif not (
            patient and warned and row["shown"] in {text for _, text in strangers[-1:]} and _waited_for(world, key)
        ):
            yield "R1", f"order {key} shows {row['shown']!r}, its parcels say {sorted(said)}"


def _times(world: World, ttns: list[str], shown: str) -> set[datetime]:
    """When what the row shows was the news of one of these parcels. Two may have the same words, one after the other;
    the time alone is no reason to write."""
    return {
        write.after.changed_at.replace(microsecond=0)
        for ttn in world.families.behind(ttns)
        for write in world.watch.states[ttn]
        if write.after.stage is not None
        and write.after.facts is not None
        and write.after.changed_at is not None
        and world.shop.fit(shipment_status(write.after.stage, write.after.facts.text)) == shown
    }


def _waited_for(world: World, key: str) -> bool:
    """Whether another program may still be there: it has not been still for as long as anybody waits."""
    return world.scheduler.now - world.shop.foreign[key][-1][0] <= (_LONGEST_PATIENCE + _slack(world)) * SECOND


def _war(world: World, key: str) -> bool:
    """Whether we replaced another program's text again and again, in runs one of which must have seen it: a worker that
    died, or was not told what it wrote, before it could note what it found has seen nothing."""
    written = [one for one in world.shop.written if one.key == key]
    own = {one.text for one in written}  # which a backup may bring back
    replaced = [one for one in written if (shown := one.projection.shown) and shown.strip() and shown not in own]
    # What an order shows when it gets another number is replaced without a word.
    anew = [*world.overwritten.get(world.shop.row(key)["number"], ()), *world.shop.renumbered.get(key, ())]
    steps = [
        # First: one of the same moment is why it was written.
        *((at, None) for at in anew),
        *((one.at, _noted(world, one) if _is_linked(world, one) else None) for one in replaced),
    ]
    rounds, most, last = 0, 0, -_RUNNING * SECOND
    for at, noted in sorted(steps, key=lambda step: step[0]):
        if noted is None:
            rounds = 0
        elif noted and at - last > 500 * SECOND:
            away = any(begin <= at <= end + 1500 * SECOND for begin, end in world.carrier_away)
            rounds = rounds + 1 if at - last < _RUNNING * SECOND and not away else 0
            most, last = max(most, rounds), at
    return most > 2


def _is_linked(world: World, written: Written) -> bool:
    """Whether the order was linked to a number of its field before its writer began: what an order shows until then is
    replaced without a word, as often as it takes until the store has the link."""
    since = written.by.started_at if written.by is not None else written.at
    histories = (world.watch.states.get(ttn, ()) for ttn in world.families.in_field(written.tracking))
    stood = (next((one.after for one in reversed(writes) if one.at <= since), None) for writes in histories)
    return any(state is not None and written.key in state.orders for state in stood)


def _noted(world: World, written: Written) -> bool:
    alive = written.by is not None and not written.by.killed
    return alive and written.answered and written.by not in world.parcels.unnoted


def _formerly(world: World, key: str) -> bool:
    """Whether the order had another number once, of which it may still show the text, and its time."""
    return any(order == key for order, _ in world.shop.lost)


def _histories(world: World) -> Found:
    """R1, R6: STATE holds only what the carrier said, with the moment at which it was asked for; those moments only
    ever grow (`Watch.state_seen`). A request may overtake another on its way: then the one that was sent last counts.
    """
    for ttn, writes in world.watch.states.items():
        said = {one.sent_at: one.facts for one in world.carrier.asked.get(ttn, ())}
        stage: Stage | None = None
        for write in writes:
            facts, before = write.after.facts, write.before
            if facts is not None and (before is None or facts != before.facts):
                if not _says(said.get(world.scheduler.time_of(write.after.observed_at)), facts):
                    yield "R1", f"{ttn}: {facts.code} {facts.text!r} is not what was said when it was asked for"
                stage = in_role(stage_of(facts.code), write.after.role) or stage
            if write.after.stage != stage:
                yield "R6", f"{ttn}: stage {write.after.stage} with code {facts and facts.code}"
            if stage is Stage.NOT_FOUND and before and before.stage not in _NOT_FOUND_OVER:
                yield "R6", f"{ttn}: a known parcel became unknown"


def _says(said: Facts | None, stored: Facts) -> bool:
    """What was said once of money and of a child is kept, as long as it is not paid out."""
    if said is None:
        return False
    money = said.redelivery or (stored.redelivery if said.code in {"9", "10"} else "")
    child = said if said.child_ttn else stored
    return replace(said, redelivery=money, child_ttn=child.child_ttn, child_type=child.child_type) == stored


def _own_columns(world: World) -> Found:
    for key, own in world.shop.own.items():
        if world.shop.inner.others(key) != own:
            yield "R5", f"order {key}: a column that is the shop's was changed"


def _asked_since(world: World, ttn: str, moment: int) -> bool:
    asked = world.carrier.asked.get(ttn)
    return bool(asked) and asked[-1].sent_at >= moment


def _asked(world: World, plan: "Plan") -> Found:
    """R8: each live parcel is asked within its interval once the faults have stopped; finished ones are not."""
    stop = int(plan.stop * SECOND)
    orders: dict[str, list[str]] = {}
    for key, ttn in _followed(world):
        orders.setdefault(ttn, []).append(key)
    for ttn, keys in orders.items():
        state = world.memory.states.get(ttn)
        if state is None:
            continue
        asked = [one.sent_at for one in world.carrier.asked.get(ttn, ()) if one.sent_at >= stop]
        if state.live:
            if any(until > stop for key in keys for _, until in world.shop.reopened.get(key, ())):
                continue  # nobody asked about it while it was closed, and runs are rare when all is quiet
            stood = _stood(world, ttn, stop)
            dated = world.scheduler.time_of(stood.observed_at) if stood else stop
            since = max(stop, dated, world.watch.states[ttn][0].at)
            due = polling.due_at(stood, since=world.scheduler.moment_of(stop), plan=_PLAN) if stood else None
            due_at = max(since, world.scheduler.time_of(due)) if due is not None else since
            if any(world.scheduler.time_of(run.started_at) >= due_at for run in _believed(world)):
                continue  # by a run whose clock was ahead this was asked
            first = min(asked, default=world.scheduler.now)
            if (late := (first - due_at) / SECOND) > _slack(world):
                yield "R8", f"{ttn} ({state.stage}) was asked {late:.0f} s after it fell due"
            pause = _pause(stood, world.scheduler.moment_of(since)) if stood else timedelta(0)
            if (late := (first - since) / SECOND - pause.total_seconds()) > _slack(world):
                yield "R8", f"{ttn} ({stood.stage if stood else None}) was asked {late:.0f} s later than promised"
            continue
        # An order that had the number for a while is asked for by the poll that is under way.
        had = [key for key, _ in world.shop.lost if world.shop.has_lost(key, ttn)]
        since = max(world.watch.states[ttn][-1].at, *(world.shop.touched[key] for key in (*keys, *had)))
        since += _slack(world) * SECOND
        late = [one.sent_at for one in world.carrier.asked.get(ttn, ()) if one.sent_at > since]
        if late:
            yield "R8", f"{ttn} has ended and was asked {len(late)} times after that"


def _stood(world: World, ttn: str, stop: int) -> ParcelState | None:
    """STATE as runs find it once the faults have stopped. A date that a clock ahead gave it is believed where it lies
    so little ahead that no run which was good had to see it: its interval begins with that moment."""
    writes = world.watch.states[ttn]
    # An answer that was asked for before the faults stopped, and stored after that, counts as well.
    before = [write.after for write in writes if world.scheduler.time_of(write.after.observed_at) <= stop]
    found = next((write.before for write in writes if write.at > stop), world.memory.states[ttn])
    if not before or found is None:
        return before[-1] if before else None
    seen_until = world.scheduler.time_of(found.observed_at) - _BELIEVED * SECOND
    if found.observed_at <= world.scheduler.moment_of(stop) or any(
        stop <= began < seen_until for began, _ in world.watch.good_runs
    ):
        return before[-1]
    return replace(before[-1], observed_at=found.observed_at)


def _pause(state: ParcelState, moment: datetime) -> timedelta:
    """Within which the parcel is asked again from that moment on."""
    if state.facts is None or state.not_found:
        return _UNKNOWN_PAUSE
    moved = max(filter(None, (state.facts.moved_at, state.changed_at, state.first_seen_at)))
    by_day = 7 <= moment.astimezone(_KYIV).hour < 20  # an hour before the night there is time for it
    return _USUAL_PAUSE if by_day and state.stage in _USUAL and moment - moved < _LATELY else _LONGEST_PAUSE


def _complete(world: World, plan: "Plan") -> Found:
    """R7: once the faults have stopped all open orders have their turn, and that is counted."""
    if not _counted_since(world, plan):
        yield "R7", "no run was good since the faults stopped"


def _counted_since(world: World, plan: "Plan") -> bool:
    return any(at >= plan.stop * SECOND for at, _ in world.watch.metrics[Metric.GOOD_RUNS])


def _slack(world: World) -> int:
    """Where no run reads all open orders, an order's turn comes in one of several; all may have been open once."""
    pages = -(-len(world.shop.inner.rows) // world.shop.longest_page) if world.stays_large else 1
    return _SLACK + (pages - 1) * _INTERVAL


def _never_asked(world: World) -> Found:
    """F32: what was made for the money is nobody's parcel."""
    typed = {one for row in world.shop.inner.rows.values() for one in numbers_in(row["tracking"] or "")}
    typed |= {one for _, one in world.shop.lost}
    for ttn, life in world.carrier.lives.items():
        known = ttn in world.memory.states or ttn in world.carrier.asked
        if life.made_as == "MoneyTransfer" and known and ttn not in typed:
            yield "R8", f"{ttn} is a transfer of money, and was followed"


def age_is_true(world: World, age: float) -> None:
    """R8 while faults last: the published age says by how much the oldest parcel is late."""
    if any(_believed(world)):
        return
    asked = world.carrier.asked
    long_ago = {
        ttn
        for ttn, state in world.memory.states.items()
        if state.live and ttn in asked and _late(world, state, asked[ttn][-1].answered_at) > age + 180
    }
    for key, ttn in _followed(world) if long_ago else ():
        state = world.memory.states.get(ttn)
        if state is None or ttn not in long_ago or key not in state.orders:
            continue
        # It may have been asked about for somebody else, before it took a parcel's place.
        begun = next((write.at for write in world.watch.states[ttn] if key in write.after.orders), 0)
        # What was asked by hand before the first run is nobody's to check until then.
        since = max(asked[ttn][-1].answered_at, world.shop.touched[key], world.runs.first_at, begun)
        if world.shop.row(key)["status"] not in OPEN:
            since = max(since, world.families.followed_since(world.watch.states[ttn]))
        # By a clock that was ahead: once that moment has come it is believed, and by a run that is nearly there.
        dated, run_at = world.scheduler.time_of(state.observed_at), world.scheduler.now - age * SECOND
        if dated <= world.scheduler.now or dated - run_at <= _BELIEVED * SECOND:
            since = max(since, dated)
        if (late := _late(world, state, since)) > age + 180:
            world.watch.breaks("R8", f"{ttn} is {late:.0f} s late, the age says {age:.0f}")


def _late(world: World, state: ParcelState, since: int) -> float:
    """Seconds over its interval that a live parcel has not been asked since then."""
    return (world.scheduler.now - since) / SECOND - polling.longest_pause(state, _PLAN).total_seconds()


def _believed(world: World) -> Iterator[Run]:
    """Runs whose clock was ahead, and which no other run has seen as such: once their moment has come they are runs
    like any other."""
    for run in world.runs_ahead:
        if run.started_at <= world.scheduler.moment() and world.memory.runs[run.id][0].complete:
            yield run


def _private(world: World) -> Found:
    """R9: nothing of a person's, and no secret, in a log, a metric's name or a group of the queue."""
    for _, message, named in world.watch.said:
        text = f"{message} {named}"
        if any(personal in text for personal in _PERSONAL):
            yield "R9", f"said: {text}"
        if "unexpectedly" in message:
            yield "R10", f"said: {text}"
    for queue in world.queues.values():
        for known in (*getattr(queue, "known", ()), *sorted(getattr(queue, "groups", ()))):
            if any(personal in known for personal in _PERSONAL):
                yield "R9", f"{queue.url}: {known}"


def _parked(world: World) -> Found:
    """R3: what nobody can read is put aside; and no notice vanishes in the deduplication."""
    for body, url in world.watch.poison.items():
        waiting = any(message.body == body for message in world.queues[url].messages)
        parked = any(message.body == body for message in world.queues[f"dead-{url}"].messages)
        if waiting or not parked:
            yield "R3", f"{url}: {body} is {'still there' if waiting else 'gone'}"
    for body in getattr(world.queues["notices.fifo"], "swallowed", ()):
        yield "R3", f"the queue took {body} for a message that it no longer has"
    for body in world.client.reused:
        yield "R3", f"{body} was sent again under an old deduplication id"
