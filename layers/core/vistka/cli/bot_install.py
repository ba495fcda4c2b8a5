"""`vistka bot install` and `vistka bot remove`: our webhook on the shop's bot, and nobody else's touched unasked."""

import base64
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import click

from vistka.cli.account import Account
from vistka.cli.bot import OWN_URL, owner_of
from vistka.cli.check import print_findings
from vistka.cli.deployment import Deployment
from vistka.cli.failures import Failure, WrongUse, of_package
from vistka.cli.options import Outside, deployment_options, pass_outside
from vistka.cli.render import errors, plain
from vistka.domain.errors import ConfigurationError, CredentialRefused, VistkaError
from vistka.domain.languages import DEFAULT_LANGUAGE, LANGUAGES
from vistka.domain.orders import Finding
from vistka.domain.tokens import KEY_BYTES, KeyRing
from vistka.domain.updates import ALLOWED

if TYPE_CHECKING:
    from vistka.adapters.telegram_bot import Webhook

#: What the menu offers; /start comes with the button that opens the chat.
MENU: Final = ("status", "stop", "help")


@click.command(short_help="Let buyers link their chats: webhook, keys, menu.")
@click.option("--replace", is_flag=True, help="Take the place of another program's webhook, menu and description.")
@deployment_options
@pass_outside
def install(outside: Outside, *, replace: bool) -> None:
    """Set the bot's webhook to this deployment, with its secret, the keys of links, the menu and the description.

    A bot has one webhook: that of another program is shown and left alone, unless --replace. What is there already
    stays: the secret, the keys, a menu or a description of your own. A second time it mends what is missing.

    \b
    Examples:
      vistka bot install
      vistka bot install --replace

    Exit code: 0 installed, 1 refused or Telegram cannot be asked, 2 wrong use or configuration.
    """
    deployment = outside.deployment()
    own_url = _own_url(deployment)
    account = deployment.bot()
    try:
        who, hook = account.me(), account.webhook()
        _refuse_foreign(hook, own_url, replace=replace)
        secret, ring = _secret(deployment), _link_keys(deployment)
        account.set_webhook(own_url, secret=secret, allowed_updates=ALLOWED)
        kept = list(_describe(account, _menus(deployment), replace=replace))
        now = account.webhook()
    except CredentialRefused as error:
        raise of_package(error, advice="take the token from @BotFather and run `vistka setup`") from error
    except VistkaError as error:
        raise of_package(error) from error
    found = [Finding(name="bot", ok=True, text=who.name), _led(now, own_url), _door(deployment, own_url, secret)]
    found += [Finding(name="links", ok=True, text=f"signed with key {ring.signing} of {len(ring.keys)}"), *kept]
    print_findings(found)
    if not all(finding.ok for finding in found):
        raise SystemExit(1)
    errors().print("installed: `vistka link ORDER` makes a link for a buyer", style="green")


@click.command(short_help="Take our webhook and menu away.")
@deployment_options
@pass_outside
def remove(outside: Outside) -> None:
    """Take this deployment's webhook away from the bot, and the menu with it. Another program's stays.

    Chats stay linked and news go on to them; only what people write is heard by nobody. `vistka bot install` brings it
    back.

    \b
    Example:
      vistka bot remove

    Exit code: 0 there is none of ours, 1 refused or Telegram cannot be asked, 2 wrong use or configuration.
    """
    deployment = outside.deployment()
    own_url = _own_url(deployment)
    account = deployment.bot()
    try:
        hook = account.webhook()
        match owner_of(hook, own_url):
            case "none":
                errors().print("nothing to do: the bot has no webhook")
                return
            case "another program":
                raise Failure(f"the webhook leads to another program: {plain(hook.place)}", advice="it was left alone")
        account.delete_webhook()
        for code, language in _menus(deployment).items():
            if account.commands(code) == _menu(language):
                account.set_commands(code, {})
    except VistkaError as error:
        raise of_package(error) from error
    errors().print("removed: nobody hears what people write to the bot")


def _own_url(deployment: Deployment) -> str:
    url = deployment.outputs.get(OWN_URL, "")
    if not url:
        raise WrongUse(f"the stack has no output {OWN_URL}: deploy this version first")
    return url


def _refuse_foreign(hook: "Webhook", own_url: str, *, replace: bool) -> None:
    if replace or owner_of(hook, own_url) != "another program":
        return
    raise Failure(
        f"the webhook leads to another program: {plain(hook.place)}; nothing was changed",
        advice="let that program pass on what it does not know (README, «A bot that you have already»), or "
        "`vistka bot install --replace`, which ends what it does",
    )


def _secret(deployment: Deployment) -> str:
    name = deployment.parameters.get("TelegramWebhookSecretParameter", "")
    found = deployment.secrets.read(name)
    if found is None:
        found = secrets.token_urlsafe(32)
        deployment.secrets.write(name, found)
    return found


def _link_keys(deployment: Deployment) -> KeyRing:
    name = deployment.parameters.get("LinkKeysParameter", "")
    found = deployment.secrets.read(name)
    if found is None:
        found = f"1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
        deployment.secrets.write(name, found)
    try:
        return KeyRing.parse(found)
    except ConfigurationError as error:
        raise WrongUse(f"{name}: {error}") from error


def _menus(deployment: Deployment) -> Mapping[str, str]:
    """Telegram's code of a language -> ours; the empty one is for readers of every other."""
    usual = deployment.parameters.get("DefaultLanguage") or DEFAULT_LANGUAGE
    return {"": usual, **{language: language for language in LANGUAGES if language != usual}}


def _describe(account: Account, menus: Mapping[str, str], *, replace: bool) -> Iterator[Finding]:
    """Menu and description in each language; what the shop wrote there itself stays unless it is to be replaced."""
    kept: list[str] = []
    for code, language in menus.items():
        menu, there = _menu(language), account.commands(code)
        if replace or not there or there == menu:
            account.set_commands(code, menu)
        else:
            kept.append("menu")
        text, said = _words("description", language), account.description(code)
        if replace or not said or said == text:
            account.set_description(code, text)
        else:
            kept.append("description")
    if kept:
        what = " and ".join(dict.fromkeys(kept))
        yield Finding(name="your own", ok=True, text=f"the bot's {what} stayed as it was", hint="--replace writes ours")


def _menu(language: str) -> dict[str, str]:
    return {command: _words("menu", language, command=command) for command in MENU}


def _words(name: str, language: str, **values: str) -> str:
    # Jinja and Babel are slow to load, and most commands do without them.
    from vistka.adapters.clock import SystemClock  # noqa: PLC0415
    from vistka.texts.conversation import BotReplies  # noqa: PLC0415
    from vistka.texts.markup import plain as without_markup  # noqa: PLC0415

    return without_markup(BotReplies().reply(name, language, now=SystemClock().now(), **values))


def _led(hook: "Webhook", own_url: str) -> Finding:
    well = hook.url == own_url and set(hook.allowed_updates or ALLOWED) >= set(ALLOWED)
    text = "leads to this deployment" if well else "Telegram does not say that it is set"
    return Finding(name="webhook", ok=well, text=text, hint="" if well else "call this again")


def _door(deployment: Deployment, url: str, secret: str) -> Finding:
    """A function that read another secret a moment ago knows this one within SecretMaxAgeSeconds."""
    opened, guessed = deployment.knock(url, secret), deployment.knock(url, "guess")
    if (opened, guessed) == (200, 403):
        return Finding(name="door", ok=True, text="opens to its secret, and to nothing else")
    shown = " and ".join("no answer" if one is None else str(one) for one in (opened, guessed))
    hint = "the function's log says why: sam logs -n BotFunction; a secret that is new to it counts within minutes"
    return Finding(name="door", ok=False, text=f"answered {shown} to the right secret and a wrong one", hint=hint)
