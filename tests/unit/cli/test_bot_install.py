"""`vistka bot install` and `remove`: our webhook is set and checked, and nobody else's is replaced unasked."""

import base64

import pytest

from tests.unit.cli.scene import Scene
from vistka.adapters.telegram_bot import Webhook
from vistka.domain.errors import CredentialRefused, TelegramRejected, TelegramUnavailable
from vistka.domain.tokens import KeyRing
from vistka.domain.updates import ALLOWED

OWN = "https://abc.lambda-url.eu-central-1.on.aws/"
SECRET, KEYS = "/shop/webhook", "/shop/keys"
FOREIGN = Webhook(url="https://shop.example/hooks/7000000001:SECRETSECRET", waiting=3)


@pytest.fixture
def scene() -> Scene:
    made = Scene(outputs={"BotUrl": OWN})
    made.parameters |= {"TelegramWebhookSecretParameter": SECRET, "LinkKeysParameter": KEYS}
    return made


def test_a_bot_gets_its_webhook_with_a_secret_keys_menu_and_description(scene: Scene) -> None:
    result = scene.run("bot", "install")
    assert result.exit_code == 0, result.output
    assert all(line.startswith("✓") for line in result.stdout.splitlines())
    account = scene.account
    assert (account.hook.url, account.hook.allowed_updates) == (OWN, ALLOWED)
    assert account.secret == scene.secrets.values[SECRET]
    assert len(account.secret) >= 40
    assert set(account.secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert KeyRing.parse(scene.secrets.values[KEYS]).signing == 1
    assert account.menus[""] == {
        "status": "Де мої посилки",
        "stop": "Більше нічого не писати",
        "help": "Що вміє цей бот",
    }
    assert account.menus["en"]["status"] == "Where my parcels are"
    assert account.menus["ru"]["stop"] == "Больше ничего не писать"
    assert account.descriptions[""].startswith("Тут з’являтимуться новини про вашу посилку")
    assert all(len(text) <= 512 for text in account.descriptions.values())
    assert account.secret not in result.output


def test_readers_of_other_languages_see_the_shops_own(scene: Scene) -> None:
    scene.parameters["DefaultLanguage"] = "en"
    assert scene.run("bot", "install").exit_code == 0
    menus = scene.account.menus
    assert {code: menu["stop"] for code, menu in menus.items()} == {
        "": "Write nothing more",
        "uk": "Більше нічого не писати",
        "ru": "Больше ничего не писать",
    }
    assert scene.run("bot", "remove").exit_code == 0
    assert scene.account.menus == {"": {}, "uk": {}, "ru": {}}


def test_a_foreign_webhook_is_shown_and_never_replaced_unasked_f46(scene: Scene) -> None:
    scene.account.hook = FOREIGN
    result = scene.run("bot", "install")
    assert result.exit_code == 1
    assert "leads to another program: https://shop.example/…; nothing was changed" in result.stderr
    assert "vistka bot install --replace" in result.stderr
    assert "SECRET" not in result.output
    assert scene.account.hook is FOREIGN
    assert (scene.secrets.values, scene.account.menus, scene.account.descriptions) == ({}, {}, {})


def test_a_foreign_webhook_is_replaced_when_asked_f46(scene: Scene) -> None:
    scene.account.hook = FOREIGN
    assert scene.run("bot", "install", "--replace").exit_code == 0
    assert scene.account.hook.url == OWN


def test_a_second_time_keeps_secret_and_keys(scene: Scene) -> None:
    scene.run("bot", "install")
    before = dict(scene.secrets.values)
    scene.account.menus.clear()
    assert scene.run("bot", "install").exit_code == 0
    assert scene.secrets.values == before
    assert scene.account.menus["en"]


def test_a_menu_or_description_of_the_shops_own_stays_unless_it_is_to_be_replaced(scene: Scene) -> None:
    scene.account.menus[""] = {"catalogue": "Каталог"}
    scene.account.descriptions["ru"] = "Наш магазин"
    result = scene.run("bot", "install")
    assert result.exit_code == 0
    assert "! your own  the bot's menu and description stayed as it was → --replace writes ours" in result.stdout
    assert scene.account.menus[""] == {"catalogue": "Каталог"}
    assert scene.account.descriptions["ru"] == "Наш магазин"
    assert "your own" not in scene.run("bot", "install", "--replace").stdout
    assert "status" in scene.account.menus[""]


@pytest.mark.parametrize(
    ("right", "wrong", "shown"), [(403, 403, "403 and 403"), (200, 200, "200 and 200"), (None, None, "no answer and")]
)
def test_a_door_that_does_not_answer_as_it_should_is_a_failure(
    scene: Scene, right: int | None, wrong: int | None, shown: str
) -> None:
    scene.door = lambda secret: wrong if secret == "guess" else right
    result = scene.run("bot", "install")
    assert result.exit_code == 1
    assert f"✗ door     answered {shown}" in result.stdout


def test_a_webhook_that_telegram_does_not_confirm_is_a_failure(scene: Scene) -> None:
    scene.account.set_webhook = lambda *_args, **_named: None  # type: ignore[method-assign]
    result = scene.run("bot", "install")
    assert result.exit_code == 1
    assert "✗ webhook  Telegram does not say that it is set" in result.stdout


def test_keys_that_cannot_be_read_are_named_without_showing_them(scene: Scene) -> None:
    scene.secrets.values[KEYS] = f"1:{base64.b64encode(b'short').decode()}"
    result = scene.run("bot", "install")
    assert result.exit_code == 2
    assert "/shop/keys: LINK_KEYS: key 1 must be base64 of at least 32 random bytes" in result.stderr
    assert scene.account.hook == Webhook()


def test_a_stack_without_a_bot_is_told_to_be_deployed(scene: Scene) -> None:
    scene.outputs.clear()
    for command in ("install", "remove"):
        result = scene.run("bot", command)
        assert (result.exit_code, "the stack has no output BotUrl" in result.stderr) == (2, True)


@pytest.mark.parametrize("command", ["install", "remove"])
@pytest.mark.parametrize(
    "fault",
    [
        CredentialRefused("Telegram does not accept the bot token"),
        TelegramUnavailable("Telegram cannot be reached (ConnectTimeout)"),
        TelegramRejected("Telegram will not take this message: 400 Bad Request: bad webhook", reason="rejected"),
    ],
)
def test_what_telegram_refuses_is_one_line(scene: Scene, command: str, fault: Exception) -> None:
    scene.account.fault = fault  # type: ignore[assignment]
    result = scene.run("bot", command)
    assert result.exit_code in {1, 2}
    assert str(fault) in result.stderr
    assert "Traceback" not in result.output


def test_what_was_installed_is_removed_and_what_the_shop_wrote_stays(scene: Scene) -> None:
    scene.run("bot", "install")
    scene.account.menus["ru"] = {"catalogue": "Каталог"}
    result = scene.run("bot", "remove")
    assert result.exit_code == 0
    assert scene.account.hook == Webhook()
    assert scene.account.menus == {"": {}, "en": {}, "ru": {"catalogue": "Каталог"}}
    assert "nothing to do" in scene.run("bot", "remove").stderr


def test_a_foreign_webhook_is_not_removed_f46(scene: Scene) -> None:
    scene.account.hook = FOREIGN
    result = scene.run("bot", "remove")
    assert result.exit_code == 1
    assert "it was left alone" in result.stderr
    assert scene.account.hook is FOREIGN
