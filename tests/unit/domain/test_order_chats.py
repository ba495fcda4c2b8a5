"""The chats of one order, one behind the other."""

from datetime import UTC, datetime, timedelta

from vistka.domain.recipients import LinkedChat, OrderChats

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def test_each_chat_is_kept_with_its_moment_and_counted_as_one_write() -> None:
    chats = OrderChats(order_key="1", revision=4).with_chat(7001, NOW).with_chat(7002, LATER)
    assert chats.chats == (LinkedChat(chat_id=7001, since=NOW), LinkedChat(chat_id=7002, since=LATER))
    assert chats.revision == 6
