"""A chat is closed only by Telegram's own exact word."""

import pytest

from vistka.adapters.telegram_answers import Answer

BLOCKED = "Forbidden: bot was blocked by the user"


@pytest.mark.parametrize(("code", "gone"), [(403, "blocked"), (400, None), (404, None), (429, None)])
def test_only_a_403_closes_a_chat_f39(code: int, gone: str | None) -> None:
    assert Answer(code=code, status=code, enveloped=True, description=BLOCKED).gone == gone


@pytest.mark.parametrize("said", ["Forbidden: bot was blocked by the user.", "bot was blocked by the user . "])
def test_a_full_stop_changes_nothing(said: str) -> None:
    assert Answer(code=403, status=403, enveloped=True, description=said).gone == "blocked"


@pytest.mark.parametrize("said", ["Forbidden: bot was blocked by the user X", "bot was blocked by the users"])
def test_another_sentence_closes_none_f39(said: str) -> None:
    assert Answer(code=403, status=403, enveloped=True, description=said).gone is None
