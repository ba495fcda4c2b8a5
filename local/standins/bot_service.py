"""The Bot API behind HTTP, with the faults that its users have met."""

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from local.standins.bot import ApiError, Bot
from local.standins.faults import Fault, Faults
from local.standins.http import Reply, Request, as_json

_PATH: Final = re.compile(r"/bot([^/]+)/(\w+)/?")
_TOKEN: Final = re.compile(r"\d{6,12}:[\w-]{30,40}")
_LONGEST: Final = 60.0


@dataclass(slots=True)
class BotService:
    bot: Bot
    faults: Faults
    token: str
    calls: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Reply:
        match = _PATH.fullmatch(request.path)
        if match is None or not _TOKEN.fullmatch(match[1]):
            return _refusal(ApiError(404, "Not Found"))
        if match[1] != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        try:
            fields = request.fields()
        except ValueError:
            return _refusal(ApiError(400, "Bad Request: can't parse JSON object"))
        method = match[2]
        reply = self._answer(method, fields)
        with self._lock:
            self.calls[method] += 1
            self.answers["cut" if reply.cut else str(reply.status)] += 1
        return reply

    def _answer(self, method: str, fields: dict[str, Any]) -> Reply:
        chat = str(fields.get("chat_id") or "")
        fault = self.faults.take(method, int(chat) if chat.lstrip("-").isdigit() else None)
        if fault is not None and (reply := _instead(fault)) is not None:
            return reply
        try:
            answered = fault is None or fault.name == "slow"
            said = {"ok": True, "result": self.bot.call(method, fields, answered=answered)}
        except ApiError as refused:
            return _refusal(refused)
        if fault is None:
            return as_json(said)
        match fault.name:
            case "slow":
                return as_json(said, hold=fault.number(1000) / 1000, release=fault.lifted)
            case "half_json":
                body = json.dumps(said, ensure_ascii=False).encode()
                return Reply(body=body[: len(body) // 2])
            case _:
                return Reply(cut=True)


def _instead(fault: Fault) -> Reply | None:
    """The answer where the method does not run at all; None where it does."""
    match fault.name:
        case "stall":
            return Reply(cut=True, hold=_LONGEST, release=fault.lifted)
        case "429":
            after = int(fault.number(0))
            said = f"Too Many Requests: retry after {after}" if after else "Too Many Requests"
            return _refusal(ApiError(429, said, **({"retry_after": after} if after else {})))
        case "500":
            return _refusal(ApiError(500, "Internal Server Error"))
        case "502":
            return Reply(
                status=502, body=b"<html><body><h1>502 Bad Gateway</h1></body></html>", content_type="text/html"
            )
        case "403":
            return _refusal(ApiError(403, "Forbidden: access is temporarily restricted"))
        case "token_revoked":
            return _refusal(ApiError(401, "Unauthorized"))
        case _:
            return None


def _refusal(error: ApiError) -> Reply:
    return as_json(error.body(), status=error.code)
