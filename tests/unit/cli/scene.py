"""A deployment in memory, and the command line run against it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from click.testing import CliRunner, Result

from tests.fakes.chats import FakeChats
from tests.fakes.clock import START, FakeClock
from tests.fakes.store import FakeAudits, FakeCircuits, FakeLags, FakeLedger, FakeParcels, FakeRuns, Memory
from vistka.adapters.telegram_bot import Chat, Identity, Webhook
from vistka.cli.dead_letters import Redriven
from vistka.cli.deployment import Deployment, State
from vistka.cli.failures import Failure
from vistka.cli.functions import Function
from vistka.cli.looks import Depth, Subscriptions
from vistka.cli.main import cli
from vistka.cli.options import Outside
from vistka.cli.target import Choice, Target
from vistka.domain.errors import ChatUnreachable, VistkaError
from vistka.domain.messages import PollMessage, PollOrder, PollParcel
from vistka.domain.orders import Order
from vistka.domain.parcels import Change, ParcelState
from vistka.domain.recipients import OrderChats
from vistka.ports import JsonObject, Link

TITLE = "stack shop-vistka in eu-central-1"


class FakeFunctions:
    """Answers with what was set: an object, a failure to raise, or a function of the event."""

    def __init__(self) -> None:
        self.answers: dict[Function, Any] = {name: {"findings": []} for name in Function}
        self.events: list[tuple[Function, JsonObject]] = []

    def invoke(self, name: Function, event: JsonObject) -> JsonObject:
        self.events.append((name, json.loads(json.dumps(event))))
        answer = self.answers[name]
        if callable(answer):
            answer = answer(event)
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, dict)
        return answer

    def of(self, name: Function) -> list[JsonObject]:
        return [event for called, event in self.events if called is name]


@dataclass
class FakeLooks:
    depths: dict[str, Depth | Failure] = field(default_factory=dict)
    found: Subscriptions = field(default_factory=lambda: Subscriptions(confirmed=1, pending=0))
    alarms: list[str] | Failure = field(default_factory=list)
    rung: list[str] = field(default_factory=list)

    def ring(self, subject: str, text: str) -> None:
        self.rung.append(f"{subject}\n{text}")

    def depth(self, output: str) -> Depth:
        depth = self.depths.get(output, Depth(ready=0, in_flight=0, delayed=0))
        if isinstance(depth, Failure):
            raise depth
        return depth

    def subscriptions(self) -> Subscriptions:
        return self.found

    def ringing(self) -> list[str]:
        if isinstance(self.alarms, Failure):
            raise self.alarms
        return self.alarms


@dataclass
class FakeDeadLetters:
    """Bodies by queue, and the parked ones by queue and reason; `moved` went back."""

    letters: dict[str, list[str]] = field(default_factory=dict)
    parked: dict[str, dict[str, int]] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)

    def redrive(self, queue: str, *, parked: bool, dry_run: bool) -> Redriven:
        letters = list(self.letters.get(queue, ()))
        if not dry_run:
            self.moved.extend(letters)
            self.letters[queue] = []
        return Redriven(queue=queue, moved=len(letters), parked=self.parked.get(queue, {}))


@dataclass
class FakeStack:
    """The stack's parameters, which a change gives new values unless it is to fail."""

    parameters: dict[str, str]
    failure: Failure | None = None
    changes: list[dict[str, str]] = field(default_factory=list)

    def change(self, values: Mapping[str, str]) -> None:
        if self.failure is not None:
            raise self.failure
        self.changes.append(dict(values))
        self.parameters.update(values)


@dataclass
class FakeAccount:
    """The bot's own affairs. `fault` is what Telegram says to any question."""

    identity: Identity = field(default_factory=lambda: Identity(id=7000000001, name="@shop_bot"))
    hook: Webhook = field(default_factory=Webhook)
    fault: VistkaError | None = None
    chats: dict[int, Chat] = field(default_factory=dict)
    secret: str = ""
    menus: dict[str, Mapping[str, str]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)

    def me(self) -> Identity:
        self._meet()
        return self.identity

    def webhook(self) -> Webhook:
        self._meet()
        return self.hook

    def set_webhook(self, url: str, *, secret: str, allowed_updates: Sequence[str]) -> None:
        self._meet()
        self.hook, self.secret = Webhook(url=url, allowed_updates=tuple(allowed_updates)), secret

    def delete_webhook(self) -> None:
        self._meet()
        self.hook = Webhook()

    def chat(self, chat_id: int) -> Chat:
        self._meet()
        if chat_id not in self.chats:
            raise ChatUnreachable("Telegram knows no such chat", reason="not_found")
        return self.chats[chat_id]

    def commands(self, language: str) -> Mapping[str, str]:
        self._meet()
        return self.menus.get(language, {})

    def set_commands(self, language: str, commands: Mapping[str, str]) -> None:
        self._meet()
        self.menus[language] = dict(commands)

    def description(self, language: str) -> str:
        self._meet()
        return self.descriptions.get(language, "")

    def set_description(self, language: str, text: str) -> None:
        self._meet()
        self.descriptions[language] = text

    def _meet(self) -> None:
        if self.fault is not None:
            raise self.fault


@dataclass
class FakeArchive:
    memory: Memory

    def stored(self, *, since: datetime) -> tuple[list[Change], list[Link]]:
        changes = [change for change in self.memory.changes.values() if change.observed_at >= since]
        return changes, list(self.memory.links.values())

    def chats(self, order_keys: Iterable[str]) -> Mapping[str, OrderChats]:
        return FakeChats(self.memory).of_orders(order_keys)


@dataclass
class FakeSecrets:
    values: dict[str, str] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        return self.values.get(name)

    def write(self, name: str, value: str) -> None:
        self.values[name] = value


@dataclass
class Scene:
    functions: FakeFunctions = field(default_factory=FakeFunctions)
    memory: Memory = field(default_factory=Memory)
    looks: FakeLooks = field(default_factory=FakeLooks)
    dead_letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    clock: FakeClock = field(default_factory=FakeClock)
    parameters: dict[str, str] = field(
        default_factory=lambda: {"Mode": "live", "IntervalMinutes": "10", "ScheduleState": "ENABLED"}
    )
    outputs: dict[str, str] = field(default_factory=dict)
    account: FakeAccount = field(default_factory=FakeAccount)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    #: how the bot's address answers to a secret
    door: Callable[[str], int | None] | None = None
    stack_failure: Failure | None = None
    environ: dict[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=lambda: Path("/nonexistent"))

    def run(self, *args: str, typed: str | None = None) -> Result:
        """`typed` stands on standard input."""
        outside = Outside(folder=self.folder, environ=self.environ, choose=_choose, connect=lambda _: self.deployment())
        return CliRunner().invoke(cli, args, input=typed, obj=outside, prog_name="vistka")

    def json(self, *args: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the one object on standard output."""
        result = self.run(*args, "--json")
        data = json.loads(result.stdout)
        assert isinstance(data, dict)
        return result.exit_code, data

    def _opens(self, secret: str) -> int:
        return 200 if secret == self.account.secret else 403

    def deployment(self) -> Deployment:
        state = State(
            parcels=FakeParcels(self.memory),
            ledger=FakeLedger(self.memory),
            runs=FakeRuns(self.memory),
            circuits=FakeCircuits(self.memory),
            lags=FakeLags(self.memory),
            archive=FakeArchive(self.memory),
            audits=FakeAudits(self.memory),
        )
        return Deployment(
            functions=self.functions,
            state=lambda: state,
            looks=self.looks,
            dead_letters=self.dead_letters,
            clock=self.clock,
            stack=FakeStack(self.parameters, self.stack_failure),
            bot=lambda: self.account,
            secrets=self.secrets,
            knock=lambda _url, secret: (
                self.door(secret) if self.door else 200 if secret == self.account.secret else 403
            ),
            parameters=dict(self.parameters),
            outputs=self.outputs,
        )


def _choose(choice: Choice, *, folder: Path, environ: Mapping[str, str]) -> Target:
    return Target(title=TITLE, stack="shop-vistka", region="eu-central-1", session=boto3.Session())


def poll(*orders: tuple[str, str], known: Mapping[str, ParcelState] | None = None) -> PollMessage:
    """A message about these (order number, ttn)."""
    return PollMessage(
        run="",
        batch=0,
        run_at=START,
        expires_at=START + timedelta(minutes=20),
        parcels=tuple(PollParcel(ttn=ttn, ask=True, known=(known or {}).get(ttn)) for _, ttn in orders),
        orders=tuple(
            PollOrder(order=Order(key=number, number=number, tracking=ttn, shown="Старе"), ttns=(ttn,))
            for number, ttn in orders
        ),
    )


def plan(*pages: list[PollMessage], parcels: list[JsonObject] | None = None) -> Callable[[JsonObject], JsonObject]:
    """A dispatcher with these pages; `parcels` come with the first."""

    def answer(event: JsonObject) -> JsonObject:
        number = int(event["plan"]["after"] or 0)
        return {
            "messages": [message.to_dict() for message in pages[number]],
            "after": str(number + 1) if number + 1 < len(pages) else None,
            "parcels": (parcels or []) if number == 0 else [],
            "problems": [],
        }

    return answer


def row(order_number: str, ttn: str, **changes: Any) -> JsonObject:
    return {
        "order_number": order_number,
        "ttn": ttn,
        "stage": "at_branch",
        "code": "7",
        "text": "Прибув у відділення",
        "was": "Старе",
        "now": "У відділенні - Прибув у відділення",
        "changed": True,
        "error": None,
        "outcome": "changed",
    } | changes


def tell_all(event: JsonObject) -> JsonObject:
    """A tracker for which every parcel has changed."""
    orders = PollMessage.from_dict(event["poll"]).orders
    return {"parcels": [row(one.order.number, ttn) for one in orders for ttn in one.ttns], "error": None}
