"""The webhook: updates are delivered one after another, and come again until somebody takes them."""

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.standins.clock import MovedClock

_LONGEST_PAUSE: Final = 60.0
_READ_SECONDS: Final = 60.0
#: No proxy of this machine's leads to it.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(slots=True)
class Webhook:
    """`call` runs the method that an answer names. A failed delivery is repeated after `pause` real seconds, then after
    twice as many, and so on; later updates wait behind it (the real one lets other chats pass)."""

    clock: MovedClock
    call: Callable[[str, Mapping[str, Any]], Any]
    pause: float = 1.0
    url: str = ""
    secret: str = ""
    allowed: tuple[str, ...] = ()
    last_error: str = ""
    last_error_at: int = 0
    deliveries: int = 0
    #: methods in answers that were refused, as Telegram refuses them: silently
    refused: list[str] = field(default_factory=list)
    _waiting: deque[dict[str, Any]] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _ended: bool = False

    def set(self, url: str, *, secret: str, allowed: tuple[str, ...], drop: bool) -> None:
        """An empty `url` takes it away; what waits stays for the next."""
        with self._changed:
            self.url, self.secret, self.allowed = url, secret, allowed
            self.last_error, self.last_error_at = "", 0
            if drop:
                self._waiting.clear()
            if url and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def info(self) -> dict[str, Any]:
        """As getWebhookInfo tells it."""
        with self._changed:
            told: dict[str, Any] = {
                "url": self.url,
                "has_custom_certificate": False,
                "pending_update_count": len(self._waiting),
            }
            if self.allowed:
                told["allowed_updates"] = list(self.allowed)
            if self.last_error:
                told |= {"last_error_date": self.last_error_at, "last_error_message": self.last_error}
            return told

    def put(self, update: dict[str, Any]) -> None:
        """Kinds that were not asked for are not delivered."""
        kind = next(name for name in update if name != "update_id")
        with self._changed:
            if not self.allowed or kind in self.allowed:
                self._waiting.append(update)
                self._changed.notify_all()

    def wait(self, number: int, seconds: float) -> bool:
        """Whether the update of this number is out of the way within so many real seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: all(one["update_id"] != number for one in self._waiting), seconds)

    def take(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """As getUpdates does: those below `offset` are forgotten."""
        with self._changed:
            while self._waiting and self._waiting[0]["update_id"] < offset:
                self._waiting.popleft()
            return list(self._waiting)[:limit]

    def forget(self) -> None:
        with self._changed:
            self._waiting.clear()
            self.refused.clear()
            self.last_error, self.last_error_at = "", 0
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _run(self) -> None:
        failures = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or (self.url and self._waiting))
                if self._ended:
                    return
                update, url, secret = self._waiting[0], self.url, self.secret
            error = self._deliver(update, url, secret)
            with self._changed:
                if not error:
                    failures = 0
                    if self._waiting and self._waiting[0] is update:
                        self._waiting.popleft()
                    self._changed.notify_all()
                    continue
                failures += 1
                self.last_error, self.last_error_at = error, int(self.clock.now().timestamp())
                pause = min(self.pause * 2 ** (failures - 1), _LONGEST_PAUSE)
                # Another address is tried at once.
                self._changed.wait_for(lambda old=url: self._ended or self.url != old, pause)  # type: ignore[misc]

    def _deliver(self, update: dict[str, Any], url: str, secret: str) -> str:
        """Why it was not taken; "" when it was."""
        headers = {"Content-Type": "application/json"} | ({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})
        request = urllib.request.Request(url, data=json.dumps(update).encode(), headers=headers, method="POST")  # noqa: S310
        self.deliveries += 1
        try:
            with _OPENER.open(request, timeout=_READ_SECONDS) as answer:
                body = answer.read()
        except urllib.error.HTTPError as refusal:
            return f"Wrong response from the webhook: {refusal.code} {refusal.reason}"
        except (OSError, http.client.HTTPException):
            return "Connection refused"
        self._reply(body)
        return ""

    def _reply(self, body: bytes) -> None:
        try:
            said = json.loads(body or b"{}")
        except ValueError:
            return
        if isinstance(said, dict) and isinstance(said.get("method"), str):
            try:
                self.call(said["method"], said)
            except Exception as refused:  # noqa: BLE001 - nobody hears of it, as with the real one
                self.refused.append(str(refused))
