"""R5 of order rules: an order's own status moves once for a change, only as a rule says, and is not forgotten."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from tests.fakes.shop import RULES
from tests.simulation.scheduler import SECOND
from tests.simulation.shops import MovedRow
from tests.simulation.watch import numbers_in
from tests.simulation.world import World
from vistka.domain.notices import Kind, Notice, NoticeState
from vistka.domain.parcels import ParcelState
from vistka.domain.rules import Event
from vistka.domain.stages import Stage
from vistka.shop.rules import Rule
from vistka.texts.labels import shipment_status

#: Seconds that an order waits for its row to say so.
_SHOWN_FIRST: Final = 3600
#: On its way back, or back, a parcel is still refused.
_STAGES: Final[Mapping[Event, frozenset[Stage]]] = {
    Event.RECEIVED: frozenset({Stage.DELIVERED}),
    Event.REFUSED: frozenset({Stage.REFUSED, Stage.RETURNING, Stage.RETURN_WAITING, Stage.RETURNED}),
}
_FOUND_DONE: Final = "found done"
#: Nobody knew what had become of an attempt, and then the order was none for the rule any more.
_MAY_BE_DONE: Final = "may have done it"

_NOT_ALL: Final = "not all parcels"

type Found = Iterator[tuple[str, str]]
#: order, parcel, kind, version
type Key = tuple[str, str, Kind, int]


def judge(world: World, *, expected: set[Key], maybe: set[Key]) -> Found:
    """`expected` are the changes that orders hear of, `maybe` those that they may hear of."""
    effects = [notice for notice in world.memory.notices.values() if notice.is_effect]
    if not world.shop.inner.ruled:
        yield from (("R5", f"{one.id} of order {one.order_key}: no rule is switched on") for one in effects)
        return
    for moved in world.shop.moved:
        yield from _as_ruled(world, moved)
    yield from _once(world, effects)
    yield from _made(effects, expected, maybe)
    yield from _done(world, effects)
    yield from _waited(world, effects)


def waits(world: World, notice: Notice) -> bool:
    """Whether an effect may wait: for another of the order's parcels, under way or unknown as yet."""
    if not notice.is_effect or notice.state is not NoticeState.WAITING:
        return False
    numbers = numbers_in(world.shop.row(notice.order_key)["tracking"] or "")
    states = [next(world.families.speaking(ttn, world.memory.states), None) for ttn in numbers]
    return any(state is None or _is_under_way(state) for state in states)


def _is_under_way(state: ParcelState) -> bool:
    return state.live and not any(state.stage in stages for stages in _STAGES.values())


def _as_ruled(world: World, moved: MovedRow) -> Found:
    rule = _rule_of(moved)
    differs = {name for name, value in moved.after.items() if value != moved.before[name]}
    if rule is None or moved.before["status"] not in rule.from_statuses or not differs <= {"status", "payment_status"}:
        yield "R5", f"order {moved.key}: {moved.before} became {moved.after}"
        return
    stages = _STAGES[rule.event]
    yield from _shown_first(world, moved, stages)
    for ttn in numbers_in(moved.before["tracking"] or ""):
        writes = [write for one in world.families.behind([ttn]) for write in world.watch.states.get(one, ())]
        if world.watch.states[ttn] and world.watch.state_at(ttn, moved.at).stage is Stage.DELETED:
            continue  # a waybill that was deleted is no parcel any more
        if not any(write.at <= moved.at and write.after.stage in stages for write in writes):
            yield "R5", f"order {moved.key} was moved as {rule.event}, and {ttn} has not come to it"


def _shown_first(world: World, moved: MovedRow, stages: frozenset[Stage]) -> Found:
    """R1: the row says so before the order is closed, as nobody writes it afterwards; but that is not waited for longer
    than an hour where another program's text stands, or a backup's, or where no run was well in all that time, with all
    that it had written."""
    if len(world.shop.foreign[moved.key]) > 1 or moved.key in world.shop.restored:
        return
    came = [
        write.at
        for ttn in world.families.in_field(moved.before["tracking"])
        for write in world.watch.states.get(ttn, ())
        if write.at <= moved.at and write.after.stage in stages
    ]
    since = min(came, default=moved.at)
    well = any(
        since <= begun and ended < moved.at and not any(begun <= at < moved.at for at in world.watch.shop_missed)
        for begun, ended in world.watch.good_runs
    )
    if moved.at - since >= _SHOWN_FIRST * SECOND and not well:
        return
    said = {
        world.shop.fit(shipment_status(write.after.stage, write.after.facts.text))
        for ttn in world.families.in_field(moved.before["tracking"])
        for write in world.watch.states.get(ttn, ())
        if write.after.stage in stages and write.after.facts is not None
    }
    if moved.before["shown"] not in said:
        yield "R1", f"order {moved.key} was closed by a rule while it showed {moved.before['shown']!r}"


def _rule_of(moved: MovedRow) -> Rule | None:
    return next((rule for rule in RULES.values() if rule.status == moved.after["status"]), None)


def _once(world: World, effects: list[Notice]) -> Found:
    """An order that gets another parcel may move once more. Set back by hand while nobody knew what had become of an
    attempt, it may do so for each attempt."""
    attempts, applied, moves = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for one in effects:
        if one.state is NoticeState.APPLIED or _MAY_BE_DONE in one.reason:
            attempts[one.order_key, str(one.kind)] += one.attempt
        if one.state is NoticeState.APPLIED:
            applied[one.order_key, str(one.kind)] += not one.reason.startswith(_FOUND_DONE)
    for moved in world.shop.moved:
        if (rule := _rule_of(moved)) is not None:
            moves[moved.key, str(rule.event)] += 1
    for key, count in moves.items():
        if not attempts[key]:
            yield "R3", f"order {key[0]} was moved as {key[1]}, and the ledger does not say so"
        elif count > attempts[key]:
            yield "R5", f"order {key[0]} was moved {count} times as {key[1]}"
    for key, count in applied.items():
        if count > moves[key]:
            yield "R3", f"order {key[0]} is said to have been moved as {key[1]}, and never was"


def _made(effects: list[Notice], expected: set[Key], maybe: set[Key]) -> Found:
    made = {(one.order_key, one.ttn, one.kind, one.version) for one in effects}
    ruled = {key for key in expected if str(key[2]) in set(RULES)}
    for key in sorted(ruled - made):
        yield "R1", f"{key} has no effect in the ledger"
    for key in sorted(made - expected - maybe):
        yield "R5", f"{key} has an effect, and is no news"


def _done(world: World, effects: list[Notice]) -> Found:
    """What nobody of the shop touched has come to what its rule says."""
    for one in effects:
        event, key = Event(str(one.kind)), one.order_key
        row = world.shop.row(key)
        numbers = numbers_in(row["tracking"] or "")
        speaking = [next(world.families.speaking(ttn, world.memory.states), None) for ttn in numbers]
        states = [state for state in speaking if state is None or state.stage is not Stage.DELETED]
        touched = world.shop.touched[key] > world.shop.added[key]
        if touched or one.state is NoticeState.SHADOW or not states:
            continue
        came = all(state is not None and state.stage in _STAGES[event] for state in states)
        if any(_ended_at_first_sight(world, ttn) for ttn in numbers):
            continue  # recorded silently (F16), and it may have been the last of them
        if came and row["status"] != RULES[event].status:
            yield "R3", f"order {key} is {row['status']}, all of it {event}: {one.state} {one.reason}"


def _waited(world: World, effects: list[Notice]) -> Found:
    """None ended for want of others while all of these could still come to it."""
    for one in effects:
        if not one.reason.startswith(_NOT_ALL) or world.shop.touched[one.order_key] > world.shop.added[one.order_key]:
            continue
        at = world.scheduler.time_of(one.settled_at or one.created_at)
        numbers = [
            ttn for ttn in numbers_in(world.shop.row(one.order_key)["tracking"] or "") if world.watch.states[ttn]
        ]
        states = [world.watch.state_at(ttn, at) for ttn in numbers]
        stages = _STAGES[Event(str(one.kind))] | {Stage.DELETED}
        if one.settled and all(_is_under_way(state) or state.stage in stages for state in states):
            yield "R3", f"{one.id} of order {one.order_key} ended while all of {numbers} could still come to it"


def _ended_at_first_sight(world: World, ttn: str) -> bool:
    first = next((write.after for write in world.watch.states.get(ttn, ()) if write.after.facts is not None), None)
    return first is not None and bool(first.ended)
