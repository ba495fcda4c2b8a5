"""A worker that is killed while it sends: at most one repeat, a silent one, and the ledger knows the end."""

import pytest

from tests.e2e.drilling import DUE_AGAIN, ON_ITS_WAY, DrillWorld


@pytest.mark.parametrize(("fault", "arrived"), [("stall", 0), ("slow:60000", 1)])
def test_a_notice_whose_sender_was_killed_is_repeated_once_and_silently(
    drill: DrillWorld, fault: str, arrived: int
) -> None:
    """R2, R10. The first send never arrived, or arrived and nobody was told so."""
    (order,) = drill.orders(1)
    drill.move([order], ON_ITS_WAY)
    drill.break_("telegram", fault, methods=["sendMessage"], chats=[order.chat_id])
    drill.dispatch()
    drill.until("the notifier hangs in its send", lambda: _hits(drill) > 0)
    assert len(drill.told(order)) == arrived
    assert drill.kill_workers("NotifierFunction") == 1
    drill.mend("telegram")
    drill.until("every notice has ended", drill.all_settled)
    drill.until("the queues are empty", drill.is_quiet)
    assert drill.states([order]) == [{"on_its_way": "sent"}]
    assert [message["silent"] for message in drill.told(order)] == [False] * arrived + [True]
    drill.ahead(hours=DUE_AGAIN)
    drill.run()
    assert len(drill.told(order)) == arrived + 1


def _hits(drill: DrillWorld) -> int:
    return sum(fault["hits"] for fault in drill.control("GET", "telegram/fault")["faults"])
