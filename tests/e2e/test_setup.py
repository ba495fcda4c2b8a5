"""A person sets a shop up at a terminal: against the local AWS, with the real SAM CLI; then goes live and back."""

import os
import pty
import re
import select
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.world.build import built
from local.world.wishes import ROOT
from local.world.world import World
from tests.e2e.commands import Said, vistka_of_stack

STACK: Final = "first-shop"
#: Seconds for the whole, a deployment included, on a busy machine.
_PATIENCE: Final = 240


@dataclass
class Terminal:
    """A pseudo-terminal in which one command runs; what it asks for is typed."""

    answers: list[tuple[str, str]]
    said: str = ""
    waited: list[str] = field(default_factory=list)

    def run(self, command: list[str], environ: dict[str, str]) -> int:
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(ROOT)
            os.execve(command[0], command, environ)
        deadline, seen = time.monotonic() + _PATIENCE, 0
        with os.fdopen(master, "r+b", buffering=0) as terminal:
            while time.monotonic() < deadline:
                if select.select([terminal], [], [], 1)[0]:
                    try:
                        read = os.read(master, 65536)
                    except OSError:  # Linux's word for a terminal whose program has ended
                        break
                    if not read:
                        break
                    self.said += read.decode(errors="replace")
                if self.answers and re.search(rf"{re.escape(self.answers[0][0])}.*: ?$", self.said[seen:]):
                    question, answer = self.answers.pop(0)
                    self.waited.append(question)
                    seen = len(self.said)
                    os.write(master, f"{answer}\n".encode())
        if time.monotonic() >= deadline:
            os.kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_shop_is_set_up_by_typing_answers_then_one_order_is_live_then_all_then_none(
    world: World, tmp_path: Path
) -> None:
    shop = tmp_path / "shop.db"
    shutil.copy(world.folder / "shop.db", shop)
    scenario_key, token, chat = _outside(world)
    answers = [
        ("API key", "wrong" * 5),
        ("API key", scenario_key),
        ("bot's token", token),
        ("own chat", chat),
        ("Schema file", ""),
        ("The shop", f"sqlite:///{shop}"),
        ("Mail address", "you@shop.example"),
        ("Language", "uk"),
        ("What a buyer hears", "+failed_attempt"),
        ("What the shop's chat hears", ""),
        ("Hour in Kyiv", ""),
        ("deploy?", "y"),
    ]
    terminal = Terminal(list(answers))
    config = tmp_path / "samconfig.toml"
    config.write_text('# mine\nversion = 0.1\n[default.deploy.parameters]\ntags = "team=shop"\n', encoding="utf-8")
    environ = _environ(world, tmp_path)
    command = [str(Path(sys.executable).with_name("vistka")), "setup", "--stack", STACK, "--built", str(built())]
    command += ["--config-file", str(config), "--parameter", "ScheduleState=DISABLED"]
    for name, value in {
        "NovaPoshtaUrl": world.facts.nova_poshta_url,
        "TelegramApiUrl": world.facts.telegram_api_url,
    }.items():
        command += ["--parameter", f"{name}={value}"]

    assert terminal.run(command, environ) == 0, terminal.said
    assert terminal.waited == [question for question, _ in answers]
    assert "API key is invalid" in terminal.said
    assert "the functions find carrier, shop and bot well from where they run" in terminal.said
    assert not [secret for secret in (scenario_key, token, str(shop)) if secret in terminal.said]
    remembered = config.read_text(encoding="utf-8")
    assert remembered.startswith("# mine\n")
    assert 'tags = "team=shop"' in remembered
    assert not [secret for secret in (scenario_key, token, str(shop)) if secret in remembered]

    def said(*arguments: str) -> Said:
        return vistka_of_stack(STACK, environ, *arguments)

    ran = said("run", "--wait", "--json").json
    assert ran["done"] == ran["batches"] > 0
    assert _counted(world)
    dry = said("update", "--dry-run", "--json")
    number = next(row["order_number"] for row in dry.json["parcels"] if row["stage"] == "in_transit")
    assert _modes(world) == {("shadow", "")}
    one = said("live", "--order", number, "--yes", "--json")
    assert one.json == {"mode": "live", "only_orders": [number], "was": {"mode": "shadow", "only_orders": []}}
    assert _modes(world) == {("live", number)}
    assert said("live", "--yes").code == 0
    assert _modes(world) == {("live", "")}
    assert said("shadow", "--yes").code == 0
    assert _modes(world) == {("shadow", "")}
    # Called again by a script: nothing is asked, nothing is lost, and the token of another bot is refused.
    assert said("setup", "--yes", "--dry-run", "--config-file", str(config)).code == 0
    other = vistka_of_stack(
        STACK,
        {**environ, "TELEGRAM_BOT_TOKEN": "7000000099:" + "C" * 35},
        "setup",
        "--yes",
        "--config-file",
        str(config),
    )
    assert other.code == 2
    assert "Telegram does not accept the bot token" in other.err


def _counted(world: World) -> bool:
    """Whether the functions' own rights let them count the month: runs, and the parcels that they saw."""
    (stack,) = world.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    asked = {"TableName": outputs["StoreTable"], "KeyConditionExpression": "pk = :pk"}
    (month,) = world.client("dynamodb").query(**asked, ExpressionAttributeValues={":pk": {"S": "MONTH"}})["Items"]
    return int(month["n_runs"]["N"]) == 1 and int(month["n_parcels"]["N"]) > 100


def _modes(world: World) -> set[tuple[str, str]]:
    """What the functions of that stack are told."""
    (stack,) = world.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    found = set()
    for function in ("DispatcherFunction", "TrackerFunction"):
        told = world.client("lambda").get_function_configuration(FunctionName=outputs[function])["Environment"]
        found.add((told["Variables"]["MODE"], told["Variables"]["ONLY_ORDERS"]))
    return found


def _outside(world: World) -> tuple[str, str, str]:
    """Key, token and chat that the stand-ins take."""
    ssm = world.client("ssm")
    key, token = (
        ssm.get_parameter(Name=f"/vistka/{name}", WithDecryption=True)["Parameter"]["Value"]
        for name in ("nova-poshta-api-key", "telegram-bot-token")
    )
    (stack,) = world.client("cloudformation").describe_stacks(StackName=world.facts.stack)["Stacks"]
    parameters = {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]}
    return key, token, parameters["TelegramChatId"]


def _environ(world: World, home: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "COLUMNS": "200",
        "AWS_ENDPOINT_URL": world.facts.endpoint_url,
        "AWS_ACCESS_KEY_ID": world.facts.access_key,
        "AWS_SECRET_ACCESS_KEY": world.facts.secret_key,
        "AWS_DEFAULT_REGION": world.facts.region,
    }
