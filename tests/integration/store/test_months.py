"""A month's figures: counted as the store is written, one write an invocation, and none of it stops anything."""

from datetime import timedelta

import pytest

from tests.contracts.store_samples import OTHER, change, notice, run, state
from tests.fakes.clock import START, FakeClock
from tests.integration.store.answers import Answers
from vistka.adapters.store_months import CountedLedger, CountedParcels, CountedRuns, DynamoMonths
from vistka.adapters.store_table import Table
from vistka.domain.months import Counted, Month, Outage
from vistka.domain.notices import Audience, Kind, NoticeState
from vistka.metrics import Metric
from vistka.ports import Commit

MONTH = "2026-01"
UNUSUAL = timedelta(minutes=20)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def months(table: Table, clock: FakeClock, said: list[str]) -> DynamoMonths:
    return DynamoMonths(table, clock=clock, unusual=UNUSUAL, say=lambda text, **_: said.append(text))


def read(months: DynamoMonths) -> Month:
    found = months.read(MONTH)
    assert found is not None
    return found


def test_a_month_is_counted_over_many_invocations_with_one_write_each(
    months: DynamoMonths, clock: FakeClock, requests: list[str]
) -> None:
    assert months.read(MONTH) is None
    for hour in range(3):
        clock.set(START + timedelta(hours=hour))
        months.add(Counted.CHANGES, 5)
        months.heard(Metric.CARRIER_OUTAGES, 1)
        months.heard(Metric.CARRIER_OUTAGES, 1)
        months.heard(Metric.PARCELS_CHECKED, 100)
        requests.clear()
        months.flush()
        assert requests == ["UpdateItem"]
    months.flush()
    assert requests == ["UpdateItem"]
    assert read(months) == Month(name=MONTH, first_at=START, counts={Counted.CHANGES: 15}, outages={Outage.CARRIER: 3})


def test_two_outages_in_one_hour_are_one_hour_of_it(months: DynamoMonths, clock: FakeClock) -> None:
    for minutes in (1, 20, 40):
        clock.set(START.replace(minute=0) + timedelta(minutes=minutes))
        months.heard(Metric.TELEGRAM_OUTAGES, 1)
        months.heard(Metric.SHOP_OUTAGES, 1)
        months.flush()
    assert read(months).outages == {Outage.TELEGRAM: 1, Outage.SHOP: 1}


def test_the_longest_gap_stays_and_a_usual_one_is_not_written(months: DynamoMonths, requests: list[str]) -> None:
    for minutes in (10, 90, 40, 120, 30):
        months.add(Counted.RUNS)
        months.heard(Metric.OLDEST_UNCHECKED_SECONDS, minutes * 60)
        months.flush()
    assert read(months).longest_gap == timedelta(minutes=120)
    requests.clear()
    months.heard(Metric.OLDEST_UNCHECKED_SECONDS, 600)
    months.flush()
    assert requests == []


def test_what_the_store_is_given_is_counted(table: Table, months: DynamoMonths) -> None:
    parcels, ledger, runs = CountedParcels(table, months), CountedLedger(table, months), CountedRuns(table, months)
    waits = notice(state=NoticeState.NEW)
    parcels.commit(
        Commit(
            state=state(),
            expected=None,
            change=change(),
            notices=(
                waits,
                notice(kind=Kind.RECEIVED, state=NoticeState.SHADOW, due_at=None),
                notice(kind=Kind.REFUSED, state=NoticeState.UNDELIVERABLE, due_at=None),
            ),
        )
    )
    parcels.commit(Commit(state=state().next(version=2), expected=0))
    assert len(parcels.states([state().ttn, OTHER])) == 1
    ledger.update(waits.ended(NoticeState.SENT, START))
    told = notice(kind=Kind.UNCONFIRMED, audience=Audience.SHOP, chat_id=None)
    assert ledger.put_new(told)
    ledger.update(told.ended(NoticeState.SENT, START))
    lost = notice(occurrence="9")
    assert ledger.put_new(lost)
    ledger.update_all([lost.ended(NoticeState.UNCONFIRMED, START)])
    runs.start(run())
    runs.sent(run().id, batches=4, covers=START)
    months.flush()
    assert read(months).counts == {
        Counted.RUNS: 1,
        Counted.BATCHES: 4,
        Counted.STATES: 1,
        Counted.PARCELS: 1,
        Counted.CHANGES: 1,
        Counted.TO_BUYERS: 1,
        Counted.TO_SHOP: 1,
        Counted.UNTOLD: 1,
        Counted.UNCONFIRMED: 1,
    }


@pytest.mark.parametrize(
    ("kind", "counted"), [(Kind.RECEIVED, Counted.RECEIVED), (Kind.REFUSED, Counted.REFUSED), (Kind.WAITING, None)]
)
def test_a_parcel_that_was_received_or_refused_counts_once_whoever_hears_of_it(
    table: Table, months: DynamoMonths, kind: Kind, counted: Counted | None
) -> None:
    parcels = CountedParcels(table, months)
    old = state(told={kind: "1"})
    parcels.commit(Commit(state=old, expected=None, change=change()))  # had ended before anybody looked
    so = old.next(version=old.version + 1, told={kind: str(old.version + 1)})
    parcels.commit(Commit(state=so, expected=old.revision, change=change(version=so.version)))
    later = so.next(version=so.version + 1)  # the same in another code
    parcels.commit(Commit(state=later, expected=so.revision, change=change(version=later.version)))
    months.flush()
    counts = read(months).counts
    assert {name: counts.get(name, 0) for name in (Counted.RECEIVED, Counted.REFUSED) if counts.get(name)} == (
        {counted: 1} if counted else {}
    )


def test_what_is_forgotten_is_not_written(months: DynamoMonths, requests: list[str]) -> None:
    months.add(Counted.RUNS)
    months.heard(Metric.SHOP_OUTAGES, 1)
    months.forget()
    months.flush()
    assert requests == []


def test_a_store_that_does_not_take_it_is_said_and_stops_nothing(
    months: DynamoMonths, answers: Answers, said: list[str]
) -> None:
    months.add(Counted.RUNS)
    answers.error("UpdateItem", "AccessDeniedException")
    months.flush()
    assert said == ["a month's figures were not written"]
