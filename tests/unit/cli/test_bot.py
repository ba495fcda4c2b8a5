"""`vistka bot status`."""

from datetime import UTC, datetime

from tests.unit.cli.scene import Scene
from vistka.adapters.telegram_bot import Webhook
from vistka.domain.errors import CredentialRefused, TelegramUnavailable

OWN = "https://abc.lambda-url.eu-central-1.on.aws/"


def test_a_bot_without_a_webhook_is_heard_by_nobody(scene: Scene) -> None:
    result = scene.run("bot", "status")
    assert result.exit_code == 0
    assert "✓ bot      @shop_bot" in result.stdout
    assert "✓ webhook  none: nobody hears what people write to the bot" in result.stdout


def test_without_a_webhook_a_stack_that_has_one_to_give_says_how(scene: Scene) -> None:
    scene.outputs["BotUrl"] = OWN
    assert "! webhook  none: nobody hears what people write to the bot → vistka bot install" in (
        scene.run("bot", "status").stdout
    )


def test_a_foreign_webhook_is_shown_without_its_path_and_left_as_it_is(scene: Scene) -> None:
    scene.outputs["BotUrl"] = OWN
    scene.account.hook = foreign = Webhook(url="https://shop.example/hooks/7000000001:SECRETSECRET", waiting=2)
    result = scene.run("bot", "status")
    assert result.exit_code == 0
    assert "! webhook            leads to another program: https://shop.example/… → it stays as it is" in result.stdout
    assert "2 updates waiting" in result.stdout
    assert "SECRET" not in result.output
    assert scene.account.hook is foreign


def test_our_own_webhook_is_known_by_the_stacks_address(scene: Scene) -> None:
    scene.outputs["BotUrl"] = OWN
    scene.account.hook = Webhook(url=f"{OWN}telegram")
    assert "✓ webhook  leads to this deployment" in scene.run("bot", "status").stdout


def test_what_telegram_had_to_complain_about_is_told(scene: Scene) -> None:
    scene.account.hook = Webhook(
        url="https://shop.example/",
        last_error="Wrong response: 500",
        last_error_at=datetime(2026, 1, 13, 8, tzinfo=UTC),
    )
    assert "2026-01-13 10:00 Kyiv time: Wrong response: 500" in scene.run("bot", "status").stdout


def test_scripts_get_whose_it_is(scene: Scene) -> None:
    scene.account.hook = Webhook(url="https://shop.example/x", allowed_updates=("message",))
    assert scene.json("bot", "status") == (
        0,
        {
            "bot": "@shop_bot",
            "webhook": {
                "owner": "another program",
                "place": "https://shop.example/…",
                "waiting": 0,
                "last_error": None,
                "last_error_at": None,
                "allowed_updates": ["message"],
            },
        },
    )


def test_a_refused_token_and_an_outage_are_one_line_with_what_to_do(scene: Scene) -> None:
    scene.account.fault = CredentialRefused("Telegram does not accept the bot token")
    refused = scene.run("bot", "status")
    assert refused.exit_code == 1
    assert "take the token from @BotFather and run `vistka setup`" in refused.stderr
    scene.account.fault = TelegramUnavailable("Telegram cannot be reached (ConnectionError)")
    assert scene.run("bot", "status").stderr.splitlines()[-1].endswith("(ConnectionError); try again")
