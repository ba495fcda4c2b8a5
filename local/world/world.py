"""A whole deployment on this machine: AWS, the template, the carrier, Telegram and the shop."""

import base64
import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.standins.bot import USERNAME
from local.world import aws
from local.world.build import architecture, built
from local.world.failure import WorldError
from local.world.processes import Process, alive, start, stop, wait_until_ready
from local.world.shop import fill_if_empty, own_shop
from local.world.state import Facts, State
from local.world.windows import open_cockpit, open_shop
from local.world.wishes import ROOT, Wishes
from vistka.adapters.shop_http_url import is_http
from vistka.domain.updates import ALLOWED

_START_SECONDS = 30
_KEY = "/vistka/nova-poshta-api-key"
_TOKEN = "/vistka/telegram-bot-token"  # noqa: S105
_DATABASE = "/vistka/shop-database-url"
WEBHOOK_SECRET = "/vistka/telegram-webhook-secret"  # noqa: S105
_LINK_KEYS = "/vistka/link-keys"
_CALL_SECRET = "/vistka/webhook-secret"  # noqa: S105
_API_KEYS = "/vistka/api-keys"


class World:
    """One that is up. As a context manager it ends with the block."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.folder = folder
        self.facts = facts

    @classmethod
    def find(cls, folder: Path) -> Self | None:
        """The one whose files lie in this folder, while its processes live."""
        state = State(folder.resolve())
        facts, processes = state.facts(), state.processes()
        if facts is None or not processes or not all(alive(process) for process in processes):
            return None
        return cls(state.folder, facts)

    @classmethod
    def start(cls, wishes: Wishes, *, say: Callable[[str], None] = lambda _: None) -> Self:
        """Make one; what is left of an earlier one in the same folder ends first.

        `say` hears what is being done. Raises WorldError; whatever was started has then ended again.
        """
        state = State(wishes.folder.resolve())
        with state.alone():
            _end(state)
            try:
                return cls(state.folder, _Making(wishes, state, say).facts())
            except BaseException:
                _end(state)
                raise

    def differs_in(self, wishes: Wishes) -> list[str]:
        """The settings in which these wishes are others than those that the world was made from."""
        made, wished = State(self.folder).wishes(), wishes.marks()
        return [name for name, mark in wished.items() if made and made.get(name) != mark]

    def stop(self) -> None:
        state = State(self.folder)
        with state.alone():
            _end(state)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of this world's AWS, with all rights."""
        return aws.client(service, self.facts.endpoint_url)

    def invoke(self, output: str, payload: Mapping[str, Any]) -> Any:
        """Call a function by the output that names it, such as DispatcherFunction. Raises WorldError when it raises."""
        name = self.facts.outputs[output]
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise WorldError(f"{output} failed: {body}")
        return body

    def set_clock(self, seconds: float) -> None:
        """Move the clock of functions, stand-ins and command line to this far from the real time."""
        file = Path(self.facts.clock_file)
        part = file.with_name(f"{file.name}.part")
        part.write_text(f"{seconds}\n", encoding="utf-8")
        part.replace(file)


def end(folder: Path) -> bool:
    """End whatever of a world runs from this folder; False if there was nothing."""
    state = State(folder.resolve())
    if not state.folder.exists():
        return False
    with state.alone():
        there = bool(state.processes()) or state.facts() is not None
        _end(state)
        return there


class _Making:
    """The steps, each noting at once what it started."""

    def __init__(self, wishes: Wishes, state: State, say: Callable[[str], None]) -> None:
        self._wishes = wishes
        self._state = state
        self._say = say
        self._folder = state.folder
        self._clock = state.folder / "clock"
        self._processes: list[Process] = []
        self._webhook_secret = secrets.token_urlsafe(32)
        self._api_key = secrets.token_urlsafe(32)
        self._link_keys = f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    def facts(self) -> Facts:
        for old in ("standins", "temporary", "log"):
            shutil.rmtree(self._folder / old, ignore_errors=True)
        for new in ("standins", "temporary", "log"):
            (self._folder / new).mkdir(parents=True)
        self._clock.write_text("0\n", encoding="utf-8")
        with ThreadPoolExecutor(max_workers=1) as beside:
            build = beside.submit(built)
            self._say("starting AWS, Nova Poshta and Telegram on this machine")
            outside = self._start_standins()
            endpoint_url = self._start_aws()
            shop = self._shop(Path(outside["scenario"]))
            self._put_secrets(endpoint_url, outside, shop)
            facts = self._deploy(build, endpoint_url, outside, shop)
            if not self._wishes.telegram_api_url:
                self._connect_bot(outside, facts.outputs["BotUrl"])
            if self._wishes.windows and not self._wishes.shop_database_url:
                facts = self._open_windows(facts)
            return facts

    def _start_standins(self) -> dict[str, Any]:
        ready = self._folder / "standins.json"
        ready.unlink(missing_ok=True)
        log = self._log("standins")
        command: list[str | Path] = [sys.executable, "-P", "-m", "local.standins", "--port", "0"]
        command += ["--state", self._folder / "standins", "--clock-file", self._clock, "--ready-file", ready]
        command += self._wishes.standins
        environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
        process = start("the stand-ins", command, environ=environ, log=log)
        self._note(process)
        wait_until_ready(process, ready.exists, seconds=_START_SECONDS, log=log)
        told: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
        return told

    def _start_aws(self) -> str:
        log, port = self._log("ministack"), aws.free_port()
        process = aws.start_ministack(port=port, temporary=self._folder / "temporary", log=log)
        self._note(process)
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, lambda: aws.answers(f"{url}/_ministack/health"), seconds=_START_SECONDS, log=log)
        return url

    def _shop(self, told: Path) -> str:
        if not self._wishes.shop_database_url:
            self._say("filling the shop")
            return own_shop(self._folder / "shop.db", told)
        if is_http(self._wishes.shop_database_url):
            return self._wishes.shop_database_url  # whose database it is stands on the shop's side
        self._say("looking at the shop's database")
        if fill_if_empty(self._wishes.shop_database_url, told, schema=self._wishes.shop_schema):
            self._say("it was empty, and is a shop with invented orders now")
        return self._wishes.shop_database_url

    def _put_secrets(self, endpoint_url: str, outside: Mapping[str, Any], shop: str) -> None:
        wishes = self._wishes
        values = {
            _KEY: wishes.carrier_key(str(outside["api_key"])),
            _TOKEN: wishes.telegram_bot_token or str(outside["bot_token"]),
            _DATABASE: shop,
            WEBHOOK_SECRET: self._webhook_secret,
            _LINK_KEYS: self._link_keys,
            _CALL_SECRET: secrets.token_urlsafe(32),
            _API_KEYS: self._api_key,
        }
        aws.put_secrets(endpoint_url, values)

    def _deploy(self, build: Future[Path], endpoint_url: str, outside: Mapping[str, Any], shop: str) -> Facts:
        wishes = self._wishes
        carrier = wishes.nova_poshta_url or str(outside["nova_poshta_url"])
        key = wishes.carrier_key(str(outside["api_key"]))
        telegram = wishes.telegram_api_url or str(outside["telegram_api_url"])
        schema = wishes.shop_schema or "twocomms"
        parameters = {
            "Architecture": architecture(),
            "ScheduleState": "DISABLED",
            # A clock that is moved by days would tell of months that nobody lived through.
            "MonthlyReport": "off",
            "DigestHour": "",
            "Mode": wishes.mode,
            "OnlyOrders": wishes.only_orders,
            "ShopSchema": schema,
            "NovaPoshtaUrl": carrier,
            "NovaPoshtaApiKeyParameter": _KEY if key else "",
            "TelegramApiUrl": telegram,
            # Whoever brings a bot of their own names it (TelegramBotName) when they deploy.
            "TelegramBotName": "" if wishes.telegram_api_url else USERNAME,
            "ShopName": "TwoComms",
            "TelegramChatId": wishes.telegram_chat_id or str(outside["shop_chat_id"]),
            "ClockFile": str(self._clock),
            **wishes.parameters,
        }
        if not build.done():
            self._say("building the functions")
        ready = build.result()
        self._say("deploying the template")
        aws.deploy(
            ready, parameters, endpoint_url=endpoint_url, folder=self._folder / "temporary", log=self._log("deploy")
        )
        facts = Facts(
            endpoint_url=endpoint_url,
            region=aws.REGION,
            stack=aws.STACK,
            clock_file=str(self._clock),
            shop_database_url=shop,
            shop_schema=schema,
            mode=wishes.mode,
            only_orders=wishes.only_orders,
            nova_poshta_url=carrier,
            has_carrier_key=bool(key),
            telegram_api_url=telegram,
            control_url=str(outside["control_url"]),
            access_key=aws.ACCESS_KEY,
            secret_key=aws.SECRET_KEY,
            outputs=aws.outputs(endpoint_url),
            pids=self._pids(),
        )
        self._state.write_wishes(wishes.marks())
        self._state.write_facts(facts)
        return facts

    def _connect_bot(self, outside: Mapping[str, Any], url: str) -> None:
        """What `vistka bot install` does for a bot of one's own."""
        method = f"{outside['telegram_api_url']}/bot{outside['bot_token']}/setWebhook"
        wanted = {"url": url, "secret_token": self._webhook_secret, "allowed_updates": list(ALLOWED)}
        aws.post_json(method, wanted)

    def _open_windows(self, facts: Facts) -> Facts:
        self._say("opening the shop and the cockpit")
        shop_url = open_shop(
            self._folder / "shop.db",
            web_url=facts.outputs["WebUrl"],
            web_key=self._api_key,
            link_key=self._link_keys,
            note=self._note,
            log=self._log("shop"),
        )
        # The cockpit finds the world by its facts.
        facts = replace(facts, shop_url=shop_url, pids=self._pids())
        self._state.write_facts(facts)
        cockpit_url = open_cockpit(self._folder, note=self._note, log=self._log("cockpit"))
        facts = replace(facts, cockpit_url=cockpit_url, pids=self._pids())
        self._state.write_facts(facts)
        return facts

    def _pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in self._processes}

    def _note(self, process: Process) -> None:
        self._processes.append(process)
        self._state.write_processes(self._processes)

    def _log(self, name: str) -> Path:
        return self._folder / "log" / f"{name}.log"


def _end(state: State) -> None:
    state.forget_facts()
    for process in reversed(state.processes()):
        stop(process)
    state.write_processes([])
    shutil.rmtree(state.folder / "temporary", ignore_errors=True)
