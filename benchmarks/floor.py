"""The least that the same work can take: a bare loop that asks, compares and writes, and knows nothing of why."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import requests

#: What a changed parcel and a message write. Their keys are others than ours, their conditions are left out.
WRITES: Final = ("PutItem", "UpdateItem", "TransactWriteItems", "SendMessageBatch")

type Call = tuple[str, Mapping[str, Any]]


@dataclass(kw_only=True)
class Recorded:
    """What the tracker wrote for one message: the requests to AWS and the statements, as they left."""

    calls: list[Call] = field(default_factory=list)
    statements: list[tuple[str, Sequence[Any]]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One message: the tracker's body, what the carrier is asked, and what is written then."""

    body: str
    asked: Mapping[str, Any]
    written: Recorded


@dataclass(frozen=True, kw_only=True)
class Floor:
    """`calls` makes one request to AWS; `shop` is a copy of the shop, SQLite."""

    carrier_url: str
    call: Callable[[str, Mapping[str, Any]], object]
    shop: sqlite3.Connection

    def run(self, works: Sequence[Work]) -> int:
        """Returns how many parcels have another code or text than the message says."""
        changed = 0
        with requests.Session() as session:
            for work in works:
                known = {one["ttn"]: (one.get("known") or {}).get("facts") for one in json.loads(work.body)["parcels"]}
                answer = session.post(self.carrier_url, json=work.asked, timeout=30).json()
                for item in answer["data"]:
                    facts = known[item["Number"]] or {}
                    changed += (item["StatusCode"], item["Status"]) != (facts.get("code"), facts.get("text"))
                for operation, request in work.written.calls:
                    self.call(operation, request)
                for statement, values in work.written.statements:
                    self.shop.execute(statement, values)
                    self.shop.commit()
        return changed


def elsewhere(operation: str, request: Mapping[str, Any]) -> Call:
    """The same request for a key of its own and without its conditions: made twice, it is taken twice."""
    return operation, _moved(json.loads(json.dumps(request, default=_plain)))


def _moved(part: Any) -> Any:
    if isinstance(part, list):
        return [_moved(one) for one in part]
    if not isinstance(part, dict):
        return part
    out = {name: _moved(value) for name, value in part.items() if name != "ConditionExpression"}
    if "ConditionExpression" in part and "UpdateExpression" not in part:
        out.pop("ExpressionAttributeValues", None)
    if isinstance(out.get("pk"), dict) and "S" in out["pk"]:
        out["pk"] = {"S": f"FLOOR#{out['pk']['S']}"}
    return out


def _plain(value: object) -> object:
    raise TypeError(f"{type(value).__name__} in a request")
