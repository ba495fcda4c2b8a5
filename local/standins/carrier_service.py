"""The carrier behind HTTP, with the faults that its users have met."""

import json
from typing import Any, Final

from local.standins.carrier import Asked, Carrier, envelope, error, key_refused
from local.standins.faults import Fault, Faults
from local.standins.http import Reply, Request, as_json

_PATH: Final = "/v2.0/json"
_HTML: Final = b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center></body>\r\n</html>\r\n"
_LONGEST: Final = 60.0
#: Faults of which the request itself is not looked at.
_BLIND: Final = frozenset({"stall", "close_after_body", "http", "http_502_html"})


class CarrierService:
    def __init__(self, carrier: Carrier, faults: Faults) -> None:
        self.carrier = carrier
        self.faults = faults

    def __call__(self, request: Request) -> Reply:
        if not request.path.startswith(_PATH) or request.method != "POST":
            return _html(404)
        fault = self.faults.take()
        if fault is not None and fault.name in _BLIND:
            self.carrier.asked.append(Asked(at=self.carrier.now(), key="", outcome=fault.name))
            return _transport(fault)
        try:
            body = request.fields()
        except ValueError:
            return as_json(error("20000100016", "Request is not valid JSON"))
        said, asked = self.carrier.answer(body)
        if fault is None:
            return as_json(said)
        asked.outcome = fault.name
        return self._spoiled(fault, said)

    def _spoiled(self, fault: Fault, said: dict[str, Any]) -> Reply:
        match fault.name:
            case "slow":
                return as_json(said, hold=fault.number(1000) / 1000, release=fault.lifted)
            case "half_json":
                return Reply(body=_bytes(said)[: len(_bytes(said)) // 2])
            case "half_body":
                return Reply(body=_bytes(said)[: len(_bytes(said)) // 2], promised=len(_bytes(said)))
            case _:
                return as_json(_bent(fault, said))


def _bent(fault: Fault, said: dict[str, Any]) -> Any:
    match fault.name:
        case "empty_success":
            return envelope([])
        case "null_data":
            return said | {"data": None}
        case "missing_data":
            return {name: value for name, value in said.items() if name != "data"}
        case "rate_limit":
            text = (
                f"To many requests, try again after {fault.number(1):g} seconds"
                if fault.argument
                else "To many requests"
            )
            return error("20000401501" if fault.argument else "", text)
        case "key_refused":
            return key_refused()
        case "daily_limit":
            return error("20000101696", "Daily limit is exceeded")
        case "unavailable":
            return error("20001400980", "Service is temporarily unavailable")
        case "errors_with_success":
            return error("20000303747", "Unknown error") | {"success": True}
        case "errors_as_object":
            return error("20000303747", "") | {"errors": {"0": "Unknown error"}, "errorCodes": {"1": "20000303747"}}
        case _:
            return [said]


def _transport(fault: Fault) -> Reply:
    match fault.name:
        case "stall":
            return Reply(cut=True, hold=_LONGEST, release=fault.lifted)
        case "close_after_body":
            return Reply(cut=True)
        case "http":
            return _html(int(fault.number(500)))
        case _:
            return _html(502)


def _html(status: int) -> Reply:
    return Reply(status=status, body=_HTML % (status, status), content_type="text/html")


def _bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
