"""integrations/test-vectors.json: requests with their signatures, and what of them is refused."""

import json
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parents[1] / "integrations" / "test-vectors.json"
_READ: Final = json.loads(FILE.read_text(encoding="utf-8"))

KEYS: Final[dict[str, str]] = _READ["keys"]
REQUESTS: Final[list[dict[str, Any]]] = _READ["requests"]


def attempts() -> list[tuple[str, dict[str, Any], int, str | None]]:
    """Every request of the file as (name, request, the shop's time, code of the refusal or None)."""
    named = {request["name"]: request for request in REQUESTS}
    taken = [(request["name"], request, request["time"], None) for request in REQUESTS]
    return taken + [
        (case["name"], named[case["request"]] | case["change"], case["now"], case["code"]) for case in _READ["refused"]
    ]
