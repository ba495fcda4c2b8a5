"""Runs of the real stack against the stand-ins, watched until they are through, and held against what was expected."""

import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import requests
import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local import scenario
from local.scenario.rows import SAMPLE_ORDER
from local.world.world import World
from vistka.adapters.clock import SystemClock
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_runs import DynamoRuns
from vistka.adapters.store_table import Table
from vistka.domain.parcels import ParcelState

_PATIENCE: Final = timedelta(seconds=120)
_LOOK: Final = 0.3
_COMPLAINTS: Final = 8
_KYIV: Final = ZoneInfo("Europe/Kyiv")

#: What a digest begins with, behind its sign.
DIGEST: Final = "Стан посилок"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run: `seconds` from the dispatcher's call to the last message."""

    hours: int
    parcels: int
    requests: int
    messages: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was told and shown against what was expected, the `summaries` among it; `wrong` lines say what differs, and
    when there are any, `complaints` what the functions logged."""

    runs: Sequence[Ran]
    messages: Sequence[Mapping[str, Any]]
    expected: int
    summaries: int
    names: Mapping[int, str]
    wrong: Sequence[str]
    complaints: Sequence[str]

    @property
    def good(self) -> bool:
        return not self.wrong


class Demo:
    """One world under the demo's hands."""

    def __init__(self, world: World, console: Console) -> None:
        self._world = world
        self._console = console
        self._scenario = scenario.load(Path(world.folder) / "standins" / "scenario.json")
        self._expected = scenario.expected(self._scenario)
        self._engine = sa.create_engine(world.facts.shop_database_url)
        self._session = requests.Session()
        self._session.trust_env = False
        _take_credentials(world)
        table = Table(
            world.facts.outputs["StoreTable"],
            clock=SystemClock(world.facts.clock_file, world.facts.endpoint_url),
            region=world.facts.region,
            host=world.facts.endpoint_url,
        )
        self._runs, self._parcels = DynamoRuns(table), DynamoParcels(table)
        self._reminders: list[scenario.Expected] = []

    def run(self, *, hours: int, title: str) -> Ran:
        """Move the clock, dispatch, and watch until every batch is in and every expected message has come."""
        self._world.set_clock(hours * 3600)
        expectation = next(one for one in self._expected if one.hours == hours)
        return self._run(hours, title, expected=len(expectation.messages))

    def summary(self, *, hours: int, title: str) -> Ran:
        """The run that comes next: its sweep tells the shop of the buyers whom nobody could tell."""
        return self._run(hours, title, expected=1)

    def reminder(self, *, hours: int, title: str) -> Ran:
        """The carrier has another day for the parcel of a buyer who was told that it waits: today is the last free one.
        It is asked about at once, and the run's sweep reminds the buyer."""
        waits = next(one for one in self._expected[1].messages if one.kind == "waiting" and self._lies_at_a_branch(one))
        now = self._scenario.epoch.astimezone(_KYIV) + timedelta(hours=hours)
        paid_from = (now + timedelta(days=1)).replace(hour=12)
        control = f"{self._world.facts.control_url}/parcels"
        parcel = self._session.get(f"{control}/{waits.ttn}", timeout=10).json()["parcel"]
        parcel["paid_from"] = int((paid_from - self._scenario.epoch) / timedelta(seconds=1))
        self._session.post(control, json=parcel, timeout=10).raise_for_status()
        self._world.invoke("TrackerFunction", {"order_number": waits.order_number})
        self._reminders.append(replace(waits, kind="last_day"))
        return self._run(hours, title, expected=1)

    def _lies_at_a_branch(self, one: scenario.Expected) -> bool:
        place = self._scenario.by_ttn[one.ttn].place
        return one.audience == "buyer" and place is not None and place.category == "Branch"

    def _run(self, hours: int, title: str, *, expected: int) -> Ran:
        before, asked_before = len(self.messages()), self._requests()
        self._console.print(f"\n[bold]{title}[/]")
        began = time.monotonic()
        answer = self._world.invoke("DispatcherFunction", {})
        parcels, batches = answer["run"]["parcels_asked"], answer["run"]["batches"]
        with self._bars() as bars:
            asking = bars.add_task(f"asking Nova Poshta about {parcels} parcels", total=max(1, batches))
            telling = bars.add_task("telling in Telegram", total=expected or None)
            deadline = time.monotonic() + _PATIENCE.total_seconds()
            while time.monotonic() < deadline:
                latest = self._runs.latest(1)[0]
                told = len(self.messages()) - before
                bars.update(asking, completed=latest.done if batches else 1)
                bars.update(telling, completed=told)
                if latest.complete and told >= expected and self._quiet():
                    break
                time.sleep(_LOOK)
            if not expected:
                bars.update(telling, total=1, completed=1, description="nobody to be told")
        return Ran(
            hours=hours,
            parcels=parcels,
            requests=self._requests() - asked_before,
            messages=len(self.messages()) - before,
            seconds=time.monotonic() - began,
        )

    def outcome(self, runs: Sequence[Ran]) -> Outcome:
        messages = self.messages()
        told = next(one for one in self._expected if one.hours == runs[-1].hours)
        told = replace(told, messages=(*told.messages, *self._reminders))
        settled = scenario.settle(told, messages, shop_chat_id=self._scenario.shop_chat_id)
        wrong = [f"missing: {one.kind} of {one.order_number} to the {one.audience}" for one in settled.missing]
        wrong += [f"not expected: {str(one['text'])[:60]!r}" for one in settled.surplus]
        if told.untold and not settled.summaries:
            wrong.append("missing: the summary of buyers who could not be told")
        wrong += ["not expected: another summary of buyers who could not be told"] * (len(settled.summaries) - 1)
        wrong += self._stages_that_differ(told.stages)
        wrong += self._sentences_that_differ(told.sentences)
        return Outcome(
            runs=runs,
            messages=messages,
            expected=len(told.messages) + bool(told.untold),
            summaries=len(settled.summaries),
            names=self._names(),
            wrong=wrong,
            complaints=self._complaints() if wrong else (),
        )

    def interesting(self) -> list[str]:
        """A few orders whose stories differ: one for each kind of message, a guest's, a badly typed one."""
        last = self._expected[1]
        chosen: dict[str, str] = {}
        for one in sorted(last.messages, key=lambda one: one.order_number != SAMPLE_ORDER):
            chosen.setdefault(f"{one.kind} {one.audience}", one.order_number)
        orders = [order for order in self._scenario.orders if order.open]
        several = [order.number for order in orders if len(order.ttns) > 1]
        typed_badly = [order.number for order in orders if order.bad]
        return list(dict.fromkeys([*chosen.values(), *several[:1], *typed_badly[:1]]))

    def rows(self, numbers: Sequence[str]) -> list[Mapping[str, Any]]:
        """The shop's own rows."""
        names = ("order_number", "status", "tracking_number", "shipment_status")
        table = sa.table("orders_order", *(sa.column(name) for name in names))
        query = sa.select(table).where(table.c.order_number.in_(numbers))
        with self._engine.connect() as connection:
            found = {row["order_number"]: dict(row) for row in connection.execute(query).mappings()}
        return [found[number] for number in numbers]

    def messages(self) -> list[Mapping[str, Any]]:
        """Without digests: a run meets their hour or does not, as the clock stands when the demo begins."""
        found = self._session.get(f"{self._world.facts.control_url}/messages", timeout=10).json()["messages"]
        return [message for message in found if DIGEST not in message["text"]]

    def _requests(self) -> int:
        return int(self._session.get(f"{self._world.facts.control_url}/carrier", timeout=10).json()["requests"])

    def _quiet(self) -> bool:
        sqs = self._world.client("sqs")
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        for queue in ("PollsQueueUrl", "NoticesQueueUrl"):
            found = sqs.get_queue_attributes(QueueUrl=self._world.facts.outputs[queue], AttributeNames=names)
            if any(int(found["Attributes"][name]) for name in names):
                return False
        return True

    def _stages_that_differ(self, stages: Mapping[str, str | None]) -> list[str]:
        states = self._parcels.states(stages)
        return [
            f"{ttn}: stage {_stage(states.get(ttn))}, expected {stage}"
            for ttn, stage in stages.items()
            if _stage(states.get(ttn)) != stage
        ]

    def _sentences_that_differ(self, sentences: Mapping[str, str]) -> list[str]:
        rows = {row["order_number"]: row["shipment_status"] or "" for row in self.rows(list(sentences))}
        return [
            f"{number}: shows {rows[number]!r}, expected … - {sentence}"
            for number, sentence in sentences.items()
            if not scenario.shows(rows[number], sentence)
        ]

    def _complaints(self) -> list[str]:
        """The commonest warnings and errors in the functions' logs."""
        logs, said = self._world.client("logs"), Counter[str]()
        for name in ("dispatcher", "tracker", "notifier"):
            group = f"/vistka/{self._world.facts.stack}/{name}"
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                said.update(f"{name}: {text}" for event in page["events"] if (text := _complaint(event["message"])))
        return [f"{times} × {text}" for text, times in said.most_common(_COMPLAINTS)]

    def _names(self) -> dict[int, str]:
        names = {user.telegram_id: user.first_name for user in self._scenario.users if user.telegram_id}
        return names | {self._scenario.shop_chat_id: "the shop's chat"}

    def _bars(self) -> Progress:
        return Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )


def _take_credentials(world: World) -> None:
    """The store finds them where a function finds them; whatever this person's own AWS and proxies are is no part."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    os.environ.update(
        AWS_ACCESS_KEY_ID=world.facts.access_key,
        AWS_SECRET_ACCESS_KEY=world.facts.secret_key,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        NO_PROXY="127.0.0.1",
        no_proxy="127.0.0.1",
    )


def _complaint(line: str) -> str:
    """Empty for a line that is none. What is not JSON comes from the runtime: a trace, a timeout."""
    if not line.startswith("{"):
        return line.strip() if any(word in line for word in ("Error", "Task timed out")) else ""
    fields = json.loads(line)
    if fields.get("level") not in {"WARNING", "ERROR", "CRITICAL"}:
        return ""
    return ", ".join(str(fields[name]) for name in ("message", "kind", "at", "reason") if fields.get(name))


def _stage(state: ParcelState | None) -> str | None:
    return str(state.stage) if state is not None and state.stage is not None else None
