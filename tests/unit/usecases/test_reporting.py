"""The monthly report: once a month, in the ledger like all else that is told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.messages import NoticeMessage
from vistka.domain.months import Counted, Month, Outage
from vistka.domain.notices import Kind, Notice, NoticeState
from vistka.texts.render import Messages
from vistka.usecases.operating import scheduled_run
from vistka.usecases.reporting import Reporter, payload_of, usage_of

NOVEMBER = Month(
    name="2026-11",
    first_at=datetime(2026, 11, 14, 9, tzinfo=UTC),
    counts={Counted.RUNS: 2400, Counted.PARCELS: 412, Counted.TO_BUYERS: 1180, Counted.TO_SHOP: 35},
    outages={Outage.CARRIER: 3},
    longest_gap=timedelta(minutes=130),
)
#: The first of December, ten in Kyiv.
TEN = datetime(2026, 12, 1, 8, tzinfo=UTC)


@dataclass
class FakeMonths:
    months: dict[str, Month] = field(default_factory=lambda: {"2026-11": NOVEMBER})

    def read(self, name: str) -> Month | None:
        return self.months.get(name)


def reporter(world: World, months: FakeMonths | None = None) -> Reporter:
    return Reporter(
        announcer=world.announcer,
        months=months or FakeMonths(),
        clock=world.clock,
        interval=INTERVAL,
    )


def reports(world: World) -> list[Notice]:
    return [notice for notice in world.memory.notices.values() if notice.kind is Kind.REPORT]


def test_the_report_is_made_by_the_first_run_after_ten_on_the_first_and_once() -> None:
    world = World()
    world.clock.set(TEN - timedelta(seconds=1))
    assert not reporter(world).report()
    world.clock.set(TEN)
    assert reporter(world).report()
    for later in (timedelta(minutes=10), timedelta(days=29)):
        world.clock.set(TEN + later)
        assert not reporter(world).report()
    (report,) = reports(world)
    assert (report.occurrence, report.state, report.due_at) == ("2026-11", NoticeState.NEW, TEN + timedelta(minutes=5))
    assert [NoticeMessage.from_json(one.body).notice_id for one in world.notice_queue.sent] == [report.id]


def test_a_report_that_the_queue_lost_is_swept_like_any_notice() -> None:
    world = World()
    world.clock.set(TEN)
    reporter(world).report()
    world.notice_queue.sent.clear()
    world.clock.advance(timedelta(minutes=6))
    assert world.sweeper.sweep().sent == 1


def test_a_run_on_the_third_still_tells_if_there_was_none_before() -> None:
    world = World()
    world.clock.set(TEN + timedelta(days=2))
    assert reporter(world).report()


def test_a_month_in_which_nothing_was_counted_is_not_told_of() -> None:
    world = World()
    world.clock.set(TEN)
    assert not reporter(world, FakeMonths({})).report()
    assert reports(world) == []


@pytest.mark.parametrize(
    ("live", "chat", "state"), [(False, -1, NoticeState.SHADOW), (True, None, NoticeState.UNDELIVERABLE)]
)
def test_in_shadow_and_without_a_chat_it_ends_in_the_ledger(live: bool, chat: int | None, state: NoticeState) -> None:  # noqa: FBT001
    world = World(live=live, shop_chat=chat)
    world.clock.set(TEN)
    assert reporter(world).report()
    assert [report.state for report in reports(world)] == [state]
    assert world.notice_queue.sent == []


def test_what_it_tells_is_figures_and_what_they_cost() -> None:
    payload = payload_of(NOVEMBER, interval=INTERVAL)
    assert payload["figures"] == {"parcels": 412, "to_buyers": 1180, "to_shop": 35}
    assert payload["outages"] == {"carrier": 3}
    assert payload["gap_minutes"] == 130
    assert 0 < float(payload["dollars"]) < 10
    assert usage_of(NOVEMBER).notices == 1215


def test_a_gap_that_is_no_longer_than_usual_is_not_told() -> None:
    usual = Month(name="2026-11", first_at=TEN, longest_gap=3 * INTERVAL)
    assert "gap_minutes" not in payload_of(usual, interval=INTERVAL)


def test_it_is_read_by_a_person() -> None:
    world = World()
    world.clock.set(TEN)
    reporter(world).report()
    text = Messages().render(reports(world)[0], now=TEN)
    assert text.startswith("📊 <b>Звіт за листопад 2026 (дані з 14\u00a0листопада): усе працює.</b>")
    assert "Годин із перебоями:\n• Нова пошта — 3\n" in text
    assert "Найдовше дані не оновлювалися 2 год 10 хв." in text


def test_a_duty_that_fails_takes_nothing_from_the_run_and_is_told_after_it() -> None:
    world = World()

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scheduled_run(
            lambda: world.sweeper, lambda: world.dispatcher, lambda: world.releaser, world.metrics, duties=[broken]
        )
    assert len(world.memory.runs) == 1
