"""A set-up in memory: a person who types, AWS as a few values, and carrier, Telegram and shop on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import click
import sqlalchemy as sa
from click.testing import CliRunner, Result

from local.shop.schema import tables
from tests.sockets import Behaviour, Request, Server, Wire, answer_json
from tests.template import TEMPLATE
from tests.unit.cli.scene import Scene
from vistka.cli.failures import Failure
from vistka.cli.main import cli
from vistka.cli.options import Outside
from vistka.cli.stack import Described
from vistka.cli.target import Choice, Target

KEY = "a" * 32
TOKEN = "7000000001:" + "A" * 35
OTHER_TOKEN = "7000000002:" + "B" * 35
CHAT = "-1001234567890"
REGION = "eu-central-1"


@dataclass
class Typist:
    """Types these in turn, and leaves when there are none left."""

    answers: list[str] = field(default_factory=list)
    there: bool = True
    asked: list[str] = field(default_factory=list)

    def text(self, question: str) -> str:
        self.asked.append(question)
        if not self.answers:
            raise click.Abort
        return self.answers.pop(0)

    def secret(self, question: str) -> str:
        return self.text(f"(hidden) {question}")

    def sure(self, question: str, *, default: bool) -> bool:
        return (self.text(question) or ("y" if default else "n")) == "y"


@dataclass
class Cloud:
    """An account of AWS. `refuses`: the failure that a step meets, by its name."""

    described: Described = field(default_factory=Described)
    secrets: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    deployed: dict[str, str] = field(default_factory=dict)
    refuses: dict[str, Failure] = field(default_factory=dict)

    def account(self) -> str:
        self._meet("account")
        return "000000000000"

    def describe(self) -> Described:
        return self.described

    def read_secret(self, name: str) -> str | None:
        return self.secrets.get(name)

    def write_secret(self, name: str, value: str) -> None:
        self._meet(f"write {name}")
        self.secrets[name] = value

    def remove_failed(self) -> None:
        self._meet("remove")
        self.described = Described()

    def build(self, architecture: str) -> Path:
        self._meet(f"build {architecture}")
        return Path("built")

    def deploy(self, built: Path, parameters: Mapping[str, str]) -> None:
        self._meet("deploy")
        before = self.described.parameters if self.described.there else {}
        self.deployed = dict(parameters)
        self.described = Described(status="CREATE_COMPLETE", parameters={**before, **parameters})

    def _meet(self, step: str) -> None:
        if failure := self.refuses.get(step.split(" ", maxsplit=1)[0]):
            raise failure
        self.steps.append(step)


class Ground:
    """One person's machine: the project in `folder`, a carrier, a Bot API and a shop beside it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.cloud = Cloud()
        self.scene = Scene()
        self.typist = Typist()
        self.hook = ""
        self.regions: list[str] = []
        self.environ = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        (folder / "functions").mkdir()
        (folder / "template.yaml").write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        self.shop = f"sqlite:///{folder / 'shop.db'}"
        engine = sa.create_engine(self.shop, poolclass=sa.NullPool)
        tables().create_all(engine)
        self.extra = [
            "--parameter", f"NovaPoshtaUrl={server.url}/v2.0/json/", "--parameter", f"TelegramApiUrl={server.url}",
        ]  # fmt: skip
        server.on("*", [self._answer])

    @property
    def config(self) -> str:
        file = self.folder / "samconfig.toml"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def run(self, *args: str, typed: list[str] | None = None) -> Result:
        self.typist.answers = list(typed or ())
        outside = Outside(
            folder=self.folder,
            environ=self.environ,
            choose=self._choose,
            connect=lambda _: self.scene.deployment(),
            prompt=self.typist,
            ground=lambda *_: self.cloud,
        )
        command = ["setup", *self.extra, *args]
        return CliRunner(env={"AWS_DEFAULT_REGION": None}).invoke(cli, command, obj=outside, prog_name="vistka")

    def quietly(self, *args: str, **environ: str) -> Result:
        """As a script does it."""
        given = {"NOVA_POSHTA_API_KEY": KEY, "TELEGRAM_BOT_TOKEN": TOKEN, "SHOP_DATABASE_URL": self.shop, **environ}
        before, self.environ = self.environ, {**self.environ, **given}
        try:
            return self.run("--yes", *args)
        finally:
            self.environ = before

    def _choose(self, choice: Choice, *, folder: Path, environ: Mapping[str, str]) -> Target:
        self.regions.append(str(choice.region))
        return Target(
            title="", stack=str(choice.stack), region=str(choice.region), session=boto3.Session(region_name=REGION)
        )

    def _answer(self, wire: Wire, request: Request) -> bool:
        return self._behaviour(request)(wire, request)

    def _behaviour(self, request: Request) -> Behaviour:
        if request.path.startswith("/v2.0/"):
            good = request.json()["apiKey"] in {"", KEY}
            number = {"Number": "20400000000000", "StatusCode": "3", "Status": "Номер не знайдено"}
            return answer_json(
                {"success": good, "data": [number] if good else [], "warnings": [], "info": []}
                | {"errors": [] if good else ["API key is invalid"], "errorCodes": [] if good else ["20000200068"]}
            )
        token, _, method = request.path.removeprefix("/bot").partition("/")
        bots = {TOKEN: "@shop_bot", OTHER_TOKEN: "@other_bot"}
        if token not in bots:
            return answer_json({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        if method == "getChat" and request.json()["chat_id"] != int(CHAT):
            data = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
            return answer_json(data, status=400)
        results: dict[str, Any] = {
            "getMe": {"id": int(token.partition(":")[0]), "username": bots[token].removeprefix("@")},
            "getWebhookInfo": {"url": self.hook, "pending_update_count": 0},
            "getChat": {"id": int(CHAT), "type": "supergroup", "title": "Крамниця"},
            "sendChatAction": True,
        }
        return answer_json({"ok": True, "result": results[method]})
