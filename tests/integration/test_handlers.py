"""The functions as Lambda calls them, on AWS of moto behind a loopback address, with the stand-in carrier and bot."""

import base64
import gzip
import json
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from functions.bot import app as bot
from functions.dispatcher import app as dispatcher
from functions.notifier import app as notifier
from functions.tracker import app as tracker
from functions.web import app as web
from local.scenario.build import API_KEY, BOT_TOKEN, SHOP_CHAT_ID
from local.scenario.model import Scenario
from local.scenario.script import Parcel, Place, Step
from local.standins.clock import MovedClock
from local.standins.world import Limits
from local.standins.world import World as Outside
from tests.aws_stand_in import served_aws
from tests.contracts.shop_tables import ShopTables, new_sqlite
from tests.template import queue_attributes, table_definition
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ConfigurationError, ShopMismatch
from vistka.domain.kyiv import kyiv
from vistka.domain.notices import Kind
from vistka.edge import outside as edge
from vistka.edge.rotating import RotatingShop
from vistka.edge.telegramside import messages_of
from vistka.ports import Shop
from vistka.texts.samples import samples

EVENTS: Final = Path(__file__).resolve().parents[2] / "events"
HOUR: Final = 3600
TTN: Final = "20450000000017"
NUMBER: Final = "TWC09092025N01"
CHAT: Final = 600_000_001
GUEST: Final = 600_000_777
REGION: Final = "eu-central-1"
HANDLERS: Final[dict[str, Callable[[Any, Any], dict[str, Any]]]] = {
    "dispatcher": dispatcher.handler,
    "tracker": tracker.handler,
    "notifier": notifier.handler,
    "bot": bot.handler,
    "web": web.handler,
}
#: As the sample event has it.
WEBHOOK_SECRET: Final = "put-the-webhook-secret-here"


class Context:
    """What Lambda says of an invocation."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@dataclass
class Stack:
    """One deployment with one order. `environ` is what the template gives its functions."""

    environ: dict[str, str]
    outside: Outside
    shop: ShopTables
    key: str
    clock_file: Path
    dynamodb: Any
    sqs: Any
    ssm: Any

    def invoke(self, function: str, event: Any) -> dict[str, Any]:
        answer = HANDLERS[function](event, Context())
        assert json.loads(json.dumps(answer)) == answer
        return answer

    def run(self, name: str) -> dict[str, Any]:
        """A file of events/, named after its function."""
        return self.invoke(name.partition("-")[0], read_event(name))

    def waiting(self, variable: str) -> list[dict[str, Any]]:
        """The queue's messages as Lambda would bring them, taken out of it."""
        url, found = self.environ[variable], []
        while got := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"],
                                              MessageAttributeNames=["All"]).get("Messages"):  # fmt: skip
            for message in got:
                found.append(
                    {
                        "messageId": message["MessageId"],
                        "receiptHandle": message["ReceiptHandle"],
                        "body": message["Body"],
                        "attributes": message["Attributes"],
                        "messageAttributes": message.get("MessageAttributes", {}),
                        "eventSource": "aws:sqs",
                    }
                )
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def types(self, text: str, *, chat: int, update: int, secret: str = WEBHOOK_SECRET) -> dict[str, Any]:
        """Telegram's webhook brings what a person wrote; the response is its own."""
        event = read_event("bot-status")
        update_read = json.loads(event["body"])
        update_read["update_id"] = update
        update_read["message"] |= {"text": text, "chat": {"id": chat, "type": "private"}}
        event["headers"]["x-telegram-bot-api-secret-token"] = secret
        answer = self.invoke("bot", event | {"body": json.dumps(update_read)})
        return {"status": answer["statusCode"], **json.loads(answer["body"])}

    def move_clock(self, by: timedelta) -> None:
        self.clock_file.write_text(str(by.total_seconds()), encoding="utf-8")

    def main_job(self) -> None:
        """One run: dispatch, track, tell."""
        assert "error" not in self.run("dispatcher-scheduled")
        for function, queue in (("tracker", "POLLS_QUEUE_URL"), ("notifier", "NOTICES_QUEUE_URL")):
            if records := self.waiting(queue):
                assert self.invoke(function, {"Records": records}) == {"batchItemFailures": []}

    def secret(self, name: str) -> str:
        value: str = self.ssm.get_parameter(Name=self.environ[f"{name}_PARAMETER"], WithDecryption=True)["Parameter"][
            "Value"
        ]
        return value

    def put_secret(self, name: str, value: str) -> None:
        """Somebody rotates it; the functions stay warm."""
        parameter = self.environ[f"{name}_PARAMETER"]
        self.ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)

    @property
    def paces(self) -> list[str]:
        return [item["pk"]["S"] for item in self.items if item["pk"]["S"].startswith("PACE#")]

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=self.environ["STORE_TABLE"])["Items"]
        return found


def read_event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def scenario() -> Scenario:
    steps = (
        Step(at=-HOUR, code="5", text="Відправлення прямує до міста Київ"),
        Step(at=HOUR, code="7", text="Прибув у відділення"),
        Step(at=30 * HOUR, code="9", text="Відправлення отримано"),
    )
    parcel = Parcel(
        ttn=TTN,
        recipient="Приклад Олена",
        phone="380600000001",
        sender="Зразковий Магазин",
        phone_sender="380600000000",
        city_from="Харків",
        city="Київ",
        place=Place(number=343, category="Branch", street="вул. Казкова, 5"),
        street="вул. Казкова, 5",
        weight=1.2,
        cost=96,
        declared=1200,
        steps=steps,
    )
    return Scenario(
        epoch=datetime.now(UTC),
        seed=1,
        bot_token=BOT_TOKEN,
        api_keys=(API_KEY,),
        shop_chat_id=SHOP_CHAT_ID,
        chats=(
            {"id": CHAT, "name": "Олена"},
            {"id": GUEST, "name": "Гість"},
            {"id": SHOP_CHAT_ID, "name": "Магазин"},
        ),
        users=(),
        orders=(),
        parcels=(parcel,),
    )


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with served_aws() as url:
        yield url


@pytest.fixture
def stack(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    clock_file = tmp_path / "clock"
    off = Limits(carrier_interval=0, chat_interval=0, bot_per_second=0)
    outside = Outside(scenario(), clock=MovedClock(clock_file), limits=off)
    url = new_sqlite(tmp_path)
    shop = ShopTables.at(url)
    shop.create()
    shop.add_profile(user=7, chat=CHAT)
    key = shop.add_order(number=NUMBER, tracking=TTN, user=7)
    access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    for name, value in {**access, "AWS_ENDPOINT_URL": aws, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"}.items():
        monkeypatch.setenv(name, value)
    dynamodb, sqs, ssm = (boto3.client(service) for service in ("dynamodb", "sqs", "ssm"))
    name = tmp_path.name.replace("_", "-")
    dynamodb.create_table(**table_definition(f"{name}-store"))
    queues = {
        "POLLS_QUEUE_URL": (f"{name}-polls", "PollsQueue"),
        "NOTICES_QUEUE_URL": (f"{name}-notices.fifo", "NoticesQueue"),
        "POLLS_DEAD_LETTER_QUEUE_URL": (f"{name}-polls-dead", "PollsDeadLetterQueue"),
        "NOTICES_DEAD_LETTER_QUEUE_URL": (f"{name}-notices-dead.fifo", "NoticesDeadLetterQueue"),
    }
    environ = {
        variable: sqs.create_queue(QueueName=queue, Attributes=queue_attributes(logical))["QueueUrl"]
        for variable, (queue, logical) in queues.items()
    }
    secrets = {
        "NOVA_POSHTA_API_KEY": API_KEY,
        "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
        "SHOP_DATABASE_URL": url,
        "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "LINK_KEYS": f"1:{base64.b64encode(bytes(32)).decode()}",
        "API_KEYS": "put-a-key-of-the-shops-api-here!",  # as the sample event has it
    }
    for secret, value in secrets.items():
        ssm.put_parameter(Name=f"/{name}/{secret}", Value=value, Type="SecureString")
        environ[f"{secret}_PARAMETER"] = f"/{name}/{secret}"
    environ |= {
        "STORE_TABLE": f"{name}-store",
        "HASH_KEY": "arn:aws:cloudformation:test",
        "MODE": "live",
        "QUIET_HOURS": "off",  # the clock is the machine's
        "SHOP_SCHEMA": "twocomms",
        "TELEGRAM_CHAT_ID": str(SHOP_CHAT_ID),
        "NOVA_POSHTA_URL": f"{outside.listeners['carrier'].url}/v2.0/json/",
        "TELEGRAM_API_URL": outside.listeners["telegram"].url,
        "PACE_SECONDS": "0",
        "CLOCK_FILE": str(clock_file),
    }
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    cold_start()
    yield Stack(
        environ=environ,
        outside=outside,
        shop=shop,
        key=key,
        clock_file=clock_file,
        dynamodb=dynamodb,
        sqs=sqs,
        ssm=ssm,
    )
    cold_start()
    shop.engine.dispose()
    outside.close()


class _Output:
    """Standard output as it is at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def cold_start() -> None:
    for kept in (
        dispatcher.outside, dispatcher.dispatcher, tracker.outside,
        tracker.tracker, tracker.batches, notifier.outside, notifier.batches, bot.outside, bot.door, bot.minter,
        web.outside, web.site, web.minter,
    ):  # fmt: skip
        kept.cache_clear()
    for handler in logging.getLogger("vistka").handlers:
        vars(handler)["stream"] = _Output()  # else the log goes on into what was standard output in an earlier test


def test_from_the_rule_to_the_buyers_message(stack: Stack) -> None:
    stack.main_job()
    assert stack.shop.shown(stack.key) == "В дорозі - Відправлення прямує до міста Київ"
    assert stack.outside.bot.chats.messages == []  # it moved before the shop went live
    stack.move_clock(timedelta(hours=2))
    stack.main_job()
    assert stack.shop.shown(stack.key) == "Чекає у відділенні - Прибув у відділення"
    (message,) = stack.outside.bot.chats.messages
    assert message.chat_id == CHAT
    assert TTN in message.text
    stack.move_clock(timedelta(hours=31))
    stack.main_job()
    assert (stack.shop.shown(stack.key) or "").startswith("Отримано")
    assert len(stack.outside.bot.chats.messages) == 2


def test_at_night_the_buyer_hears_nothing_until_the_morning_f41(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.main_job()
    stack.move_clock(timedelta(hours=2))
    hour = (datetime.now(UTC) + timedelta(hours=2)).astimezone(kyiv()).hour
    monkeypatch.setenv("QUIET_HOURS", f"{hour}-{(hour + 2) % 24}")
    cold_start()
    stack.main_job()
    assert stack.outside.bot.chats.messages == []
    assert [item["state"]["S"] for item in stack.items if "not_before" in item and item["kind"]["S"] == "waiting"] == [
        "waiting"
    ]
    stack.move_clock(timedelta(hours=4, minutes=5))
    stack.main_job()
    (message,) = stack.outside.bot.chats.messages
    assert message.chat_id == CHAT


def test_a_day_that_the_carrier_changes_reminds_the_buyer_once_f33_f44(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUYER_NOTICES", "waiting, last_day")
    cold_start()
    stack.main_job()
    stack.move_clock(timedelta(hours=2))
    stack.main_job()
    tomorrow = (datetime.now(UTC) + timedelta(hours=26)).astimezone(kyiv()).replace(hour=12)
    parcels = stack.outside.carrier.parcels
    paid_from = int((tomorrow - stack.outside.scenario.epoch) / timedelta(seconds=1))
    parcels[TTN] = replace(parcels[TTN], paid_from=paid_from)
    assert stack.run("tracker-one-order")["error"] is None
    for _ in range(3):
        stack.main_job()
    waits, reminds = stack.outside.bot.chats.messages
    assert "останній день безкоштовного зберігання" in reminds.text.casefold()
    assert (waits.chat_id, reminds.chat_id) == (CHAT, CHAT)


ODD_NUMBERS: Final = (
    "Замовлення № 7/9, «два»",
    "A#B|C;D",
    " blanks around ",
    "two\nlines\tand a tab",
    "nul \x00 inside",
    "\x1b[31mred",
    "📦" * 100,
    "<b>&amp;</b>",
    "NUMBER#ORDER",
)


def test_orders_of_odd_numbers_are_tracked_told_and_found_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_PAUSE_SECONDS", "0")
    cold_start()
    keys = {number: stack.shop.add_order(number=number, tracking=TTN, user=7) for number in ODD_NUMBERS}
    empty = stack.shop.add_order(number=" ", tracking=TTN, user=7)
    long = stack.shop.add_order(number="x" * 101, tracking=TTN, user=7)
    stack.main_job()
    stack.move_clock(timedelta(hours=2))
    stack.main_job()
    text = "Чекає у відділенні - Прибув у відділення"
    assert {number: stack.shop.shown(key) for number, key in keys.items()} == dict.fromkeys(ODD_NUMBERS, text)
    assert [stack.shop.shown(key) for key in (empty, long)] == [None, None]
    told = [message.text for message in stack.outside.bot.chats.messages]
    assert len(told) == len(ODD_NUMBERS) + 1
    assert all(any(" ".join(_seen(number).split()) in text for text in told) for number in ODD_NUMBERS)
    for number in ODD_NUMBERS:
        (row,) = stack.invoke("tracker", {"order_number": number})["parcels"]
        assert (row["order_number"], row["error"]) == (number, None)
        assert tracker.outside().parcels.order_key(number) == keys[number]
    assert stack.invoke("tracker", {"order_number": f" {NUMBER}\n"})["parcels"][0]["order_number"] == NUMBER
    problems = stack.run("dispatcher-plan")["problems"]
    read = "orders.number holds 101 characters, at most 100 are read; shorten it in the shop"
    assert problems == [
        f"order with key {empty}: orders.number is empty or not text; the row is left out",
        f"order with key {long}: {read}; the row is left out",
    ]


def _seen(number: str) -> str:
    """As a person sees it, in Telegram as anywhere."""
    return "".join(character if character.isprintable() else " " for character in number)


@pytest.mark.parametrize("name", sorted(file.stem for file in EVENTS.glob("*-*.json")))
def test_every_sample_event_is_answered(stack: Stack, name: str) -> None:
    answer = stack.run(name)
    assert "error" not in answer or answer["error"] is None


def test_one_tap_from_a_guests_order_to_a_message_in_the_chat_f18(stack: Stack) -> None:
    guest = stack.shop.add_order(number="TWC09092025N02", tracking=TTN)
    stack.main_job()
    link = stack.invoke("bot", {"link": {"order_number": "TWC09092025N02"}})["link"]
    assert (link["order_key"], link["url"].partition("?start=")[0]) == (guest, "https://t.me/vistka_local_bot")
    token = link["url"].partition("?start=")[2]

    reply = stack.types(f"/start {token}", chat=GUEST, update=1)
    assert (reply["status"], reply["method"], reply["chat_id"]) == (200, "sendMessage", GUEST)
    assert "В дорозі" in reply["text"]
    assert "Це посилання вже відкрили" in stack.types(f"/start {token}", chat=GUEST + 1, update=2)["text"]
    assert stack.types("/status", chat=GUEST, update=3, secret="guess") == {"status": 403}
    stack.move_clock(timedelta(hours=2))
    stack.main_job()
    told = {message.chat_id: message.text for message in stack.outside.bot.chats.messages}
    assert set(told) == {CHAT, GUEST, SHOP_CHAT_ID}
    assert "чекає на вас" in told[GUEST]

    stack.types("/stop", chat=GUEST, update=4)
    stack.outside.bot.chats.forget_messages()
    stack.move_clock(timedelta(hours=31))
    stack.main_job()
    assert {message.chat_id for message in stack.outside.bot.chats.messages} == {CHAT}


def test_the_bot_logs_nobodys_chat_and_no_secret_r9(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    link = stack.invoke("bot", {"link": {"order_key": stack.key}})["link"]
    token = link["url"].partition("?start=")[2]
    caplog.clear()
    for update, text in enumerate((f"/start {token}", f"/start {token}x", "/380600000001", "Олена")):
        stack.types(text, chat=CHAT, update=update)
    stack.types("/status", chat=CHAT, update=9, secret="guess")
    ours = [record for record in caplog.records if record.name == "vistka"]
    assert [record.message for record in ours].count("an update") == 4
    assert [record.message for record in ours].count("a link was refused") == 1
    logged = str([vars(record) for record in caplog.records])
    for secret in (str(CHAT), token, WEBHOOK_SECRET, BOT_TOKEN, "380600000001", "Олена", "guess"):
        assert secret not in logged


def test_without_its_secret_the_bots_door_is_closed_f19(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET_PARAMETER", "/nobody/wrote/this")
    cold_start()
    assert stack.types("/status", chat=CHAT, update=1) == {"status": 403}
    (finding,) = stack.invoke("bot", read_event("check"))["findings"]
    assert (finding["ok"], finding["hint"]) == (True, "vistka bot install")


def test_keys_that_cannot_be_read_are_a_finding(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.put_secret("LINK_KEYS", "1:short")
    (finding,) = stack.invoke("bot", read_event("check"))["findings"]
    assert (finding["ok"], finding["name"]) == (False, "buyers' links")


def test_a_dry_run_leaves_everything_as_it_was(stack: Stack) -> None:
    answer = stack.run("tracker-dry-run")
    (row,) = answer["parcels"]
    assert (row["was"], row["now"]) == (None, "В дорозі - Відправлення прямує до міста Київ")
    assert (row["outcome"], row["changed"], row["error"]) == ("changed", True, None)
    assert stack.run("dispatcher-dry-run")["sent"] == 0
    assert stack.shop.shown(stack.key) is None
    assert stack.waiting("POLLS_QUEUE_URL") == stack.waiting("NOTICES_QUEUE_URL") == []
    assert [item["pk"]["S"] for item in stack.items if not item["pk"]["S"].startswith(("MODE", "PACE"))] == []


def test_a_page_for_the_command_line_is_tracked_message_by_message(stack: Stack) -> None:
    plan = stack.run("dispatcher-plan")
    assert (plan["after"], plan["parcels"], plan["orders"]) == (None, [], 1)
    (poll,) = plan["messages"]
    answer = stack.invoke("tracker", {"poll": poll, "dry_run": False})
    assert [row["outcome"] for row in answer["parcels"]] == ["changed"]
    assert answer["error"] is None
    assert stack.shop.shown(stack.key) == "В дорозі - Відправлення прямує до міста Київ"


@pytest.mark.parametrize("function", sorted(HANDLERS))
def test_each_function_checks_its_side(stack: Stack, function: str) -> None:
    findings = stack.invoke(function, read_event("check"))["findings"]
    assert findings
    assert [finding for finding in findings if not finding["ok"]] == []
    assert all(set(finding) == {"name", "ok", "text", "hint"} for finding in findings)


@pytest.mark.parametrize(
    ("function", "event", "kind"),
    [
        ("dispatcher", {"order_number": "NOBODYS"}, "OrderUnknown"),
        ("tracker", {"order_number": "NOBODYS"}, "OrderUnknown"),
        ("dispatcher", {"order_number": 7}, "BadMessage"),
        ("dispatcher", {"plan": []}, "BadMessage"),
        ("dispatcher", {"plan": {"after": "no key of ours"}}, "ShopMismatch"),
        ("tracker", {"poll": {"v": 2}}, "BadMessage"),
        ("tracker", {"poll": 5}, "BadMessage"),
        ("tracker", {"order_number": NUMBER, "dry_run": "yes"}, "BadMessage"),
        ("dispatcher", {"order_number": NUMBER, "overwrite": True}, "BadMessage"),
        ("notifier", {"order_number": NUMBER}, "BadMessage"),
        ("bot", {"order_number": NUMBER}, "BadMessage"),
        ("bot", {"link": {"order_number": "NOBODYS"}}, "OrderUnknown"),
        ("bot", {"link": {"order_key": "an-id-that-is-much-too-long"}}, "ConfigurationError"),
    ],
)
def test_a_known_failure_is_an_answer_to_who_asked(stack: Stack, function: str, event: Any, kind: str) -> None:
    answer = stack.invoke(function, event)
    assert set(answer) == {"error"}
    assert answer["error"]["kind"] == kind
    assert answer["error"]["text"]


@pytest.mark.parametrize(("function", "queue"), [("tracker", "POLLS"), ("notifier", "NOTICES")])
def test_poison_goes_to_the_dead_letters_with_its_reason(stack: Stack, function: str, queue: str) -> None:
    record = read_event("tracker-poll" if function == "tracker" else "notifier-notice")["Records"][0]
    assert stack.invoke(function, {"Records": [{**record, "body": '{"v":2}'}]}) == {"batchItemFailures": []}
    (dead,) = stack.waiting(f"{queue}_DEAD_LETTER_QUEUE_URL")
    assert dead["body"] == '{"v":2}'
    assert "version 2" in dead["messageAttributes"]["reason"]["StringValue"]


def test_a_ledger_entry_of_a_newer_version_is_left_to_the_program_that_can_read_it(stack: Stack) -> None:
    """Its message ends, nothing loops, and the entry stays due for the sweep of that program."""
    stack.main_job()
    stack.move_clock(timedelta(hours=2))
    stack.run("dispatcher-scheduled")
    stack.invoke("tracker", {"Records": stack.waiting("POLLS_QUEUE_URL")})
    (entry,) = [item for item in stack.items if item.get("kind", {}).get("S") == "waiting"]
    newer = entry | {"kind": {"S": "of_a_newer_version"}}
    stack.dynamodb.put_item(TableName=stack.environ["STORE_TABLE"], Item=newer)
    records = stack.waiting("NOTICES_QUEUE_URL")
    assert stack.invoke("notifier", {"Records": records}) == {"batchItemFailures": []}
    assert "error" not in stack.run("dispatcher-scheduled")
    assert newer in stack.items
    assert stack.outside.bot.chats.messages == []


def test_a_state_of_a_newer_version_fails_alone_and_stays_f40(stack: Stack) -> None:
    state = {
        "pk": {"S": f"PARCEL#{TTN}"},
        "sk": {"S": "STATE"},
        "ttn": {"S": TTN},
        "revision": {"N": "7"},
        "stage": {"S": "of_a_newer_version"},
    }
    stack.dynamodb.put_item(TableName=stack.environ["STORE_TABLE"], Item=state)
    stack.shop.add_order(number="TWC2", tracking="20450000000024")
    stack.main_job()
    assert state in stack.items
    assert stack.shop.shown(stack.key) is None
    assert [item["not_found"]["N"] for item in stack.items if item["pk"]["S"] == "PARCEL#20450000000024"
            and item["sk"]["S"] == "STATE"] == ["1"]  # fmt: skip
    (row,) = stack.run("tracker-one-order")["parcels"]
    assert row["outcome"] == "failed"
    assert row["error"] == (
        f"the store's item PARCEL#{TTN} STATE cannot be read (without observed_at); "
        "deploy the version that wrote it, or delete the item"
    )


def test_an_outage_of_the_carrier_keeps_the_poll_and_fails_no_invocation_f3(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.run("dispatcher-scheduled")
    stack.outside.listeners["carrier"].close()
    records = stack.waiting("POLLS_QUEUE_URL")
    capsys.readouterr()
    answer = stack.invoke("tracker", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    assert emitted(capsys.readouterr().out) == {"CarrierOutages"}


def test_a_scheduled_run_without_its_shop_is_an_error_of_the_function_f3(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.shop.run("DROP TABLE orders_order")
    capsys.readouterr()
    with pytest.raises(ShopMismatch):
        stack.run("dispatcher-scheduled")
    assert "ShopOutages" in emitted(capsys.readouterr().out)
    # To a person who asked, the same is the answer.
    assert stack.run("dispatcher-plan")["error"]["kind"] == "ShopMismatch"


@pytest.mark.parametrize("function", sorted(HANDLERS))
def test_settings_that_are_wrong_are_all_named_at_once(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.delenv("STORE_TABLE")
    monkeypatch.setenv("MODE", "loud")
    cold_start()
    text = json.dumps(stack.invoke(function, {"check": True}))
    assert "STORE_TABLE is not set" in text
    assert "MODE must be shadow or live" in text


@pytest.mark.parametrize("event", ["dispatcher-scheduled", "tracker-poll", "dispatcher-plan", "tracker-one-order"])
def test_no_connection_to_the_shop_outlives_an_invocation_f28(stack: Stack, event: str) -> None:
    """As the schema file says: the host allows few, and drops idle ones."""
    stack.run(event)
    shop = tracker.tracker().shop.shop if event.startswith("tracker") else dispatcher.dispatcher().shop
    assert connections_of(shop) == 0


def connections_of(shop: Shop) -> int:
    """Those that are held open for later."""
    inner = shop.now() if isinstance(shop, RotatingShop) else shop
    assert isinstance(inner, SqlShop)
    held: int = inner._database._engine.pool.checkedin()  # type: ignore[attr-defined]
    return held


def test_a_rotated_url_of_the_shop_works_without_a_deployment(stack: Stack, tmp_path: Path) -> None:
    stack.main_job()
    old = [one.now() for one in (tracker.tracker().shop.shop, dispatcher.dispatcher().shop)
           if isinstance(one, RotatingShop)]  # fmt: skip
    (tmp_path / "moved").mkdir()
    url = new_sqlite(tmp_path / "moved")
    moved = ShopTables.at(url)
    moved.create()
    key = moved.add_order(number=NUMBER, tracking=TTN, user=7)
    stack.put_secret("SHOP_DATABASE_URL", url)
    stack.main_job()
    assert moved.shown(key) is None  # the secret is still the one that was read
    stack.move_clock(timedelta(minutes=5))
    stack.main_job()
    assert moved.shown(key) == "В дорозі - Відправлення прямує до міста Київ"
    assert [connections_of(shop) for shop in old] == [0, 0]
    moved.engine.dispose()


def test_a_rotated_url_that_cannot_be_used_is_named_until_it_is_mended(stack: Stack) -> None:
    good = stack.secret("SHOP_DATABASE_URL")
    stack.main_job()
    stack.put_secret("SHOP_DATABASE_URL", "oracle://shop@db.example/shop")
    stack.move_clock(timedelta(minutes=5))
    assert stack.run("dispatcher-plan")["error"]["kind"] == "ConfigurationError"
    with pytest.raises(ConfigurationError):
        stack.run("dispatcher-scheduled")
    stack.put_secret("SHOP_DATABASE_URL", good)
    stack.move_clock(timedelta(minutes=10))
    stack.main_job()


def test_a_rotated_key_of_the_carrier_is_used_and_has_a_pace_of_its_own(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACE_SECONDS", "0.01")
    cold_start()
    stack.run("tracker-one-order")
    stack.put_secret("NOVA_POSHTA_API_KEY", "f" * 32)
    stack.run("tracker-one-order")
    assert len(stack.paces) == 1
    stack.move_clock(timedelta(minutes=5))
    stack.run("tracker-one-order")
    assert len(stack.paces) == 2
    assert not any("f" * 32 in pace or API_KEY in pace for pace in stack.paces)


def test_several_keys_in_one_secret_are_told_of_with_what_the_runs_know(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARRIER_KEYS", "3")
    stack.put_secret("NOVA_POSHTA_API_KEY", f"{API_KEY}, {'f' * 32}")
    cold_start()
    found = {one["name"]: one for one in stack.invoke("tracker", {"check": True})["findings"]}
    assert found["carrier"]["text"].startswith("key 2 of 2: ")
    assert found["carrier keys"] == {
        "name": "carrier keys",
        "ok": False,
        "text": "2 in the secret; a run asks as much as CarrierKeys=3 allows",
        "hint": "deploy with CarrierKeys=2",
    }


def test_the_dispatcher_sends_as_much_as_all_keys_allow(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACE_SECONDS", "1")
    monkeypatch.setenv("CARRIER_KEYS", "4")
    cold_start()
    assert dispatcher.dispatcher().pace == timedelta(seconds=0.25)


def test_what_is_wrong_in_the_shop_is_named_by_order_and_reason_and_never_by_its_value_r9(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.shop.add_profile(user=8, chat=-1009876543210)
    stack.shop.add_order(number="TWC2", tracking=TTN, user=8, phone="380 67 none")
    stack.shop.add_order(number="TWC3", tracking="2O45O77560944S")
    capsys.readouterr()
    stack.main_job()
    logged = capsys.readouterr().out
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    flaws = [(line["order_number"], line["reason"]) for line in lines if line.get("message") == FLAW]
    assert flaws == [("TWC3", "bad_number"), ("TWC2", "bad_phone"), ("TWC2", "bad_chat")]
    assert [line["run"]["problems"] for line in lines if line.get("message") == "run" and "run" in line] == [1]
    assert not [secret for secret in ("9876543210", "67 none", "2O45O") if secret in logged]
    stack.move_clock(timedelta(minutes=40))
    stack.main_job()
    assert "TWC2" not in capsys.readouterr().out  # TWC3 may be named, if its hour of the day has come
    (row,) = stack.invoke("tracker", {"order_number": "TWC2"})["parcels"]
    assert [remark.partition(";")[0] for remark in row["remarks"]] == [
        "the phone is no Ukrainian number",
        "the chat id in the buyer's profile is no chat of a person",
    ]
    assert row["error"] is None


FLAW: Final = "an order needs correcting"


def test_a_scheduled_run_that_is_not_configured_alarms(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_TABLE", "")
    cold_start()
    with pytest.raises(ConfigurationError, match="STORE_TABLE is not set"):
        stack.run("dispatcher-scheduled")


def emitted(output: str) -> set[str]:
    """Names of the metrics in what a function printed."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {
        metric["Name"]
        for line in lines
        if "_aws" in line
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


# --- once a month -------------------------------------------------------------------------------------------------


def month_of(stack: Stack) -> list[dict[str, Any]]:
    return [item for item in stack.items if item["pk"]["S"] == "MONTH"]


def test_what_a_month_brought_is_counted_and_told_once_in_the_next(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONTHLY_REPORT", "on")
    stack.main_job()
    stack.move_clock(timedelta(hours=2))
    stack.main_job()
    counted = Counter[str]()
    for month in month_of(stack):  # two, in the last hours of one
        counted.update({name: int(value["N"]) for name, value in month.items() if name.startswith("n_")})
    assert counted == {
        "n_runs": 2,
        "n_batches": 2,
        "n_states": 1,
        "n_parcels": 1,
        "n_changes": 2,
        "n_to_buyers": 1,
    }
    now = datetime.now(UTC) + timedelta(hours=2)
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=8, minute=30)  # at ten in Kyiv, or after
    stack.move_clock(first - datetime.now(UTC))
    stack.main_job()
    stack.main_job()
    told = [one for one in stack.outside.bot.chats.messages if one.text.startswith("📊 Звіт за ")]
    assert [one.chat_id for one in told] == [SHOP_CHAT_ID]
    assert "Повідомлень покупцям: 1\n" in told[0].text


def test_a_broken_text_of_the_shops_own_is_logged_and_counted_and_loses_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MONTHLY_REPORT", "on")
    own = tmp_path / "texts"
    (own / "uk").mkdir(parents=True)
    (own / "uk" / "buyer_waiting.j2").write_text("{{ order }} {{ plase }}")
    outside = edge.Outside.of_function()
    sample, audience = next(samples(Kind.WAITING))
    told = messages_of(outside, own).render(sample.notice(audience, "uk"), now=sample.now)
    assert f"Ваше замовлення {sample.notice(audience, 'uk').order_number} чекає на вас" in told
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "buyer_waiting" in line]
    assert (line["file"], line["reason"]) == ("uk/buyer_waiting.j2", "cannot be told: UndefinedError in line 1")
    assert outside.months is not None
    outside.months.flush()
    assert [month["n_broken_texts"]["N"] for month in month_of(stack)] == ["1"]


def test_who_only_looks_counts_for_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONTHLY_REPORT", "on")
    for name in ("tracker-dry-run", "dispatcher-dry-run", "dispatcher-plan"):
        stack.run(name)
    stack.invoke("dispatcher", {"check": True})
    assert month_of(stack) == []


def test_where_no_report_is_wanted_nothing_is_counted(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONTHLY_REPORT", "off")
    stack.main_job()
    assert month_of(stack) == []


# --- the pages --------------------------------------------------------------------------------------------------------


def visit(stack: Stack, path: str, **changes: Any) -> dict[str, Any]:
    """The sample request of a browser for this path; its body unpacked."""
    answer = stack.invoke("web", read_event("web-page") | {"rawPath": path} | changes)
    if answer.get("isBase64Encoded"):
        answer["body"] = gzip.decompress(base64.b64decode(answer["body"])).decode()
    return answer


def test_a_visitor_follows_an_order_from_before_its_parcel_to_its_end(stack: Stack) -> None:
    link = stack.run("web-link")["page"]
    page = f"/{link['url']}"
    assert link["order_key"] == stack.key
    assert "Накладної ще немає" in visit(stack, page)["body"]
    for hours, shown in ((0, "В дорозі"), (2, "Чекає у відділенні № 343"), (31, "Отримано")):
        stack.move_clock(timedelta(hours=hours))
        stack.main_job()
        answer = visit(stack, page)
        assert answer["statusCode"] == 200
        assert shown in answer["body"]
        assert TTN in answer["body"]
    told = json.loads(visit(stack, f"/api{page}")["body"])
    assert [change["stage"] for change in told["parcels"][0]["history"]] == ["in_transit", "at_branch", "delivered"]


def test_a_forged_link_and_a_shops_list_behind_the_real_door(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.main_job()
    assert visit(stack, "/o/put-the-token-of-a-page-here")["statusCode"] == 404
    order = read_event("web-orders")
    stack.shop.add_order(number=json.loads(order["body"])["orders"][0] + "x", tracking=TTN)
    answer = visit(stack, order["rawPath"], **order)
    assert answer["statusCode"] == 200
    (found,) = json.loads(answer["body"])["orders"].values()
    assert found["parcels"][0]["ttn"] == TTN
    assert visit(stack, f"/{found['page']}")["statusCode"] == 200
    assert visit(stack, order["rawPath"], **order | {"headers": {"authorization": "Bearer wrong"}})["statusCode"] == 401
    logged = capsys.readouterr().out
    assert found["page"].removeprefix("o/")[:20] not in logged
    assert stack.secret("API_KEYS") not in logged


def test_the_pages_say_how_they_are_and_what_they_take(stack: Stack) -> None:
    found = stack.invoke("web", {"check": True})["findings"]
    assert [(one["name"], one["ok"], one["text"]) for one in found] == [
        ("orders' pages", True, "signed with key 1 of 1"),
        ("shop's API", True, "open to whoever has the key"),
    ]
    assert stack.invoke("web", {"page": {"order_key": "1", "days": 0}})["error"]["kind"] == "BadMessage"
    assert stack.invoke("web", {"orders": 1})["error"]["kind"] == "BadMessage"


def test_an_event_of_the_pages_has_orders_asked_about(stack: Stack) -> None:
    answer = stack.run("dispatcher-refresh")
    assert answer == {"orders": 1, "sent": 1, "batches": 1, "unknown": []}
    ((message),) = stack.waiting("POLLS_QUEUE_URL")
    assert TTN in message["body"]
