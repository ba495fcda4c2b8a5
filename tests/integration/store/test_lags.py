"""The lags of a day's news in DynamoDB."""

from datetime import timedelta

from tests.fakes.clock import START, FakeClock
from tests.integration.store.answers import Answers
from vistka.adapters.store_lags import DynamoLags
from vistka.adapters.store_table import Table
from vistka.domain.lags import Lags

DAY = timedelta(days=1)


def book(table: Table, clock: FakeClock, said: list[str]) -> DynamoLags:
    return DynamoLags(table, clock=clock, say=lambda text, **_: said.append(text))


def test_what_invocations_count_adds_up_day_by_day(table: Table, clock: FakeClock) -> None:
    for minutes in ((3, 12), (3.5,), (300,)):
        lags = book(table, clock, [])
        for each in minutes:
            lags.add(timedelta(minutes=each))
        lags.flush()
    clock.advance(DAY)
    lags = book(table, clock, [])
    lags.add(timedelta(minutes=6))
    lags.flush()
    today = Lags(count=1, seconds=360, within={10: 1})
    assert lags.since(clock.now().date()) == [today]
    before = Lags(count=4, seconds=round(318.5 * 60), within={5: 2, 20: 1})
    assert lags.since(START.date()) == [today, before]


def test_a_flush_writes_once_and_only_what_was_counted(table: Table, clock: FakeClock) -> None:
    lags = book(table, clock, [])
    lags.flush()
    assert lags.since(START.date()) == []
    lags.add(timedelta(minutes=1))
    lags.flush()
    lags.flush()
    assert [day.count for day in lags.since(START.date())] == [1]


def test_a_store_that_is_away_costs_the_figures_and_nothing_else(
    table: Table, clock: FakeClock, answers: Answers
) -> None:
    said: list[str] = []
    lags = book(table, clock, said)
    lags.add(timedelta(minutes=1))
    answers.error("UpdateItem", "ThrottlingException")
    lags.flush()
    assert said == ["how long news took was not written"]
