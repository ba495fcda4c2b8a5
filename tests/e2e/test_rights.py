"""A function that lost its rights is an error somebody hears of, and costs nothing once it has them again."""

import pytest

from local.world.failure import WorldError
from tests.e2e.drilling import DUE_AGAIN, ON_ITS_WAY, DrillWorld

PERSON = 600_500_009


def test_a_dispatcher_without_rights_fails_loudly_and_loses_nothing(drill: DrillWorld) -> None:
    """F20, R7"""
    orders = drill.orders(2)
    drill.move(orders, ON_ITS_WAY)
    before = drill.metrics()
    with drill.without_rights("DispatcherFunction"), pytest.raises(WorldError, match=r"refuses .*check the role"):
        drill.dispatch()
    assert drill.metrics()["GoodRuns"] == before["GoodRuns"]
    drill.run()
    assert drill.told_counts(orders) == [1] * 2


def test_a_tracker_without_rights_makes_no_good_run_and_loses_nothing(drill: DrillWorld) -> None:
    """F20, R7"""
    orders = drill.orders(2)
    drill.move(orders, ON_ITS_WAY)
    before = drill.metrics()
    with drill.without_rights("TrackerFunction"):
        again = drill.said("a poll comes again") + drill.said("failed")
        run = drill.dispatch()
        drill.until("the poll failed", lambda: drill.said("a poll comes again") + drill.said("failed") > again)
        assert not drill.is_complete(run)
        assert drill.metrics()["GoodRuns"] == before["GoodRuns"]
        assert drill.depth("PollsQueueUrl") == 1
    drill.run()
    assert drill.told_counts(orders) == [1] * 2
    assert drill.metrics()["GoodRuns"] > before["GoodRuns"]


def test_a_notifier_without_rights_makes_notices_overdue_and_loses_none(drill: DrillWorld) -> None:
    """F20, R3, R7"""
    orders = drill.orders(2)
    drill.move(orders, ON_ITS_WAY)
    before = drill.metrics()
    with drill.without_rights("NotifierFunction"):
        again = drill.said("a notice comes again")
        run = drill.dispatch()
        drill.until("a notice failed", lambda: drill.said("a notice comes again") > again)
        drill.until("tracking goes on", lambda: drill.is_complete(run))
        drill.ahead(hours=DUE_AGAIN)
        drill.dispatch()
        assert drill.metrics()["NoticesOverdue"] > before["NoticesOverdue"]
        assert drill.told_counts(orders) == [0] * 2
    drill.until("every notice has ended", drill.all_settled)
    drill.run()
    assert drill.states(orders) == [{"on_its_way": "sent"}] * 2
    assert drill.told_counts(orders) == [1] * 2


def test_a_bot_without_rights_keeps_people_waiting_and_loses_no_word(drill: DrillWorld) -> None:
    """Telegram brings what was not taken again and again."""
    drill.control("POST", "settings", {"webhook_pause": 0.2})

    def hook() -> dict[str, object]:
        told: dict[str, object] = drill.control("GET", "telegram")["webhook"]
        return told

    with drill.without_rights("BotFunction"):
        assert drill.control("POST", f"chats/{PERSON}/type", {"text": "/help"})["taken"] is False
        drill.until("Telegram is refused", lambda: "last_error_message" in hook())
        assert hook()["pending_update_count"] == 1
    drill.until("the person is answered", lambda: drill.control("GET", f"messages?chat_id={PERSON}")["count"] == 1)
