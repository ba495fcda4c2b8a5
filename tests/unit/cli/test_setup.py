"""`vistka setup`."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sockets import Server
from tests.template import template
from tests.unit.cli.setting_up import CHAT, KEY, OTHER_TOKEN, TOKEN, Ground
from vistka.cli.failures import Failure, WrongUse
from vistka.cli.functions import Function
from vistka.cli.samconfig import SamConfig
from vistka.cli.setup.checks import email, only_here
from vistka.cli.setup.place import SECRETS, template_parameters
from vistka.cli.stack import Described

TELLING = ("DefaultLanguage", "BuyerNotices", "ShopNotices", "DigestHour")
NAMES = ("/vistka/nova-poshta-api-key", "/vistka/telegram-bot-token", "/vistka/shop-database-url")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with Server() as server:
        yield Ground(tmp_path, server)


def typed(ground: Ground, **changed: str) -> list[str]:
    answers = {"key": KEY, "token": TOKEN, "chat": CHAT, "schema": "", "shop": ground.shop, "email": "a@b.example"}
    answers |= dict.fromkeys(("language", "buyer", "notices", "digest"), "")
    return [*{**answers, **changed}.values(), "y"]


def nothing_was_written(ground: Ground) -> bool:
    return not ground.cloud.secrets and not ground.cloud.deployed and not ground.config


# --- the way through ------------------------------------------------------------------------------------------------


def test_a_person_types_six_answers_keeps_four_and_has_a_deployment_in_shadow(ground: Ground) -> None:
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 0, result.output
    assert ground.cloud.secrets == dict(zip(NAMES, (KEY, TOKEN, ground.shop), strict=True))
    assert ground.cloud.deployed["Mode"] == "shadow"
    assert ground.cloud.deployed["TelegramChatId"] == CHAT
    assert ground.cloud.deployed["AlarmEmail"] == "a@b.example"
    assert [step.split()[0] for step in ground.cloud.steps] == ["account", "build", "write", "write", "write", "deploy"]
    assert "deployed, shadow: stack vistka, eu-central-1" in result.stderr
    assert "vistka live --order <one of your own>" in result.stderr


def test_secrets_are_asked_for_without_echo_and_shown_nowhere(ground: Ground) -> None:
    result = ground.run(typed=typed(ground))
    hidden = [question for question in ground.typist.asked if question.startswith("(hidden)")]
    assert len(hidden) == 3
    for secret in (KEY, TOKEN, ground.shop):
        assert secret not in result.output + ground.config


def test_what_was_answered_is_remembered_for_later_deployments_without_the_mode(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    config = SamConfig(ground.folder / "samconfig.toml")
    assert (config.get("stack_name"), config.get("region")) == ("vistka", "eu-central-1")
    assert config.parameters["TelegramChatId"] == CHAT
    assert config.parameters["TelegramBotTokenParameter"] == "/vistka/telegram-bot-token"
    assert not {"Mode", "OnlyOrders"} & config.parameters.keys()


def test_a_wrong_answer_is_said_at_once_and_asked_again(ground: Ground) -> None:
    answers = ["wrong", KEY, "", "7:x", TOKEN, "@shop", "-5", CHAT, "nosuch", "twocomms", "mysql://", ground.shop]
    result = ground.run(
        typed=[*answers, "me", "a@b.example", "de", "", "+kind", "", "+received, refused", "", "24", "", "y"]
    )
    assert result.exit_code == 0, result.output
    for said in (
        "API key is invalid",
        "the bot's token is needed",
        "Telegram does not accept the bot token",
        "not the number of a chat → a number such as -1001234567890; not an @name",
        "Telegram knows no such chat → add the bot to the chat",
        "nosuch",
        "SHOP_DATABASE_URL",
        "not a mail address",
        "not one of en, ru, uk",
        "'kind' is no kind of news that can be chosen",
        "either lists the kinds, or changes the default",
        "not an hour from 0 to 23",
    ):
        assert said in result.stderr
    assert ground.cloud.secrets[NAMES[0]] == KEY


def test_a_person_reads_which_schemas_there_are_and_that_an_https_shop_needs_none(ground: Ground) -> None:
    said = ground.run(typed=typed(ground)).stderr
    assert "django, opencart, twocomms" in said
    assert "a shop that answers over https has none: Enter" in said


def test_called_again_enter_keeps_everything(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    first = dict(ground.cloud.secrets)
    ground.cloud.steps.clear()
    result = ground.run(typed=[""] * 10 + ["y"])
    assert result.exit_code == 0, result.output
    assert ground.cloud.secrets == first
    assert not [step for step in ground.cloud.steps if step.startswith("write")]
    assert ground.cloud.deployed["TelegramChatId"] == CHAT
    assert "(hidden) Nova Poshta's API key (Enter: kept, - for none)" in ground.typist.asked
    assert f"Number of the shop's own chat (Enter: {CHAT}, - for none)" in ground.typist.asked


def test_what_is_optional_may_be_none(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    result = ground.run(typed=["-", "", "-", "", "", "-", "", "", "y"])
    assert result.exit_code == 0, result.output
    assert {ground.cloud.deployed[name] for name in ("NovaPoshtaApiKeyParameter", "TelegramChatId", "AlarmEmail")} == {
        ""
    }


def test_who_hears_of_what_in_which_language_and_when_is_asked_once_each(ground: Ground) -> None:
    answers = typed(ground, language="en", buyer="+failed_attempt", notices="refused, returned", digest="-")
    result = ground.run(typed=answers)
    assert result.exit_code == 0, result.output
    told = {name: ground.cloud.deployed[name] for name in TELLING}
    assert told == dict(zip(TELLING, ("en", "+failed_attempt", "refused, returned", ""), strict=True))
    assert {name: SamConfig(ground.folder / "samconfig.toml").parameters[name] for name in TELLING} == told
    assert "a buyer hears failed_attempt, last_day, on_its_way, received, waiting, with_courier" in result.stderr
    assert "the shop's chat hears refused, returned" in result.stderr
    assert ground.typist.asked[6:10] == [
        "Language of messages: en, ru, uk (Enter: uk)",
        "What a buyer hears (Enter: the usual ones)",
        "What the shop's chat hears (Enter: the usual ones)",
        "Hour in Kyiv at which the shop's chat hears once a day how all parcels stand (Enter: 10, - for never)",
    ]
    again = ground.run(typed=[""] * 10 + ["y"])
    assert again.exit_code == 0, again.output
    assert {name: ground.cloud.deployed[name] for name in TELLING} == told
    assert "What a buyer hears (Enter: +failed_attempt, - for the usual ones)" in ground.typist.asked


def test_enter_leaves_what_is_told_as_the_template_has_it(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    defaults = {name: str(template()["Parameters"][name]["Default"]) for name in TELLING}
    assert {name: ground.cloud.deployed[name] for name in TELLING} == defaults


def test_a_shop_without_a_chat_is_not_asked_what_it_shall_hear(ground: Ground) -> None:
    result = ground.run(typed=[KEY, TOKEN, "", "", ground.shop, "", "", "", "y"])
    assert result.exit_code == 0, result.output
    assert not any("shop's chat hears" in question for question in ground.typist.asked)


def test_a_script_says_who_hears_of_what_by_flags(ground: Ground) -> None:
    flags = ("--language", "ru", "--buyer-notices", "none", "--shop-notices", "-returned", "--digest-hour", "7")
    result = ground.quietly("--chat", CHAT, *flags)
    assert result.exit_code == 0, result.output
    assert [ground.cloud.deployed[name] for name in TELLING] == ["ru", "none", "-returned", "7"]
    wrong = ground.quietly("--chat", CHAT, "--digest-hour", "late")
    assert (wrong.exit_code, "not an hour from 0 to 23" in wrong.stderr) == (2, True)


def test_a_live_stack_stays_live_with_its_orders(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    live = {**ground.cloud.deployed, "Mode": "live", "OnlyOrders": "TWC01"}
    ground.cloud.described = Described(status="UPDATE_COMPLETE", parameters=live)
    result = ground.run(typed=[""] * 10 + ["y"])
    assert (ground.cloud.deployed["Mode"], ground.cloud.deployed["OnlyOrders"]) == ("live", "TWC01")
    assert "and stays live" in result.stderr


def test_a_first_deployment_is_in_shadow_whatever_samconfig_says(ground: Ground) -> None:
    text = '[default.deploy.parameters]\nparameter_overrides = "Mode=live LogLevel=DEBUG"\n'
    (ground.folder / "samconfig.toml").write_text(text, encoding="utf-8")
    assert ground.run(typed=typed(ground)).exit_code == 0
    assert ground.cloud.deployed["Mode"] == "shadow"
    assert ground.cloud.deployed["LogLevel"] == "DEBUG"
    assert SamConfig(ground.folder / "samconfig.toml").parameters["Mode"] == "shadow"


def test_a_second_stack_has_secrets_of_its_own(ground: Ground) -> None:
    ground.run("--stack", "second", typed=typed(ground))
    assert set(ground.cloud.secrets) == {name.replace("vistka", "second", 1) for name in NAMES}
    names = {value for name, value in ground.cloud.deployed.items() if name.endswith("Parameter") and value}
    assert len(names) >= 5
    assert all(name.startswith("/second/") for name in names)


# --- leaving, and coming back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", range(11))
def test_leaving_at_any_question_has_written_nothing(ground: Ground, answers: int) -> None:
    result = ground.run(typed=typed(ground)[:answers])
    assert result.exit_code == 130
    assert "nothing was written or deployed; call `vistka setup` again" in result.stderr
    assert nothing_was_written(ground)


def test_a_no_at_the_end_writes_nothing(ground: Ground) -> None:
    result = ground.run(typed=[*typed(ground)[:-1], "n"])
    assert result.exit_code == 1
    assert nothing_was_written(ground)


def test_a_dry_run_checks_everything_and_writes_nothing(ground: Ground) -> None:
    result = ground.run("--dry-run", typed=typed(ground))
    assert result.exit_code == 0
    assert "vistka is made, in shadow" in result.stderr
    assert nothing_was_written(ground)
    assert ground.cloud.steps == ["account"]


def test_a_build_that_fails_has_written_nothing(ground: Ground) -> None:
    ground.cloud.refuses["build"] = Failure("sam build failed: Error: no network")
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "error: sam build failed: Error: no network"
    assert nothing_was_written(ground)


def test_a_secret_that_cannot_be_written_ends_it_before_the_deployment(ground: Ground) -> None:
    ground.cloud.refuses["write"] = WrongUse("writing the parameter: not allowed")
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 2
    assert "not allowed; nothing was written; repair it, then call `vistka setup` again" in result.stderr
    assert nothing_was_written(ground)


def test_after_a_deployment_that_failed_the_next_call_makes_the_stack_anew(ground: Ground) -> None:
    ground.cloud.refuses["deploy"] = Failure("sam deploy failed (StoreRole: not allowed)")
    assert ground.run(typed=typed(ground)).exit_code == 1
    ground.cloud.described = Described(status="ROLLBACK_COMPLETE", parameters=dict.fromkeys(SECRETS, "/x"))
    ground.cloud.refuses.clear()
    ground.cloud.steps.clear()
    result = ground.run(typed=[""] * 10 + ["y"])
    assert result.exit_code == 0, result.output
    assert "its first deployment failed: it is made anew" in result.stderr
    assert ground.cloud.steps[-2:] == ["remove", "deploy"]
    assert ground.cloud.deployed["TelegramChatId"] == CHAT


def without_columns(ground: Ground) -> None:
    with sqlite3.connect(ground.folder / "shop.db") as shop:
        shop.execute("ALTER TABLE orders_order DROP COLUMN shipment_status")
        shop.execute("ALTER TABLE orders_order DROP COLUMN shipment_status_updated")
    shop.close()


def columns(ground: Ground) -> set[str]:
    with sqlite3.connect(ground.folder / "shop.db") as shop:
        found = {row[1] for row in shop.execute("PRAGMA table_info(orders_order)")}
    shop.close()
    return {name for name in found if name.startswith("shipment_")}


def test_columns_that_are_missing_are_added_when_the_person_says_so(ground: Ground) -> None:
    without_columns(ground)
    answers = typed(ground)
    result = ground.run(typed=[*answers[:5], "n", ground.shop, "", *answers[5:]])
    assert result.exit_code == 0, result.output
    asked = [question for question in ground.typist.asked if "Add these columns now?" in question]
    assert len(asked) == 2
    assert "ALTER TABLE orders_order ADD COLUMN shipment_status " in asked[0]
    assert columns(ground) == {"shipment_status", "shipment_status_updated"}


def test_a_script_says_that_columns_shall_be_added(ground: Ground) -> None:
    without_columns(ground)
    refused = ground.quietly()
    assert refused.exit_code == 2
    assert "run `vistka migrate`; --shop-url-file" in refused.stderr
    assert ground.quietly("--migrate", "--dry-run").exit_code == 2
    assert columns(ground) == set()
    assert ground.quietly("--migrate").exit_code == 0
    assert len(columns(ground)) == 2


# --- scripts ----------------------------------------------------------------------------------------------------------


def test_scripts_answer_by_flags_and_variables(ground: Ground) -> None:
    result = ground.quietly("--chat", CHAT, "--alarm-email", "a@b.example", "--schema", "twocomms")
    assert result.exit_code == 0, result.output
    assert ground.typist.asked == []
    assert ground.cloud.deployed["Mode"] == "shadow"


def test_secrets_may_stand_in_files(ground: Ground, tmp_path: Path) -> None:
    for name, value in {"key": KEY, "token": TOKEN, "shop": ground.shop}.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    flags = ["--api-key-file", str(tmp_path / "key"), "--bot-token-file", str(tmp_path / "token")]
    result = ground.run("--yes", *flags, "--shop-url-file", str(tmp_path / "shop"), "--chat", CHAT)
    assert result.exit_code == 0, result.output
    assert set(ground.cloud.secrets.values()) == {KEY, TOKEN, ground.shop}


def test_all_that_is_missing_is_named_at_once(ground: Ground) -> None:
    result = ground.run("--yes", "--no-api-key", "--chat", CHAT)
    assert result.exit_code == 2
    assert "missing: --bot-token-file, --shop-url-file" in result.stderr
    assert nothing_was_written(ground)


@pytest.mark.parametrize(
    ("variables", "args", "said"),
    [
        ({"NOVA_POSHTA_API_KEY": "old"}, [], "Nova Poshta's API key: Nova Poshta: API key is invalid"),
        ({"TELEGRAM_BOT_TOKEN": "7:x"}, [], "the bot's token: Telegram does not accept the bot token"),
        ({}, ["--chat", "-7"], "the shop's chat: Telegram knows no such chat"),
        ({}, ["--schema", "nosuch"], "the shop's schema: "),
        ({"SHOP_DATABASE_URL": "sqlite:////nowhere/shop.db"}, [], "the shop: "),
        ({}, ["--alarm-email", "me"], "the alarm address: not a mail address"),
    ],
)
def test_a_wrong_value_of_a_script_is_one_line_and_changes_nothing(
    ground: Ground, variables: dict[str, str], args: list[str], said: str
) -> None:
    result = ground.quietly(*args, **variables)
    assert result.exit_code == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"error: {said}")
    assert "; " in last
    assert nothing_was_written(ground)


def test_unchecked_values_are_taken_as_they_are(ground: Ground) -> None:
    result = ground.quietly("--unchecked", "--chat", "-7", NOVA_POSHTA_API_KEY="old")
    assert result.exit_code == 0, result.output
    assert ground.cloud.secrets[NAMES[0]] == "old"


def test_without_a_terminal_nothing_is_asked(ground: Ground) -> None:
    ground.typist.there = False
    result = ground.run()
    assert result.exit_code == 2
    assert "no terminal to ask in: give every value by its flag, and --yes" in result.stderr


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("LogLevel", "give it as Name=value"),
        ("NoSuch=1", "the template has no such parameter"),
        ("Mode=live", "`vistka live` and `vistka shadow` change it"),
        ("AlarmEmail=a@b.example", "has a flag of its own"),
    ],
)
def test_another_parameter_is_one_of_the_template(ground: Ground, parameter: str, said: str) -> None:
    result = ground.run("--parameter", parameter, typed=typed(ground))
    assert result.exit_code == 2
    assert said in result.stderr


def test_two_secrets_do_not_both_stand_on_standard_input(ground: Ground) -> None:
    result = ground.run("--yes", "--api-key-file", "-", "--bot-token-file", "-")
    assert result.exit_code == 2
    assert "standard input is one value" in result.stderr


def test_a_secrets_file_that_is_empty_or_gone_is_named_by_its_flag(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for file in ("empty", "gone"):
        result = ground.run("--yes", "--bot-token-file", str(tmp_path / file))
        assert result.exit_code == 2
        assert "--bot-token-file" in result.stderr


# --- what is there already --------------------------------------------------------------------------------------------


def test_the_token_of_another_bot_is_asked_about(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    result = ground.run(typed=["", OTHER_TOKEN, "n", *[""] * 9, "y"])
    assert result.exit_code == 0, result.output
    assert any("@other_bot is another bot than the one set up before" in question for question in ground.typist.asked)
    assert ground.cloud.secrets[NAMES[1]] == TOKEN


def test_a_script_says_that_another_bot_is_meant(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    refused = ground.quietly(TELEGRAM_BOT_TOKEN=OTHER_TOKEN)
    assert refused.exit_code == 2
    assert "it is that of another bot (@other_bot) than the one set up before; take the token of the same bot" in (
        refused.stderr
    )
    assert ground.cloud.secrets[NAMES[1]] == TOKEN
    assert ground.quietly("--other-bot", TELEGRAM_BOT_TOKEN=OTHER_TOKEN).exit_code == 0
    assert ground.cloud.secrets[NAMES[1]] == OTHER_TOKEN


def test_a_webhook_that_is_there_is_shown_and_left_alone(ground: Ground) -> None:
    ground.hook = "https://shop.example/bot/secret"
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 0
    assert "leads to another program: https://shop.example/…" in result.stderr
    assert "bot/secret" not in result.output
    assert "the bot's webhook stays another program's" in result.stderr


def test_a_webhook_of_our_own_is_known_when_it_is_set_up_again(ground: Ground) -> None:
    first = ground.run(typed=typed(ground))
    assert "vistka bot install: buyers then link their chats by a tap" in first.stderr
    ground.hook = "https://abc.lambda-url.example/"
    ground.cloud.described = replace(ground.cloud.described, outputs={"BotUrl": "https://abc.lambda-url.example/"})
    again = ground.run(typed=[""] * 10 + ["y"])
    assert "leads to this deployment" in again.stderr
    assert "bot install" not in again.stderr


def test_a_region_that_is_none_is_named_with_those_near_it(ground: Ground) -> None:
    result = ground.run("--region", "eu-centrl-1")
    assert result.exit_code == 2
    assert re.search(r"eu-centrl-1 is no AWS region; there are eu-\w+-\d", result.stderr)
    assert ground.cloud.steps == []


def test_another_region_than_the_one_set_up_is_no_slip_of_the_hand(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    result = ground.run("--region", "eu-west-1")
    assert result.exit_code == 2
    assert "deploys stack vistka to eu-central-1, and eu-west-1 was asked for; give --region eu-central-1" in (
        result.stderr
    )


def test_the_region_is_the_one_asked_for_then_the_remembered_then_frankfurt(ground: Ground) -> None:
    ground.run(typed=typed(ground))
    assert set(ground.regions) == {"eu-central-1"}
    ground.regions.clear()
    ground.run("--stack", "second", "--region", "eu-north-1", typed=typed(ground))
    ground.run(typed=[""] * 10 + ["y"])
    assert set(ground.regions) == {"eu-north-1"}


def test_without_credentials_it_ends_before_the_first_question(ground: Ground) -> None:
    ground.cloud.refuses["account"] = WrongUse("asking AWS whose account this is: no AWS credentials; set AWS_PROFILE")
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 2
    assert ground.typist.asked == []


@pytest.mark.parametrize(
    ("described", "code", "said"),
    [
        (Described(status="UPDATE_IN_PROGRESS"), 1, "a deployment is under way"),
        (Described(status="CREATE_COMPLETE", parameters={"Size": "1"}), 2, "is not Vistka; take another --stack"),
    ],
)
def test_a_stack_that_must_be_left_alone_is(ground: Ground, described: Described, code: int, said: str) -> None:
    ground.cloud.described = described
    result = ground.run(typed=typed(ground))
    assert result.exit_code == code
    assert said in result.stderr
    assert nothing_was_written(ground)


def test_elsewhere_than_in_the_project_it_says_where_to_go(ground: Ground, tmp_path: Path) -> None:
    ground.folder = Path("/")
    result = ground.run()
    assert result.exit_code == 2
    assert "the project's folder, the one with template.yaml" in result.stderr


def test_what_the_functions_find_wrong_from_where_they_run_ends_it_as_failed(ground: Ground) -> None:
    away = {"name": "shop database", "ok": False, "text": "cannot be reached", "hint": "let the functions in"}
    ground.scene.functions.answers[Function.DISPATCHER] = {"findings": [away]}
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 1
    assert "✗ shop database  cannot be reached → let the functions in" in result.stderr
    assert ground.cloud.deployed


def test_the_old_cron_is_named_in_the_closing_lines(ground: Ground) -> None:
    left = {"name": "other writers", "ok": True, "text": "3 of 9 open orders show", "hint": "switch the old cron off"}
    ground.scene.functions.answers[Function.DISPATCHER] = {"findings": [left]}
    result = ground.run(typed=typed(ground))
    assert result.exit_code == 0
    assert "! other writers  3 of 9 open orders show → switch the old cron off" in result.stderr


# --- small parts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("sqlite:///shop.db", True),
        ("mysql://root@127.0.0.1:3306/shop", True),
        ("postgresql://u:p@localhost/shop", True),
        ("mysql://u:p%40@[::1]/shop", True),
        ("mysql://u:p@db.shop.example/shop", False),
        ("https://key:secret@shop.example/vistka", False),
    ],
)
def test_what_is_on_this_machine_is_nowhere_for_aws(url: str, wrong: bool) -> None:  # noqa: FBT001
    assert bool(only_here(url)) is wrong


@pytest.mark.parametrize(("address", "ok"), [("", True), ("a@b.example", True), ("a@b", False), ("a b@c.d", False)])
def test_a_mail_address_looks_like_one(address: str, ok: bool) -> None:  # noqa: FBT001
    assert all(finding.ok for finding in email(address)) is ok


def test_the_templates_parameters_are_read_as_cloudformation_reads_them() -> None:
    wanted = {name: str(one.get("Default", "")) for name, one in template()["Parameters"].items()}
    assert template_parameters(Path(__file__).resolve().parents[3] / "template.yaml") == wanted
