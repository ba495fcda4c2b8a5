"""Buttons under a message, in the form that Telegram takes (core.telegram.org/bots/api#inlinekeyboardmarkup)."""

from typing import Any

from vistka.ports import Buttons


def inline_keyboard(buttons: Buttons) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": one.label, "callback_data": one.says} for one in row] for row in buttons]}
