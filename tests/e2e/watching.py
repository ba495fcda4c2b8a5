"""One world under a test's eyes: its clock, its outside, its store, its queues and what its functions logged."""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

import pytest
import requests
from boto3.dynamodb.types import TypeDeserializer

from local.world.world import World

#: Seconds for anything to happen. Far above what it takes, since the machine may be busy with other things.
PATIENCE: Final = 180
_LOOK: Final = 0.2
_DEPTHS: Final = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]
#: Kinds of notices that are made days before their hour.
REMINDERS: Final = frozenset({"last_day", "not_handed_over", "waiting_long", "money_overdue"})
_UNSETTLED: Final = frozenset({"new", "sending", "retry", "unknown"})


class Watched:
    """`hours` is how far the clock is moved; it only goes forward, as time does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hours = 0.0
        self._session = requests.Session()
        self._session.trust_env = False

    # --- time and runs ------------------------------------------------------------------------------------------

    def at(self, hours: float) -> None:
        assert hours >= self.hours
        self.hours = hours
        self.world.set_clock(hours * 3600)

    def ahead(self, *, hours: float) -> None:
        self.at(self.hours + hours)

    def dispatch(self) -> str:
        """Start a run as the rule does; return its id. Raises WorldError when the function fails."""
        return str(self.world.invoke("DispatcherFunction", {})["run"]["id"])

    def run(self) -> str:
        """A whole run: dispatched, all its batches in, and nothing left in the queues."""
        run = self.dispatch()
        self.until(f"run {run} is complete and the queues are empty", lambda: self.is_complete(run) and self.is_quiet())
        return run

    def is_complete(self, run: str) -> bool:
        key = {"pk": {"S": "RUN"}, "sk": {"S": run}}
        item = _plain(self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)["Item"])
        return "batches" in item and len(item.get("done", ())) >= item["batches"]

    def until(self, what: str, look: Callable[[], object], *, seconds: float = PATIENCE) -> None:
        """Look again and again; the test fails when it does not come true."""
        end = time.monotonic() + seconds
        while not look():
            if time.monotonic() > end:
                pytest.fail(f"not in {seconds:.0f} s: {what}")
            time.sleep(_LOOK)

    # --- the outside --------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, fields: Mapping[str, Any] | None = None) -> Any:
        answer = self._session.request(method, f"{self.world.facts.control_url}/{path}", json=fields, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def messages(self, *, after: int = 0) -> list[dict[str, Any]]:
        """What Telegram keeps, oldest first, behind this message id."""
        return list(self.control("GET", f"messages?after={after}")["messages"])

    def carrier_requests(self) -> int:
        return int(self.control("GET", "carrier")["requests"])

    def break_(self, service: str, fault: str, **limits: Any) -> None:
        self.control("POST", f"{service}/fault", {"fault": fault, **limits})

    def mend(self, service: str) -> None:
        self.control("DELETE", f"{service}/fault")

    # --- the inside ---------------------------------------------------------------------------------------------

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.world.client(service)
        return self._clients[service]

    def stages(self) -> dict[str, str | None]:
        """By parcel, as its STATE has it."""
        return {item["ttn"]: item.get("stage") for item in self._items("STATE")}

    def notices(self, order_number: str = "") -> list[dict[str, Any]]:
        """The ledger, of one order or of all, oldest change first."""
        found = [one for one in self._items("NOTICE#") if not order_number or one["order_number"] == order_number]
        return sorted(found, key=lambda one: (one["order_number"], one["version"], one["audience"]))

    def news(self, order_number: str = "") -> list[dict[str, Any]]:
        """`notices` without reminders, which wait for days until they are overtaken."""
        return [one for one in self.notices(order_number) if one["kind"] not in REMINDERS]

    def stored(self) -> str:
        """All that the store holds, keys and values, as text."""
        return "\n".join(json.dumps(item, default=str, ensure_ascii=False) for item in self._items(""))

    def unsettled(self) -> list[dict[str, Any]]:
        return [one for one in self.notices() if one["state"] in _UNSETTLED]

    def is_quiet(self) -> bool:
        return not any(self.depth(queue) for queue in ("PollsQueueUrl", "NoticesQueueUrl"))

    def depth(self, queue: str) -> int:
        """Messages in this queue, waiting, in work or delayed."""
        url = self.world.facts.outputs[queue]
        found = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=_DEPTHS)["Attributes"]
        return sum(int(found[name]) for name in _DEPTHS)

    def metrics(self) -> Counter[str]:
        """The sums so far of all that the functions measured."""
        total: Counter[str] = Counter()
        for line in self.log():
            for block in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                for metric in block["Metrics"]:
                    value = line[metric["Name"]]
                    total[metric["Name"]] += sum(value) if isinstance(value, list) else value
        return total

    def said(self, text: str) -> int:
        """How often the functions logged this."""
        return sum(line.get("message") == text for line in self.log())

    def log(self) -> list[dict[str, Any]]:
        """Every structured line of the three functions."""
        pages = self.client("logs").get_paginator("filter_log_events")
        groups = [f"/vistka/{self.world.facts.stack}/{name}" for name in ("dispatcher", "tracker", "notifier")]
        return [
            json.loads(event["message"])
            for group in groups
            for page in pages.paginate(logGroupName=group)
            for event in page["events"]
            if event["message"].startswith("{")
        ]

    def _items(self, sort_key: str) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            **(
                {
                    "FilterExpression": "begins_with(sk, :prefix)",
                    "ExpressionAttributeValues": {":prefix": {"S": sort_key}},
                }
                if sort_key
                else {}
            ),
        )
        return [_plain(item) for page in pages for item in page["Items"]]

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @property
    def _dynamodb(self) -> Any:
        return self.client("dynamodb")

    @property
    def _table(self) -> str:
        return self.world.facts.outputs["StoreTable"]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    read = TypeDeserializer()
    return {name: read.deserialize(value) for name, value in item.items()}
