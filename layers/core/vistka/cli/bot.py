"""`vistka bot`: whose webhook the bot has."""

from typing import TYPE_CHECKING, Final

import click

from vistka.cli.check import print_findings
from vistka.cli.failures import of_package
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside
from vistka.cli.render import count, iso, kyiv, plain, print_json
from vistka.domain.errors import CredentialRefused, VistkaError
from vistka.domain.orders import Finding

if TYPE_CHECKING:
    from vistka.adapters.telegram_bot import Webhook

#: The stack's output with the address that our own webhook has; a stack without it has no bot of its own.
OWN_URL: Final = "BotUrl"


@click.group()
def bot() -> None:
    """The bot and its webhook: one bot has one, and what it does today must not be broken by ours."""


@bot.command(short_help="Who the bot is, and where its webhook leads.")
@json_option
@deployment_options
@pass_outside
def status(outside: Outside, *, as_json: bool) -> None:
    """Show who the bot is and where its webhook leads; nothing is changed.

    Messages go out whatever the webhook is: it decides only who hears what people write to the bot.

    \b
    Examples:
      vistka bot status
      vistka bot status --json | jq .webhook.owner

    Exit code: 0 well, 1 the token is refused or Telegram cannot be asked, 2 wrong use or configuration.
    """
    deployment = outside.deployment()
    account = deployment.bot()
    own_url = deployment.outputs.get(OWN_URL, "")
    try:
        who, hook = account.me(), account.webhook()
    except CredentialRefused as error:
        raise of_package(error, advice="take the token from @BotFather and run `vistka setup`") from error
    except VistkaError as error:
        raise of_package(error) from error
    if as_json:
        print_json({"bot": who.name, "webhook": _to_dict(hook, own_url)})
    else:
        print_findings([Finding(name="bot", ok=True, text=who.name), *webhook_findings(hook, own_url)])


def owner_of(hook: "Webhook", own_url: str) -> str:
    """`none`, `this deployment`, or `another program`."""
    if not hook.url:
        return "none"
    return "this deployment" if own_url and hook.url.startswith(own_url) else "another program"


def webhook_findings(hook: "Webhook", own_url: str) -> list[Finding]:
    """Where it leads, what waits there, and what Telegram last had to complain about. A foreign one is no fault."""
    name = "webhook"
    match owner_of(hook, own_url):
        case "none":
            hint = "vistka bot install, so that buyers can link their chats" if own_url else ""
            return [Finding(name=name, ok=True, text="none: nobody hears what people write to the bot", hint=hint)]
        case "this deployment":
            found = [Finding(name=name, ok=True, text="leads to this deployment")]
        case _:
            found = [
                Finding(
                    name=name,
                    ok=True,
                    text=f"leads to another program: {plain(hook.place)}",
                    hint="it stays as it is: messages go out beside it. Only `vistka bot install --replace` takes its "
                    "place, and what that program does ends",
                )
            ]
    if hook.last_error and hook.last_error_at is not None:
        text = f"{kyiv(hook.last_error_at)} Kyiv time: {plain(hook.last_error)}"
        found.append(Finding(name="webhook's last error", ok=True, text=text, hint=_waiting(hook)))
    elif hook.waiting:
        found.append(Finding(name="webhook's updates", ok=True, text=_waiting(hook)))
    return found


def _waiting(hook: "Webhook") -> str:
    return f"{count(hook.waiting, 'update')} waiting to be delivered" if hook.waiting else ""


def _to_dict(hook: "Webhook", own_url: str) -> dict[str, object]:
    return {
        "owner": owner_of(hook, own_url),
        "place": hook.place or None,
        "waiting": hook.waiting,
        "last_error": hook.last_error or None,
        "last_error_at": iso(hook.last_error_at),
        "allowed_updates": list(hook.allowed_updates),
    }
