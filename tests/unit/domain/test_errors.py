"""Errors say what happened, and carry what is to be done."""

from datetime import timedelta

import pytest

from vistka.domain.errors import (
    CarrierLimited,
    ChatUnreachable,
    SlotTaken,
    TelegramLimited,
    TelegramRejected,
    VistkaError,
)

WAIT = timedelta(seconds=7)


@pytest.mark.parametrize(
    ("error", "carried"),
    [
        (CarrierLimited("text", retry_after=WAIT), {"retry_after": WAIT, "daily": False}),
        (CarrierLimited("text", retry_after=WAIT, daily=True), {"retry_after": WAIT, "daily": True}),
        (SlotTaken("text", wait=WAIT), {"wait": WAIT}),
        (TelegramLimited("text", retry_after=WAIT), {"retry_after": WAIT}),
        (ChatUnreachable("text", reason="blocked"), {"reason": "blocked"}),
        (TelegramRejected("text", reason="markup"), {"reason": "markup"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_its_text_and_what_it_carries(error: VistkaError, carried: dict[str, object]) -> None:
    assert str(error) == "text"
    assert vars(error) == carried
