"""The times that a deployment names reach the parts that keep them."""

from datetime import timedelta

import pytest

from vistka.edge.outside import Outside
from vistka.edge.telegramside import notice_batch_of

ENVIRON = {
    "STORE_TABLE": "store",
    "HASH_KEY": "key",
    "AWS_REGION": "eu-central-1",
    "NOTICES_QUEUE_URL": "https://sqs.example/notices.fifo",
    "NOTICES_DEAD_LETTER_QUEUE_URL": "https://sqs.example/dead.fifo",
}


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("LEASE_SECONDS", "notifier.lease"),
        ("RETRY_MARGIN_SECONDS", "notifier.margin"),
        ("FIRST_BACKOFF_SECONDS", "notifier.first_backoff"),
        ("LONGEST_BACKOFF_SECONDS", "notifier.longest_backoff"),
        ("PROBE_SECONDS", "notifier.breaker.probe"),
        ("FLOOD_WINDOW_SECONDS", "notifier.breaker.flood_window"),
    ],
)
def test_a_time_of_the_notifier_is_the_one_that_its_variable_names(variable: str, path: str) -> None:
    part: object = notice_batch_of(Outside(ENVIRON | {variable: "77"}, ()))
    for name in path.split("."):
        part = getattr(part, name)
    assert part == timedelta(seconds=77)


def test_a_notice_is_begun_only_with_time_for_its_slot_telegram_and_the_ledger() -> None:
    times = {"CHAT_PAUSE_SECONDS": "2", "TELEGRAM_TIMEOUT_SECONDS": "10", "BOT_PAUSE_SECONDS": "0.1"}
    batch = notice_batch_of(Outside(ENVIRON | times, ()))
    assert batch.notifier.longest_wait == timedelta(seconds=6)
    assert batch.notifier.longest_bot_wait == timedelta(seconds=1)
    assert batch.longest_send == timedelta(seconds=21)
