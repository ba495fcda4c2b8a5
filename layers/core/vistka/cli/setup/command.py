"""`vistka setup`: from nothing to a deployment in shadow, or from one deployment to the next."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from vistka.cli.failures import Failure, WrongUse
from vistka.cli.options import Outside, deployment_options, pass_outside
from vistka.cli.render import count, errors, plain, say_pairs
from vistka.cli.setup.asking import Asker
from vistka.cli.setup.closing import close
from vistka.cli.setup.place import Place, find_place
from vistka.cli.setup.values import Given, Values, settle

_FILE: Final = click.Path(dir_okay=False, allow_dash=True)
#: What `vistka live` and `vistka shadow` change, and what setup has flags of its own for.
_NOT_HERE: Final = frozenset(
    {"Mode", "OnlyOrders", "Architecture", "ShopSchema", "TelegramChatId", "AlarmEmail"}
    | {"DefaultLanguage", "BuyerNotices", "ShopNotices", "DigestHour"}
)


@click.command(short_help="Set a shop up on AWS, or change what was set up.")
@click.option("--api-key-file", type=_FILE, help="Nova Poshta's API key. Or the variable NOVA_POSHTA_API_KEY.")
@click.option("--no-api-key", is_flag=True, help="Track without a key: sums and money on its way back stay unknown.")
@click.option("--bot-token-file", type=_FILE, help="The bot's token. Or TELEGRAM_BOT_TOKEN.")
@click.option("--shop-url-file", type=_FILE, help="The shop's database, or its https address. Or SHOP_DATABASE_URL.")
@click.option("--schema", metavar="NAME", help="The schema file of the shop's tables.")
@click.option("--chat", metavar="NUMBER", help="The shop's own chat; - for none.")
@click.option("--alarm-email", metavar="ADDRESS", help="Where alarms go; - for nowhere.")
@click.option("--language", metavar="uk|en|ru", help="Of the shop's chat, and where a buyer's is not known.")
@click.option("--buyer-notices", metavar="KINDS", help="What a buyer hears: kinds, or +kind and -kind; - as usual.")
@click.option("--shop-notices", metavar="KINDS", help="What the shop's chat hears, in the same words.")
@click.option("--digest-hour", metavar="HOUR", help="When the shop's chat hears how all parcels stand; - for never.")
@click.option("--architecture", type=click.Choice(["arm64", "x86_64"]), help="Processor of the functions.")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Any other of the template's.")
@click.option("--other-bot", is_flag=True, help="The token is of another bot than before, and that is meant.")
@click.option("--migrate", is_flag=True, help="Add the two columns to the shop's orders where they are missing.")
@click.option("--unchecked", is_flag=True, help="Take the values as they are, without asking anybody about them.")
@click.option("--built", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Deploy this build.")
@click.option("--config-file", type=click.Path(dir_okay=False, path_type=Path), help="Instead of samconfig.toml.")
@click.option("--dry-run", is_flag=True, help="Check every value, then write and deploy nothing.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: flags, then what is there, then defaults.")
@deployment_options
@pass_outside
def setup(outside: Outside, /, **options: Any) -> None:
    """Set a shop up: ask for key, token, chat, database and who hears of what, check each, deploy in shadow.

    Nothing is written before the last question is answered. Called again, it offers what is there: Enter keeps it.
    What broke off half-way goes on from there. A live deployment stays live.

    Secrets are typed without echo; scripts give them by file (- is standard input) or variable, never as an argument,
    which a shell remembers.

    \b
    Examples:
      vistka setup
      vistka setup --region eu-central-1 --alarm-email you@shop.example
      vistka setup --yes --no-api-key --bot-token-file token.txt --shop-url-file url.txt --chat -1001234567890

    Exit code: 0 deployed, 1 something failed or was not confirmed, 2 wrong use or configuration, 130 left half-way.
    """
    try:
        _set_up(outside, Wishes(**options))
    except (click.Abort, KeyboardInterrupt):
        errors().print("\nleft half-way: nothing was written or deployed; call `vistka setup` again", style="yellow")
        raise SystemExit(130) from None


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The options, as they were given."""

    api_key_file: str | None
    no_api_key: bool
    bot_token_file: str | None
    shop_url_file: str | None
    schema: str | None
    chat: str | None
    alarm_email: str | None
    language: str | None
    buyer_notices: str | None
    shop_notices: str | None
    digest_hour: str | None
    architecture: str | None
    parameters: tuple[str, ...]
    other_bot: bool
    unchecked: bool
    migrate: bool
    built: Path | None
    config_file: Path | None
    dry_run: bool
    yes: bool


def _set_up(outside: Outside, wishes: Wishes) -> None:
    if not wishes.yes and not outside.prompt.there:
        raise WrongUse("there is no terminal to ask in: give every value by its flag, and --yes")
    extra = _extra(wishes.parameters)
    place = find_place(outside, config_file=wishes.config_file)
    if unknown := sorted(extra.keys() - place.known.keys()):
        raise WrongUse(f"--parameter {unknown[0]}: the template has no such parameter")
    console = errors()
    say_pairs(_where(place))
    given = Given.read(wishes, outside.environ)
    asker = Asker(prompt=outside.prompt, quiet=wishes.yes)
    values = settle(
        place,
        given,
        asker,
        extra=extra,
        unchecked=wishes.unchecked,
        other_bot=wishes.other_bot,
        migrate=wishes.migrate and not wishes.dry_run,
    )
    console.print()
    say_pairs(_what(place, values))
    if wishes.dry_run:
        console.print("dry run: nothing was written or deployed")
        return
    if not wishes.yes and not outside.prompt.sure("Write this and deploy?", default=True):
        console.print("nothing was written or deployed")
        raise SystemExit(1)
    try:
        _carry_out(place, values, wishes)
    except KeyboardInterrupt:
        console.print("left half-way; call `vistka setup` again: it goes on from what is there", style="yellow")
        raise SystemExit(130) from None
    close(outside, place, values)


def _carry_out(place: Place, values: Values, wishes: Wishes) -> None:
    """Build first: what may fail here fails before anything is written."""
    ground = place.ground
    built = wishes.built or _step("building (a minute the first time)", lambda: ground.build(values.architecture))
    if place.found.failed_at_birth:
        _step("deleting what the failed deployment left", ground.remove_failed)
    stored = 0
    for secret in values.secrets:
        if not secret.new:
            continue
        try:
            ground.write_secret(secret.name, secret.value)
        except Failure as failure:
            done = f"{count(stored, 'secret')} stored, nothing deployed" if stored else "nothing was written"
            raise type(failure)(
                f"{failure.message}; {done}", advice="repair it, then call `vistka setup` again"
            ) from None
        stored += 1
    if values.config is not None:
        values.config.save()
    _step("deploying (two minutes the first time)", lambda: ground.deploy(built, values.parameters))


def _step[T](what: str, do: Callable[[], T]) -> T:
    console = errors()
    if not console.is_terminal:
        console.print(f"{what} …")
    with console.status(f"{what} …") if console.is_terminal else nullcontext():
        return do()


def _where(place: Place) -> Sequence[tuple[str, str]]:
    if place.new:
        stack = "new" if not place.found.failed_at_birth else "its first deployment failed: it is made anew"
    else:
        stack = f"there, {place.known.get('Mode', 'shadow')}"
    return [
        ("AWS account", f"{place.account}, {place.target.region}{' (on this machine)' if place.local else ''}"),
        ("stack", f"{place.target.stack} ({stack})"),
    ]


def _what(place: Place, values: Values) -> list[tuple[str, str]]:
    rows = [(secret.title, f"{secret.name}: {secret.what}") for secret in values.secrets]
    rows += [(name, plain(value) or "none") for name, value in values.changed.items()]
    if values.config is not None and values.config.changed:
        rows.append((values.config.path.name, "remembers these, but no secret"))
    mode = values.parameters["Mode"]
    rows.append(("stack", f"{place.target.stack} is {'made' if place.new else 'deployed anew'}, {_MEANS[mode]}"))
    return rows


_MEANS: Final = {
    "shadow": "in shadow: no column is written, nobody is told",
    "live": "and stays live",
}


def _extra(given: Sequence[str]) -> dict[str, str]:
    out = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.isalnum():
            raise WrongUse(f"--parameter {plain(name)}: give it as Name=value")
        if name in _NOT_HERE:
            raise WrongUse(f"--parameter {name}: {_INSTEAD.get(name, 'has a flag of its own')}")
        out[name] = value
    return out


_INSTEAD: Final = dict.fromkeys(("Mode", "OnlyOrders"), "`vistka live` and `vistka shadow` change it")
