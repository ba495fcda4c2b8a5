"""What both kinds of queue must do as their senders see them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from vistka.ports import NoticeEntry, NoticeQueue, PollEntry, PollQueue

#: One character of two bytes; five of these bodies fill a request.
LARGE = "ї" * 26_000


@dataclass(frozen=True, kw_only=True)
class Queues:
    """Empty queues; `polled` and `noticed` return the bodies that arrived, those of a group in their order."""

    polls: PollQueue
    notices: NoticeQueue
    polled: Callable[[], list[str]]
    noticed: Callable[[], list[str]]


def entry(body: str, group: str = "g", deduplication_id: str = "") -> NoticeEntry:
    return NoticeEntry(body=body, group=group, deduplication_id=deduplication_id or f"{group}-{body[:20]}")


class QueuesContract:
    def test_nothing_to_send_is_nothing(self, queues: Queues) -> None:
        assert queues.polls.send([]) == []
        assert queues.notices.send([]) == []

    def test_more_than_a_request_takes_are_all_sent(self, queues: Queues) -> None:
        bodies = [f"poll {number}" for number in range(25)]
        assert queues.polls.send([PollEntry(body=body, delay=timedelta()) for body in bodies]) == []
        assert sorted(queues.polled()) == sorted(bodies)

    def test_large_messages_are_all_sent(self, queues: Queues) -> None:
        bodies = [f"{number} {LARGE}" for number in range(7)]
        assert queues.polls.send([PollEntry(body=body, delay=timedelta()) for body in bodies]) == []
        assert sorted(queues.polled()) == sorted(bodies)

    def test_a_message_too_large_for_the_queue_fails_alone(self, queues: Queues) -> None:
        bodies = ["a", LARGE * 6, "b"]
        assert queues.polls.send([PollEntry(body=body, delay=timedelta()) for body in bodies]) == [1]
        assert sorted(queues.polled()) == ["a", "b"]

    def test_the_order_within_a_group_is_kept(self, queues: Queues) -> None:
        sent = [entry(f"{group}{number}", group) for number in range(6) for group in "ab"]
        assert queues.notices.send(sent) == []
        arrived = queues.noticed()
        for group in "ab":
            assert [body for body in arrived if body[0] == group] == [f"{group}{number}" for number in range(6)]

    def test_after_one_that_failed_the_later_ones_of_its_group_are_not_sent(self, queues: Queues) -> None:
        sent = [entry("a0", "a"), entry(LARGE * 6, "a"), entry("b0", "b"), entry("a2", "a"), entry("b1", "b")]
        assert queues.notices.send(sent) == [1, 3]
        assert sorted(queues.noticed()) == ["a0", "b0", "b1"]
        assert queues.notices.send([entry("a3", "a")]) == []

    def test_the_same_deduplication_id_arrives_once(self, queues: Queues) -> None:
        assert queues.notices.send([entry("x", deduplication_id="one")]) == []
        assert queues.notices.send([entry("x", deduplication_id="one"), entry("y", deduplication_id="two")]) == []
        assert queues.noticed() == ["x", "y"]
