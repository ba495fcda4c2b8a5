"""For a bot of the shop's own: what it does not know itself goes on to Vistka, whose answer is given to Telegram.

In the webhook's view, after Telegram's own secret was checked:

    if is_for_vistka(update):
        return JsonResponse(forward(update, url=VISTKA_BOT_URL, secret=VISTKA_FORWARD_SECRET))
"""

import json
import urllib.request
from typing import Any


def is_for_vistka(update: dict[str, Any]) -> bool:
    text = (update.get("message") or {}).get("text") or ""
    pressed = (update.get("callback_query") or {}).get("data") or ""
    return text.startswith("/start vQ") or pressed.startswith("v:") or "my_chat_member" in update


def forward(update: dict[str, Any], *, url: str, secret: str) -> dict[str, Any]:
    """The body to answer Telegram with. Raises OSError when Vistka does not take it: answer 500, and Telegram brings
    the update again."""
    request = urllib.request.Request(
        url,
        data=json.dumps(update).encode(),
        headers={"Content-Type": "application/json", "X-Vistka-Forward-Secret": secret},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        body: dict[str, Any] = json.load(answer)
        return body
