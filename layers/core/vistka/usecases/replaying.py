"""What today's rules would have told of changes that are long stored: nothing is asked, written or sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.deadlines import had_alert, outdated, renewed
from vistka.domain.decisions import decide
from vistka.domain.notices import REMINDERS, Notice, NoticeState
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.recipients import OrderChats, addressed, further_seats, with_further_seats
from vistka.domain.stages import stage_of
from vistka.ports import Link
from vistka.usecases.linking import order_of

#: An order is linked by an answer: a link so shortly before a change came with it.
_TOGETHER: Final = timedelta(minutes=2)


def replay(
    history: Iterable[Change],
    links: Sequence[Link],
    *,
    chats: Mapping[str, OrderChats],
    since: datetime,
    until: datetime,
    policy: Callable[[datetime], Policy],
) -> Iterator[Notice]:
    """What one parcel's changes and new orders from `since` on, and its reminders up to `until`, tell by the rules,
    codes and chats of today.

    Each is judged at its own moment, and the whole history is gone through: what was told before decides what is news.
    A link to a former order tells nobody.
    """
    current = [link for link in links if link.current]
    changes = sorted(history, key=lambda change: change.version)
    known: ParcelState | None = None
    waiting: list[Notice] = []
    told: list[Notice] = []
    for at, ttn, answer in _moments(changes, current):
        orders = [addressed(order_of(link), chats) for link in current if link.since <= at]
        yield from _reminders(waiting, told, known, chats, policy, since=since, until=min(at, until))
        decision = decide(
            ttn=ttn,
            known=known,
            answer=answer or (known.facts if known else None),
            sent_at=at,
            orders=orders,
            others=(),
            policy=policy(at),
        )
        known = decision.state or known
        waiting.extend(notice for notice in decision.notices if notice.kind in REMINDERS)
        if at >= since:
            others = [notice for notice in decision.notices if notice.kind not in REMINDERS]
            yield from with_further_seats(others, chats)
    yield from _reminders(waiting, told, known, chats, policy, since=since, until=until)


def _reminders(
    waiting: list[Notice],
    told: list[Notice],
    state: ParcelState | None,
    chats: Mapping[str, OrderChats],
    policy: Callable[[datetime], Policy],
    *,
    since: datetime,
    until: datetime,
) -> Iterator[Notice]:
    """Those whose hour came before `until`, if they still held then; they are taken out of `waiting`, and put
    into `told`."""
    due = [(notice.not_before, notice) for notice in waiting if notice.not_before and notice.not_before < until]
    for hour, notice in sorted(due, key=lambda row: row[0]):
        waiting.remove(notice)
        rules = policy(hour).reminders
        beside = [one for one in told if one.order_key == notice.order_key]
        if state is None or outdated(notice, state, rules, hour) or had_alert(notice, state, beside, hour):
            continue
        told.append(notice.ended(NoticeState.SENT, hour))
        if hour >= since:
            now = replace(renewed(notice, state, rules, hour), created_at=hour)
            yield from (now, *further_seats(now, chats))


def _moments(changes: Sequence[Change], links: Iterable[Link]) -> list[tuple[datetime, str, Facts | None]]:
    """When there was something to judge: an answer that was a change, or an order that came to a known parcel."""
    if not changes:
        return []
    moments: list[tuple[datetime, str, Facts | None]] = [
        (change.observed_at, change.ttn, replace(change.facts, stage=stage_of(change.facts.code))) for change in changes
    ]
    times = [change.observed_at for change in changes]
    for link in links:
        alone = not any(timedelta() <= at - link.since <= _TOGETHER for at in times)
        if alone and link.since > times[0]:
            moments.append((link.since, link.ttn, None))
    return sorted(moments, key=lambda moment: moment[0])
