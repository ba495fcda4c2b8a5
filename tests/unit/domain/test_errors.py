"""Errors say what happened, and carry what is to be done."""

from collections.abc import Callable
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
    ("make", "carried"),
    [
        (lambda: CarrierLimited("text", retry_after=WAIT), {"retry_after": WAIT, "daily": False}),
        (lambda: CarrierLimited("text", retry_after=WAIT, daily=True), {"retry_after": WAIT, "daily": True}),
        (lambda: SlotTaken("text", wait=WAIT), {"wait": WAIT}),
        (lambda: TelegramLimited("text", retry_after=WAIT), {"retry_after": WAIT}),
        (lambda: ChatUnreachable("text", reason="blocked"), {"reason": "blocked"}),
        (lambda: TelegramRejected("text", reason="markup"), {"reason": "markup"}),
    ],
)
def test_an_error_has_its_text_and_what_it_carries(make: Callable[[], VistkaError], carried: dict[str, object]) -> None:
    error = make()
    assert str(error) == "text"
    assert vars(error) == carried
