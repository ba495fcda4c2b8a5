"""What the cockpit's buttons do, and what its page shows: one world, seen from all its sides."""

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import requests
from botocore.exceptions import BotoCoreError, ClientError

from local.cockpit.shop import REFUSED, RETURN, STORIES, ShopTables, Story, parcel_of, return_of, ttn_of
from local.scenario.script import Parcel
from local.world.failure import WorldError
from local.world.world import World
from vistka.adapters.clock import SystemClock
from vistka.adapters.store_chats import DynamoChats
from vistka.adapters.store_ledger import DynamoLedger
from vistka.adapters.store_table import Table
from vistka.domain.errors import VistkaError
from vistka.domain.kyiv import kyiv

#: The buyer whose phone is on the page: one person, who may link every order.
BUYER: Final = 600_500_001
_NAME: Final = "Олена"

#: So much time passes with each step of a parcel: longer than any interval by day in which it is asked about.
_STEP: Final = timedelta(minutes=65)
#: The hours in which the cockpit lets things happen: at night parcels are asked about rarely, and nothing rings.
_MORNING, _EVENING = 9, 20

#: From one run of the timer to the next, by the moved clock, and how long it is waited for: the batches are in by then.
_INTERVAL: Final = timedelta(minutes=10)
_BETWEEN_RUNS: Final = 10

_FAULTS: Final = {
    "carrier": {"down", "rate_limit:1", "key_refused", "empty_success", "half_json"},
    "telegram": {"down", "429:5", "close_after_body", "500"},
}
_ORDER: Final = re.compile(r"\b(?:V\d{4}|TWC\d{8}N\d+)\b")
_SECONDS: Final = 40


class Refused(Exception):
    """A button that cannot be pressed now; the text says why."""


class Desk:
    """Raises WorldError at once for a world whose shop is not its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        facts = world.facts
        file = facts.shop_database_url.removeprefix("sqlite:///")
        if Path(file) != world.folder / "shop.db":
            raise WorldError(
                "the cockpit needs the world's own shop: `make down`, then `make up` without SHOP_DATABASE_URL"
            )
        self._shop = ShopTables(Path(file))
        self._control = requests.Session()
        self._control.trust_env = False
        os.environ.update(
            AWS_ENDPOINT_URL=facts.endpoint_url,
            AWS_ACCESS_KEY_ID=facts.access_key,
            AWS_SECRET_ACCESS_KEY=facts.secret_key,
            AWS_DEFAULT_REGION=facts.region,
        )
        self._clock = SystemClock(facts.clock_file, facts.endpoint_url)
        table = Table(facts.outputs["StoreTable"], clock=self._clock, region=facts.region)
        self._ledger = DynamoLedger(table)
        # Whose recipients are hidden behind which hash is not asked here.
        self._chats = DynamoChats(table, group_of=str)
        self._runs = threading.Lock()
        self._waiting = 0
        self._last: dict[str, Any] = {}
        self._pages: dict[str, str] = {}
        self._last_rows: list[dict[str, Any]] = []
        self._last_others = 0
        self._shop.add(STORIES, self._clock.now())

    # --- what the page shows --------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        now = self._clock.now()
        health = self._get("health")
        messages = self._get("messages")["messages"]
        faults = {name: self._get(f"{name}/fault")["faults"] for name in _FAULTS}
        shown = {name: (known[0]["fault"] if known else "") for name, known in faults.items()}
        for name in shown:
            if not health["listening"][name]:
                shown[name] = "down"
        orders, others, locked = self._orders()
        carrier = self._get("carrier")
        return {
            "now": now.astimezone(kyiv()).isoformat(timespec="seconds"),
            "orders": orders,
            "others": others,
            "buyer": [m for m in messages if m["chat_id"] == BUYER],
            "shop": [m for m in messages if m["chat_id"] == self._shop_chat(messages) and _concerns_us(m["text"])],
            "faults": {**shown, "database": "down" if locked else ""},
            "asked": {"requests": carrier["requests"], "documents": carrier["documents"]},
            "run": {"busy": self._waiting > 0, **self._last},
        }

    def _orders(self) -> tuple[list[dict[str, Any]], int, bool]:
        try:
            *rows, last = self._shop.rows([story.number for story in STORIES])
        except sqlite3.OperationalError:
            return [{**order, "stale": True} for order in self._last_rows], self._last_others, True
        self._last_others = int(last["others"])
        keys = [str(row["id"]) for row in rows]
        linked = {key for key, chats in self._chats.of_orders(keys).items() if BUYER in chats.ids}
        self._last_rows = [
            {**self._order(row), "linked": str(row["id"]) in linked}
            for row in sorted(rows, key=lambda row: str(row["order_number"]))
        ]
        return self._last_rows, self._last_others, self._shop.locked

    def page(self, number: str, language: str) -> bytes:
        """What the buyer's browser gets at the order's own address. Raises Refused."""
        if number not in self._pages:
            made = self._world.invoke("WebFunction", {"page": {"order_key": self._key(_story(number))}})
            if "error" in made:
                raise Refused(str(made["error"].get("text", "")))
            token = str(made["page"]["url"]).rpartition("/")[2]
            self._pages[number] = f"{self._world.facts.outputs['WebUrl'].rstrip('/')}/o/{token}"
        answer = self._control.get(self._pages[number], params={"lang": language}, timeout=_SECONDS)
        return answer.content

    def _order(self, row: Mapping[str, Any]) -> dict[str, Any]:
        story = _story(row["order_number"])
        code = self._code(row["tracking_number"])
        steps = [step for step in story.steps if step not in RETURN or code == REFUSED]
        if code == REFUSED and (returning := self._code(ttn_of(STORIES.index(story), back=True))) != "1":
            code = f"r{returning}"
        return {
            "number": row["order_number"],
            "buyer": row["full_name"],
            "city": row["city"],
            "sum": float(row["total_sum"]),
            "status": row["status"],
            "payment": row["payment_status"],
            "ttn": row["tracking_number"] or "",
            "shipment_status": row["shipment_status"] or "",
            "updated": _in_kyiv(row["shipment_status_updated"]),
            "way": story.way,
            "steps": steps,
            "code": code,
            "page": f"/page/{row['order_number']}" if row["tracking_number"] else "",
            "notices": self._notices(str(row["id"])),
        }

    def _code(self, ttn: str | None) -> str:
        step = self._get(f"parcels/{ttn}")["step"] if ttn else None
        return str(step["code"]) if step else ""

    def _notices(self, order_key: str) -> list[dict[str, Any]]:
        with suppress(VistkaError, BotoCoreError, ClientError):
            found = sorted(self._ledger.list(order_key=order_key), key=lambda one: (one.created_at, one.audience))
            return [{"kind": str(n.kind), "audience": str(n.audience), "state": str(n.state)} for n in found]
        return []

    def _shop_chat(self, messages: list[dict[str, Any]]) -> int:
        return min((m["chat_id"] for m in messages if m["chat_id"] < 0), default=0)

    # --- what its buttons do --------------------------------------------------------------------------------------

    def do(self, what: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Raises Refused, and ValueError for what no button sends."""
        self._begin_by_day()
        match what:
            case "send":
                self._send_out(_story(fields.get("order")))
            case "move":
                self._move(_story(fields.get("order")), str(fields.get("code") or ""))
            case "link":
                self._link(_story(fields.get("order")))
            case "press":
                self._press(int(fields.get("chat") or BUYER), str(fields.get("button") or ""))
            case "type":
                self._person("type", {"text": str(fields.get("text") or "")[:200], "name": _NAME})
            case "fault":
                self._fault(str(fields.get("party") or ""), str(fields.get("fault") or ""))
            case "later":
                self._later(timedelta(minutes=int(fields.get("minutes") or 0)))
                # What waits for its hour is told by the run after the one that has looked at its parcel.
                self._run_soon(times=2)
            case "run":
                self._run_soon()
            case _:
                raise ValueError(f"no button does {what!r}")
        return {"ok": True}

    def _send_out(self, story: Story) -> None:
        ttn = ttn_of(STORIES.index(story))
        when = self._clock.now().astimezone(kyiv())
        self._post("parcels", parcel_of(story, ttn=ttn, at=self._seconds(), when=when).to_dict())
        try:
            self._shop.send_out(story.number, ttn)
        except sqlite3.OperationalError:
            raise Refused("the shop's database is down") from None
        self._run_soon()

    def _move(self, story: Story, code: str) -> None:
        if code not in story.steps:
            raise ValueError(f"{story.number} has no step {code!r}")
        place = STORIES.index(story)
        ttn, back = ttn_of(place), ttn_of(place, back=True)
        self._later(_STEP)
        step: dict[str, Any] = {"code": code.removeprefix("r")}
        if code == REFUSED:
            parcel = Parcel.from_dict(self._get(f"parcels/{ttn}")["parcel"])
            self._post("parcels", return_of(parcel, ttn=back, at=self._seconds()).to_dict())
            step["child"] = {"ttn": back, "type": "CargoReturn"}
        self._post(f"parcels/{back if code in RETURN else ttn}/move", step)
        self._run_soon()

    def _seconds(self) -> int:
        """Since the scenario's epoch."""
        return int((self._clock.now() - self._epoch()) / timedelta(seconds=1))

    def _link(self, story: Story) -> None:
        key = self._key(story)
        made = self._world.invoke("BotFunction", {"link": {"order_key": key}})
        if "error" in made:
            raise Refused(str(made["error"].get("text", "")))
        token = str(made["link"]["url"]).rpartition("start=")[2]
        self._person("type", {"text": f"/start {token}", "name": _NAME})

    def _key(self, story: Story) -> str:
        try:
            return str(self._shop.rows([story.number])[0]["id"])
        except sqlite3.OperationalError:
            raise Refused("the shop's database is down") from None

    def _fault(self, party: str, fault: str) -> None:
        if party == "database":
            if fault:
                try:
                    self._shop.lock()
                except sqlite3.OperationalError:
                    raise Refused("somebody writes into the shop's database right now: press again") from None
            else:
                self._shop.unlock()
        elif fault in _FAULTS.get(party, ()):
            self._control.delete(f"{self._world.facts.control_url}/{party}/fault", timeout=_SECONDS)
            self._post(f"{party}/fault", {"fault": fault})
        elif party in _FAULTS and not fault:
            self._control.delete(f"{self._world.facts.control_url}/{party}/fault", timeout=_SECONDS)
        else:
            raise ValueError(f"{party!r} has no fault {fault!r}")

    def _press(self, chat: int, button: str) -> None:
        """Under a message of the buyer's phone, or of the shop's chat."""
        if chat not in {BUYER, self._shop_chat(self._get("messages")["messages"])}:
            raise ValueError("the cockpit shows no such chat")
        self._post(f"chats/{chat}/press", {"button": button, "wait": _SECONDS / 2})

    def _person(self, what: str, fields: Mapping[str, Any]) -> None:
        self._post(f"chats/{BUYER}/{what}", {**fields, "wait": _SECONDS / 2})

    # --- time, and the timer --------------------------------------------------------------------------------------

    def _begin_by_day(self) -> None:
        """The clock goes to the next morning, if it is not day."""
        if not _MORNING <= self._clock.now().astimezone(kyiv()).hour < _EVENING:
            self._later(timedelta(0))

    def next_morning(self) -> None:
        """Move the clock to where a day's story has room: what is told does not hang on the hour at which it begins."""
        local = self._clock.now().astimezone(kyiv())
        morning = local.replace(hour=_MORNING, minute=30, second=0) + timedelta(days=1)
        self._world.set_clock((morning - datetime.now(UTC)).total_seconds())

    def _later(self, by: timedelta) -> None:
        """Move the clock, and over the night."""
        real, now = datetime.now(UTC), self._clock.now() + by
        local = now.astimezone(kyiv())
        if not _MORNING <= local.hour < _EVENING:
            morning = local.replace(hour=_MORNING, minute=30, second=0)
            now = morning if local.hour < _MORNING else morning + timedelta(days=1)
        self._world.set_clock((now - real).total_seconds())

    def _run_soon(self, *, times: int = 1) -> None:
        """What the timer does every few minutes; one run after another."""
        self._waiting += times
        threading.Thread(target=self._run_each, args=(times,), daemon=True).start()

    def _run_each(self, times: int) -> None:
        for number in range(times):
            if number:
                time.sleep(_BETWEEN_RUNS)
                self._later(_INTERVAL)
            self._run()

    def _run(self) -> None:
        with self._runs:
            try:
                report = self._world.invoke("DispatcherFunction", {"run": True})
                self._last = {"error": json.dumps(report["error"], ensure_ascii=False) if "error" in report else ""}
            except (WorldError, BotoCoreError, ClientError) as error:
                self._last = {"error": str(error)[:300]}
            finally:
                self._waiting -= 1

    # --- the stand-ins --------------------------------------------------------------------------------------------

    def _epoch(self) -> datetime:
        return datetime.fromisoformat(self._get("health")["epoch"])

    def _get(self, path: str) -> Any:
        return self._control.get(f"{self._world.facts.control_url}/{path}", timeout=_SECONDS).json()

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        told = self._control.post(f"{self._world.facts.control_url}/{path}", json=body, timeout=_SECONDS).json()
        if "error" in told:
            raise Refused(str(told["error"]))
        return told


def _story(number: object) -> Story:
    for story in STORIES:
        if story.number == number:
            return story
    raise ValueError(f"the cockpit has no order {number!r}")


def _concerns_us(text: str) -> bool:
    """Of the shop's chat: what names an order of the cockpit's, or no order at all."""
    named = set(_ORDER.findall(text))
    return not named or bool(named & {story.number for story in STORIES})


def _in_kyiv(stored: object) -> str:
    if not isinstance(stored, str):
        return ""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).astimezone(kyiv()).isoformat(timespec="minutes")
