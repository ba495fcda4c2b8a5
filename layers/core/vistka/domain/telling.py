"""What is to be told of a parcel's change, to whom, and what is not worth telling."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from vistka.domain import polling
from vistka.domain.calling import called
from vistka.domain.expecting import NAMING_THE_DAY, expected_day, is_told, slip_of, with_named, with_told
from vistka.domain.kyiv import kyiv_date
from vistka.domain.making import of_change, order_notices
from vistka.domain.notices import Audience, Kind, Notice
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState, to_iso
from vistka.domain.policy import Policy
from vistka.domain.records import record
from vistka.domain.stages import MONEY_PENDING_CODE, Role, Stage

#: A parcel whose last movement lies further back than this at first sight is old: recorded silently (F16).
OLD_AFTER: Final = timedelta(hours=24)

#: More orders than this on one number: one alert to the shop instead of a notice each. At most so many are linked in
#: one transaction; the rest follow with the next run.
CROWD: Final = 20

KIND_OF_STAGE: Final = {
    Stage.IN_TRANSIT: Kind.ON_ITS_WAY,
    Stage.ARRIVED_CITY: Kind.ON_ITS_WAY,
    Stage.OUT_FOR_DELIVERY: Kind.WITH_COURIER,
    Stage.AT_BRANCH: Kind.WAITING,
    Stage.AT_LOCKER: Kind.WAITING,
    Stage.DELIVERED: Kind.RECEIVED,
    Stage.REFUSED: Kind.REFUSED,
    Stage.STORAGE_ENDED: Kind.STORAGE_ENDED,
    Stage.FAILED_ATTEMPT: Kind.FAILED_ATTEMPT,
    Stage.POSTPONED: Kind.POSTPONED,
    Stage.REDIRECTED: Kind.REDIRECTED,
    Stage.RETURNING: Kind.COMING_BACK,
    Stage.RETURN_WAITING: Kind.RETURN_WAITING,
    Stage.RETURNED: Kind.RETURNED,
}

#: Whoever has been told one of these knows that the parcel has set out.
_TOLD_OF_THE_WAY: Final = frozenset(
    {Kind.ON_ITS_WAY, Kind.WITH_COURIER, Kind.WAITING, Kind.RECEIVED, Kind.REFUSED, Kind.STORAGE_ENDED}
)

#: By status code: what it says of the shop's money, beside the stage.
MONEY_KINDS: Final = {MONEY_PENDING_CODE: Kind.MONEY_COMING, "11": Kind.MONEY_PAID}


@record
class Told:
    told: Mapping[str, str]
    notices: tuple[Notice, ...]


def tell(
    base: ParcelState,
    draft: ParcelState,
    *,
    changed: bool,
    new: tuple[Order, ...],
    told_before: tuple[Order, ...],
    listed: int,
    crowd: bool,
    policy: Policy,
) -> Told:
    """`listed`: orders with this number, those included that are not linked yet. `crowd`: they are too many to be told
    one by one."""
    told = dict(draft.told)
    notices: list[Notice] = []
    facts = draft.facts
    # Else nobody hears of it, and nearly all answers are such.
    if facts is not None and (changed or new or slip_of(base, facts, draft.stage) is not None):
        news = _News(
            base=base,
            draft=draft,
            facts=facts,
            changed=changed,
            new=new,
            told_before=told_before,
            listed=listed,
            crowd=crowd,
            policy=policy,
        )
        if changed or new:
            for kind in kinds_of(draft):
                notices.extend(news.of(kind, told))
        notices.extend(news.of_the_expected_day(told, [notice.kind for notice in notices]))
    notices.extend(_given_up(base, draft, told, (*told_before, *new), policy))
    notices.extend(called(base, draft, changed=changed, orders=(*told_before, *new), policy=policy))
    return Told(told=told, notices=tuple(notices))


def kinds_of(state: ParcelState) -> tuple[Kind, ...]:
    """What its stage and code tell of, whether or not that is news."""
    kinds = [KIND_OF_STAGE[state.stage]] if state.stage in KIND_OF_STAGE else []
    if state.facts is not None and state.facts.code in MONEY_KINDS and state.role is not Role.RETURN:
        kinds.append(MONEY_KINDS[state.facts.code])
    return tuple(kinds)


@dataclass(frozen=True, kw_only=True, slots=True)
class _News:
    """What `tell` was given, for one kind after another."""

    base: ParcelState
    draft: ParcelState
    facts: Facts
    changed: bool
    new: tuple[Order, ...]
    told_before: tuple[Order, ...]
    listed: int
    crowd: bool
    policy: Policy

    def of(self, kind: Kind, told: dict[str, str]) -> Iterable[Notice]:
        """The notices of one kind; `told` remembers it."""
        news = self.changed and _is_news(kind, self.facts, self.draft, told)
        if news:
            told[kind] = _sameness(kind, self.facts, self.draft)
        hearers = self._hearers(news=news)
        if not hearers or kind not in self.policy.audiences.buyer | self.policy.audiences.shop:
            return
        if self.crowd:
            yield from self._of_a_crowd(hearers[0], told)
            return
        if news:
            _forget_where_it_waits(kind, told, self.policy)
        payload, shadow = _payload(self.base, self.draft, self.facts), before_live(self.draft, self.policy)
        for order in hearers:
            # What moved before the order had this parcel says nothing of how soon news are told.
            seen = {**payload, "first_sight": True} if order in self.new else payload
            yield from order_notices(kind, self.draft, order, self.policy, seen, shadow=shadow)

    def of_the_expected_day(self, told: dict[str, str], just_told: Iterable[Kind]) -> Iterable[Notice]:
        """That it slipped, under the same code as under another; nobody hears of the day at first sight."""
        kind = Kind.EXPECTED_MOVED
        if kind not in self.policy.audiences.buyer | self.policy.audiences.shop:
            return
        if NAMING_THE_DAY.intersection(just_told) and (day := expected_day(self.facts)) is not None:
            told[kind] = with_named(told.get(kind, ""), day)
            return
        slip = slip_of(self.base, self.facts, self.draft.stage)
        if slip is None or self.listed > CROWD:
            return
        before = told.get(kind, "")
        told[kind] = with_told(before, slip.day)
        if is_told(before, slip.day):
            return  # another message has named an earlier day since; each day is one notice (R2)
        payload = _payload(self.base, self.draft, self.facts) | {"expected_before": slip.before.isoformat()}
        # It became known between the look before and this one.
        shadow = self.policy.before_live(self.base.observed_at)
        for order in self.told_before:
            yield from order_notices(
                kind, self.draft, order, self.policy, payload, shadow=shadow, occurrence=slip.day.isoformat()
            )

    def _of_a_crowd(self, order: Order, told: dict[str, str]) -> Iterator[Notice]:
        """One alert for as long as they are so many; where they are fewer, and only these news too many, one for each
        change."""
        before, lasting = told.get(Kind.CROWDED, ""), self.listed > CROWD
        now = str(self.listed) if lasting else f"{self.listed}:{self.draft.version}"
        if before == now or (lasting and before.isdecimal()):
            return
        told[Kind.CROWDED] = now
        yield of_change(Kind.CROWDED, self.draft, order, self.policy, {"orders": self.listed})

    def _hearers(self, *, news: bool) -> list[Order]:
        hearers: list[Order] = []
        old = is_old(self.draft, self.policy)
        if news and (self.base.facts is not None or not was_old(self.draft, self.policy)):
            hearers.extend(self.told_before)
        if not old:
            hearers.extend(self.new)
        return hearers


def is_old(state: ParcelState, policy: Policy) -> bool:
    """Whether a parcel seen for the first time is old news: final, or its last movement lies too far back."""
    if state.ended:
        return True
    moved = state.facts.moved_at if state.facts is not None else None
    return moved is not None and policy.now - moved > OLD_AFTER


def was_old(state: ParcelState, policy: Policy) -> bool:
    """`is_old` for orders that have had the parcel since before its first answer. What takes another's place is no
    first sight: of that all is news that happened since its forebear was first seen."""
    if state.chain_since is None:
        return is_old(state, policy)
    moved = state.facts.moved_at if state.facts is not None else None
    return moved is not None and state.chain_since - moved > OLD_AFTER


def before_live(state: ParcelState, policy: Policy) -> bool:
    """Whether it moved before the shop went live, of which nothing is told."""
    return policy.before_live(state.facts.moved_at if state.facts is not None else None)


def _is_news(kind: Kind, facts: Facts, state: ParcelState, told: Mapping[str, str]) -> bool:
    """What recurs is told again only if what the buyer must do has changed."""
    match kind:
        case Kind.ON_ITS_WAY:
            return not (told.keys() & _TOLD_OF_THE_WAY)
        case Kind.WAITING | Kind.RETURN_WAITING:
            before = told.get(kind)
            if before is None:
                return True
            place, _, day = before.partition("|")
            now_place, _, now_day = _sameness(kind, facts, state).partition("|")
            return place != now_place or bool(day and now_day and day != now_day)
        case Kind.WITH_COURIER | Kind.FAILED_ATTEMPT | Kind.POSTPONED | Kind.REDIRECTED:
            return told.get(kind) != _sameness(kind, facts, state)
        case _:
            return kind not in told


def _forget_where_it_waits(kind: Kind, told: dict[str, str], policy: Policy) -> None:
    """Whoever hears something else of a parcel, perhaps in the place of its arrival (R4), does not know any more that
    it waits: that it is there again is news, at the same branch too. What nobody hears of changes nothing of that.

    Its kind stays in `told`, as the parcel has set out all the same."""
    buyers = Audience.BUYER if Kind.WAITING in policy.audiences.buyer else Audience.SHOP
    for waiting, audience in ((Kind.WAITING, buyers), (Kind.RETURN_WAITING, Audience.SHOP)):
        if kind is not waiting and waiting in told and kind in policy.audiences.of(audience):
            told[waiting] = ""


def _sameness(kind: Kind, facts: Facts, state: ParcelState) -> str:
    place = (facts.place_number or facts.place).replace("|", " ")
    match kind:
        case Kind.WAITING | Kind.RETURN_WAITING:
            return f"{state.stage}:{place}|{_day(facts.paid_storage_at)}"
        case Kind.WITH_COURIER | Kind.FAILED_ATTEMPT:
            return _day(state.changed_at)
        case Kind.POSTPONED:
            return _day(facts.expected_at)
        case Kind.REDIRECTED:
            return f"{facts.city}:{place}"
        case _:
            return str(state.version)


def _day(moment: datetime | None) -> str:
    return kyiv_date(moment).isoformat() if moment is not None else ""


def _payload(base: ParcelState, draft: ParcelState, facts: Facts) -> dict[str, Any]:
    payload: dict[str, Any] = {"facts": facts.to_dict(), "stage": str(draft.stage)}
    if base.stage is not None:
        payload["previous"] = str(base.stage)
    if draft.changed_at is not None:
        payload["changed_at"] = to_iso(draft.changed_at)
    return payload


def _given_up(
    base: ParcelState, draft: ParcelState, told: dict[str, str], orders: tuple[Order, ...], policy: Policy
) -> Iterable[Notice]:
    """Quarantine and age-out are told to the shop, once each."""
    if not orders:
        return
    days = (policy.now - draft.first_seen_at).days
    # A number that the carrier named itself is nobody's to correct: it is given up in the end, which is told.
    unknown = draft.not_found >= polling.QUARANTINE_AFTER and not draft.chain
    if unknown and Kind.NUMBER_UNKNOWN not in told:
        told[Kind.NUMBER_UNKNOWN] = str(draft.version)
        yield of_change(Kind.NUMBER_UNKNOWN, draft, orders[0], policy, {"days": days})
    if draft.ended == "aged_out" and base.ended != "aged_out" and base.revision:
        told[Kind.AGED_OUT] = str(draft.version)
        stage = str(draft.stage) if draft.stage else ""
        yield of_change(Kind.AGED_OUT, draft, orders[0], policy, {"stage": stage, "days": days})
