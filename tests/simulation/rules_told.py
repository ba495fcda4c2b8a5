"""R2, R3 and R4: what should have been told by the parcels' histories, what was told, and what the ledger says."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tests.simulation import rules_addressed, rules_linked, rules_moved, rules_reminded
from tests.simulation.choices import KYIV
from tests.simulation.kinds import kinds_of
from tests.simulation.parties import Attempt
from tests.simulation.scheduler import SECOND
from tests.simulation.watch import LOST_NUMBER, StateWrite
from tests.simulation.world import World
from vistka.domain.notices import OF_CHANGES, REMINDERS, Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.stages import Role, Stage

_COMING_BACK: Final = frozenset({Stage.RETURNING, Stage.RETURN_WAITING})
#: All that a buyer may hear of a waybill that goes back.
_BACK_TO_BUYERS: Final = frozenset({Kind.COMING_BACK, Kind.RETURNED})
#: After these nobody hears that the parcel has set out.
_OF_THE_WAY: Final = frozenset(
    {Kind.ON_ITS_WAY, Kind.WITH_COURIER, Kind.WAITING, Kind.RECEIVED, Kind.REFUSED, Kind.STORAGE_ENDED}
)
_RECUR: Final = frozenset({Kind.WAITING, Kind.RETURN_WAITING, Kind.WITH_COURIER, Kind.FAILED_ATTEMPT, Kind.REDIRECTED})
_MANY: Final = 20
_QUARANTINE: Final = 6
_OLD: Final = timedelta(hours=24)
_UNTOLD: Final = frozenset({*map(str, Unreachable), "blocked"})

#: What was told last, where it was not that the parcel waits.
_SOMETHING_ELSE: Final = ("", "something else")

type Found = Iterator[tuple[str, str]]
#: order, parcel, kind, version
type Key = tuple[str, str, Kind, int]


@dataclass
class Expected:
    """`wanted_at`: when last somebody was to be told of it. `shops_own`: news that are none of the buyer's.
    `maybe_crowded`: numbers of which the shop may have been told that they stand on too many orders. `effects`: what is
    told to nobody, and may move orders."""

    news: set[Key]
    shops_own: set[Key]
    maybe: set[Key]
    crowded: set[str]
    unknown: set[str]
    wanted_at: dict[Key, int] = field(default_factory=dict)
    maybe_crowded: set[str] = field(default_factory=set)
    effects: set[Key] = field(default_factory=set)
    maybe_effects: set[Key] = field(default_factory=set)


def judge(world: World) -> Found:
    notices = [notice for notice in world.memory.notices.values() if not notice.is_effect]
    expected = _expected(world)
    yield from rules_moved.judge(
        world, expected=expected.news | expected.effects, maybe=expected.maybe | expected.maybe_effects
    )
    yield from _complete(world, notices, expected)
    for notice in notices:
        yield from _ended(world, notice)
    yield from _deliveries(world)
    yield from _in_order(world)
    yield from _newest(notices)
    yield from _there_again(world, notices)
    yield from _summaries(world, notices)
    yield from _floods(world)
    yield from rules_linked.judge(world)
    yield from rules_reminded.judge(world)
    yield from rules_addressed.judge(world)


# --- what should have been told -----------------------------------------------------------------------------------


def _expected(world: World) -> Expected:
    expected = Expected(set(), set(), set(), set(), set())
    memories: dict[str, list[tuple[int, dict[Kind, tuple[str, str]]]]] = {}
    for ttn in sorted(world.watch.states, key=lambda one: len(world.families.forebears(one))):
        told: dict[Kind, tuple[str, str]] = {}
        memory = memories.setdefault(ttn, [])
        for write in world.watch.states[ttn]:
            after = write.after
            if after.not_found >= _QUARANTINE and after.orders and not after.chain:
                expected.unknown.add(ttn)
            if write.is_taken_up:
                # What was told of its forebears until then is no news.
                known = [then for at, then in memories.get(after.chain[-1], ()) if at <= write.at]
                told.update({**(known[-1] if known else {}), **told})
            elif after.facts is not None:
                _expect(world, ttn, write, told, expected)
            memory.append((write.at, dict(told)))
    return expected


def _expect(world: World, ttn: str, write: StateWrite, told: dict[Kind, tuple[str, str]], expected: Expected) -> None:
    """What its stage tells, and what its code tells of the money."""
    assert write.after.facts is not None
    for kind in kinds_of(write.after):
        _expect_of(kind, world, ttn, write, told, expected)
    if write.after.stage in _COMING_BACK:
        # Refused all the same, which nobody hears of.
        effects = Expected(set(), set(), set(), set(), set())
        _expect_of(Kind.REFUSED, world, ttn, write, told, effects)
        expected.effects |= effects.news
        expected.maybe_effects |= effects.maybe


def _expect_of(
    kind: Kind, world: World, ttn: str, write: StateWrite, told: dict[Kind, tuple[str, str]], expected: Expected
) -> None:
    before, after, facts = write.before, write.after, write.after.facts
    assert facts is not None
    changed = after.version != (before.version if before else 0)
    linked = before.orders if before else frozenset()
    new = after.orders - linked
    first = before is None or before.facts is None
    old = old_for_linked = _is_old(facts, after.observed_at, ended=bool(after.ended))
    if after.chain_since is not None:
        old_for_linked = facts.moved_at is not None and after.chain_since - facts.moved_at > _OLD
    news = changed and _is_news(kind, after, told)
    hearers = set() if old else set(new)
    if news and not (first and old_for_linked):
        hearers |= linked
    if news:
        told[kind] = _to_do(kind, after)
    # Whose field has just lost the number may still hear of it by a poll that is under way, and later no more.
    longest = world.watch.longest_poll * SECOND
    if not write.shop_away:
        hearers -= {order for order, since in write.lacking.items() if write.at - since > longest}
    expected.maybe |= {(order, ttn, kind, after.version) for order in hearers & write.lacking.keys()}
    keys = {(order, ttn, kind, after.version) for order in hearers - write.lacking.keys()}
    by_hand = world.asked_by_hand.intersection((ttn, *after.chain))
    unnamed = not after.chain and bool(world.families.forebears(ttn))
    if write.listed > _MANY >= len(after.orders) and (by_hand or unnamed):
        # Asked by hand of one order, or typed into one before the store knows what it comes from: it knows no more than
        # these, so they may be told.
        expected.maybe |= keys
        expected.maybe_crowded.add(ttn)
        return
    if max(write.listed, len(after.orders)) > _MANY:
        told_of = expected.crowded.intersection(after.chain)
        if hearers and not told_of and kind in world.audiences.buyer | world.audiences.shop:
            expected.crowded.add(ttn)
        return
    if news and hearers:
        for waiting, audience in _waiting_kinds(world):
            if kind is not waiting and waiting in told and kind in world.audiences.of(audience):
                told[waiting] = _SOMETHING_ELSE
    expected.news |= keys
    if after.role is Role.RETURN and kind not in _BACK_TO_BUYERS:
        expected.shops_own |= keys
    expected.wanted_at.update(dict.fromkeys(keys, write.at))


def _waiting_kinds(world: World) -> Iterator[tuple[Kind, Audience]]:
    """Whose news it is that a parcel waits: who has been told of something else is to be told again."""
    buyer = Kind.WAITING in world.audiences.buyer
    yield Kind.WAITING, Audience.BUYER if buyer else Audience.SHOP
    yield Kind.RETURN_WAITING, Audience.SHOP


def _is_old(facts: Facts, asked_at: datetime, *, ended: bool) -> bool:
    """First sight of it is silent: it has ended, or its last movement lies over a day back."""
    return ended or (facts.moved_at is not None and asked_at - facts.moved_at > _OLD)


def _is_news(kind: Kind, state: ParcelState, told: Mapping[Kind, tuple[str, str]]) -> bool:
    """What recurs is told again only if what the buyer must do has changed: another branch, another day."""
    if kind is Kind.ON_ITS_WAY:
        return not told.keys() & _OF_THE_WAY
    if kind not in _RECUR or kind not in told:
        return kind not in told
    place, day = _to_do(kind, state)
    before_place, before_day = told[kind]
    return place != before_place or bool(day and before_day and day != before_day)


def _to_do(kind: Kind, state: ParcelState) -> tuple[str, str]:
    facts = state.facts
    assert facts is not None
    if kind is Kind.REDIRECTED:
        return f"{facts.city} {facts.place_number or facts.place}", ""
    if kind not in {Kind.WAITING, Kind.RETURN_WAITING}:
        return "", state.changed_at.astimezone(KYIV).date().isoformat() if state.changed_at else ""
    day = facts.paid_storage_at.astimezone(KYIV).date().isoformat() if facts.paid_storage_at else ""
    return f"{state.stage} {facts.place_number or facts.place}", day


def _complete(world: World, notices: list[Notice], expected: Expected) -> Found:
    buyers: dict[Key, Notice] = {}
    for audience in (Audience.BUYER, Audience.SHOP):
        hears = world.audiences.of(audience)
        wanted_of = expected.news - expected.shops_own if audience is Audience.BUYER else expected.news
        made = {
            (notice.order_key, notice.ttn, notice.kind, notice.version): notice
            for notice in notices
            if notice.audience is audience and notice.kind in OF_CHANGES and notice.seat == 1
        }
        for key in sorted({key for key in wanted_of if key[2] in hears} - made.keys()):
            yield "R2", f"{key} was never in the ledger for the {audience}"
        for key in sorted(made.keys() - {key for key in wanted_of | expected.maybe if key[2] in hears}):
            yield "R2", f"{key} was told to the {audience}, and is no news"
        if audience is Audience.BUYER:
            buyers = made
    given_up = {ttn for ttn, state in world.memory.states.items() if state.ended == "aged_out" and state.orders}
    for kind, wanted in (
        (Kind.CROWDED, expected.crowded),
        (Kind.NUMBER_UNKNOWN, expected.unknown),
        (Kind.AGED_OUT, given_up),
    ):
        counted = Counter(notice.ttn for notice in notices if notice.kind is kind)
        for ttn in sorted(wanted | counted.keys()):
            either = kind is Kind.CROWDED and expected.maybe_crowded.intersection((ttn, *world.families.forebears(ttn)))
            if counted[ttn] != (ttn in wanted) and not (either and counted[ttn] <= 1):
                yield "R2", f"{ttn}: {counted[ttn]} notices {kind}, wanted {int(ttn in wanted)}"
    for key, notice in buyers.items():
        if notice.state is not NoticeState.SUPERSEDED or notice.settled_at is None or LOST_NUMBER not in notice.reason:
            continue
        if world.scheduler.time_of(notice.settled_at) < expected.wanted_at.get(key, 0):
            yield "R4", f"{notice.id} of {notice.order_key}: its number is back, and it is not told"
    for notice in notices:
        if notice.state is NoticeState.UNCONFIRMED and _to_buyer(notice) and world.shop_chat is not None:
            seat = f":{notice.seat}" if notice.seat > 1 else ""
            about = f"{notice.ttn}#{Kind.UNCONFIRMED}#{notice.kind}:{notice.occurrence}{seat}#{Audience.SHOP}"
            if (notice.order_key, about) not in world.memory.notices:
                yield "R3", f"{notice.id} of {notice.order_key} is unconfirmed, and the shop is not told"


def _to_buyer(notice: Notice) -> bool:
    return notice.audience is Audience.BUYER


# --- what became of each ------------------------------------------------------------------------------------------


def _ended(world: World, notice: Notice) -> Found:
    name = f"{notice.id} of {notice.order_key}"
    chat = notice.chat_id if _to_buyer(notice) else world.shop_chat
    attempts = _of(world, notice)
    match notice.state:
        case NoticeState.SENT:
            if not any(attempt.delivered and attempt.chat == chat for attempt in attempts):
                yield "R2", f"{name} is sent, and never arrived"
        case NoticeState.UNCONFIRMED:
            # A worker that died between its claim and its send counts as one whose answer was lost.
            if not notice.repeated:
                yield "R2", f"{name} is unconfirmed after {len(attempts)} attempts"
        case NoticeState.UNDELIVERABLE:
            known = chat is None or chat in world.telegram.blocked
            if not known:
                yield "R2", f"{name} is undeliverable, and its chat is open"
        case NoticeState.FAILED:
            if chat not in world.telegram.rejecting:
                yield "R2", f"{name} was given up: {notice.reason}"
        case NoticeState.SHADOW:
            yield from _shadow(world, notice, name)
        case NoticeState.SUPERSEDED:
            yield from _superseded(world, notice, name)
        case NoticeState.MUTED:
            if chat not in world.people.once_silent:
                yield "R3", f"{name} is muted, and nobody muted it"
        case _ if rules_reminded.waits(world, notice):
            pass
        case _:
            yield "R3", f"{name} is still {notice.state}, due {notice.due_at}"


def _of(world: World, notice: Notice) -> list[Attempt]:
    return [one for one in world.telegram.attempts if one.identity == (notice.order_key, notice.id)]


def _shadow(world: World, notice: Notice, name: str) -> Found:
    since = world.memory.live_since
    told_in_shadow = since is None or notice.created_at <= since + timedelta(minutes=10)
    moved = notice.payload.get("facts", {}).get("moved_at")
    before = since is not None and moved is not None and datetime.fromisoformat(moved) < since
    if not (told_in_shadow or before or not world.tells(notice.order_number)):
        yield "R2", f"{name} ended as shadow in a shop that is live"


def _superseded(world: World, notice: Notice, name: str) -> Found:
    if notice.not_before is not None and (notice.kind in REMINDERS or notice.reason == rules_reminded.OVER):
        yield from rules_reminded.superseded(world, notice, name)
        return
    if LOST_NUMBER in notice.reason:
        if not world.shop.has_lost(notice.order_key, notice.ttn):
            yield "R4", f"{name} is superseded for a lost number, and the order never lost it"
        return
    newer = any(
        other.ttn == notice.ttn
        and other.order_key == notice.order_key
        and other.audience is notice.audience
        and other.seat == notice.seat
        and other.kind in OF_CHANGES
        and other.version > notice.version
        for other in world.memory.notices.values()
    )
    if not newer:
        yield "R4", f"{name} is superseded, and nothing is newer"


def _newest(notices: list[Notice]) -> Found:
    """After an outage the newest is told: something of each parcel and audience is not superseded."""
    groups: dict[tuple[str, str, Audience, int], list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.kind in OF_CHANGES:
            groups[notice.order_key, notice.ttn, notice.audience, notice.seat].append(notice)
    for group in groups.values():
        newest = max(group, key=lambda notice: notice.version)
        why = (LOST_NUMBER, rules_reminded.OVER)
        if newest.state is NoticeState.SUPERSEDED and not any(reason in newest.reason for reason in why):
            yield "R4", f"{newest.id} of {newest.order_key} is the newest, and superseded"


def _there_again(world: World, notices: list[Notice]) -> Found:
    """Whoever was not told that a parcel waits, as something else was told or it was over by the morning, is told when
    it is there again: judged by what was told, whatever STATE remembers of it."""
    for waiting, audience in _waiting_kinds(world):
        groups: dict[tuple[str, str, int], list[Notice]] = defaultdict(list)
        for notice in notices:
            if notice.audience is audience and notice.kind in OF_CHANGES:
                groups[notice.order_key, notice.ttn, notice.seat].append(notice)
        for (order, ttn, _), group in groups.items():
            state = world.memory.states[ttn]
            if waiting not in kinds_of(state) or order not in state.orders or len(state.orders) > _MANY:
                continue
            *_, last = sorted((one for one in group if one.state is not NoticeState.SUPERSEDED), key=_version) or (
                None,
            )
            for untold in group:
                if (
                    untold.kind is waiting
                    and untold.state is NoticeState.SUPERSEDED
                    and LOST_NUMBER not in untold.reason
                    and not rules_reminded.is_late(world, untold)
                    and _place_of(untold) == _to_do(waiting, state)[0]
                    and (last is None or last.kind is not waiting)
                ):
                    yield "R4", f"{untold.id} of {order} is superseded, it is there again, and nobody was told"


def _version(notice: Notice) -> int:
    return notice.version


def _place_of(notice: Notice) -> str:
    facts = Facts.from_dict(notice.payload["facts"])
    return f"{notice.payload['stage']} {facts.place_number or facts.place}"


# --- what was told ------------------------------------------------------------------------------------------------


def _deliveries(world: World) -> Found:
    groups: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in world.telegram.attempts:
        groups[attempt.identity].append(attempt)
    for identity, attempts in groups.items():
        notice = world.memory.notices.get(identity)
        if notice is None:
            yield "R3", f"{identity} was sent, and is not in the ledger"
        delivered = [attempt for attempt in attempts if attempt.delivered]
        if len(delivered) > 2:
            yield "R2", f"{identity} arrived {len(delivered)} times"
        if len(delivered) == 2 and not delivered[1].silent:
            yield "R2", f"{identity} arrived twice, the second time aloud"
        maybe = [attempt for attempt in attempts if attempt.said in {"", "ok", "unknown"}]
        if len(maybe) > 2:
            yield "R2", f"{identity} may have arrived {len(maybe)} times"


def _in_order(world: World) -> Found:
    """R4: of one parcel and audience, in the order of its changes, as they arrive in a chat."""
    last: dict[tuple[str, str, str, int], int] = {}
    for attempt in sorted(world.telegram.attempts, key=lambda one: one.arrived_at):
        key, name = attempt.identity
        ttn, kind, _, audience = name.split("#", 3)  # with the seat, where it is not the first
        if not attempt.delivered or kind not in OF_CHANGES:
            continue
        group = (key, ttn, audience, attempt.chat)
        if attempt.version < last.get(group, 0):
            yield "R4", f"{attempt.identity} was told after version {last[group]}"
        last[group] = max(attempt.version, last.get(group, 0))


def _summaries(world: World, notices: list[Notice]) -> Found:
    """Each buyer who cannot be told is counted once, but for what the shop hears by itself."""
    counted: Counter[str] = Counter()
    for notice in notices:
        if notice.kind is Kind.UNTOLD:
            counted.update(notice.payload["counts"])
    missing = Counter(
        notice.reason
        for notice in notices
        if _to_buyer(notice) and notice.state is NoticeState.UNDELIVERABLE and notice.kind not in world.audiences.shop
    )
    if counted != missing:
        yield "R2", f"the summaries count {dict(counted)}, untold are {dict(missing)}"
    for reason in missing.keys() - _UNTOLD:
        yield "R3", f"untold for {reason}"


def _floods(world: World) -> Found:
    """A 429 holds its chat for as long as it says; who died of it, or came twice, could not know."""
    for attempt, limit in world.telegram.floods:
        sender = limit.invocation
        if limit.said != "TelegramLimited" or sender is None or sender.killed or sender.met & {"queue", "store"}:
            continue
        if not any(limit.at - 60 * SECOND <= at <= attempt.at for at in (*world.notifiers.doubled, *world.purged)):
            yield "R4", f"{attempt.identity} was sent before the time of a 429 was over"
