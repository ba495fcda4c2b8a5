"""The values of a set-up: given, asked for, or kept; each checked before the next one is asked for."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from vistka.adapters.telegram_bot import bot_id
from vistka.cli.failures import WrongUse
from vistka.cli.render import plain
from vistka.cli.samconfig import SamConfig
from vistka.cli.setup.asking import NONE, Asker, Question
from vistka.cli.setup.checks import Checks, email
from vistka.cli.setup.place import Place
from vistka.cli.setup.telling import settle_telling
from vistka.domain.orders import Finding
from vistka.shop.schema import built_in_schemas, load_schema

if TYPE_CHECKING:
    from vistka.adapters.telegram_bot import Identity

#: What the shop's own check says where nothing but the two columns is missing.
MIGRATE: Final = "run `vistka migrate`"

_KEY, _TOKEN, _SHOP = "NovaPoshtaApiKeyParameter", "TelegramBotTokenParameter", "ShopDatabaseUrlParameter"
#: Never written into samconfig.toml: `vistka live` and `vistka shadow` change them on the stack.
_OF_THE_STACK: Final = frozenset({"Mode", "OnlyOrders"})


class Options(Protocol):
    """The flags that name values."""

    @property
    def api_key_file(self) -> str | None: ...
    @property
    def no_api_key(self) -> bool: ...
    @property
    def bot_token_file(self) -> str | None: ...
    @property
    def shop_url_file(self) -> str | None: ...
    @property
    def schema(self) -> str | None: ...
    @property
    def chat(self) -> str | None: ...
    @property
    def alarm_email(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def buyer_notices(self) -> str | None: ...
    @property
    def shop_notices(self) -> str | None: ...
    @property
    def digest_hour(self) -> str | None: ...
    @property
    def architecture(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Given:
    """What flags and variables say; None where they say nothing. `telling` by the names of parameters."""

    api_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    shop: str | None = field(default=None, repr=False)
    schema: str | None = None
    chat: str | None = None
    email: str | None = None
    telling: Mapping[str, str | None] = field(default_factory=dict)
    architecture: str | None = None

    @classmethod
    def read(cls, options: Options, environ: Mapping[str, str]) -> Self:
        """Raises WrongUse for a file that cannot be read."""
        if [options.api_key_file, options.bot_token_file, options.shop_url_file].count("-") > 1:
            raise WrongUse("standard input is one value: give the others by file or variable")
        key = _secret(options.api_key_file, "--api-key-file", environ, "NOVA_POSHTA_API_KEY")
        return cls(
            api_key=NONE if options.no_api_key else key,
            token=_secret(options.bot_token_file, "--bot-token-file", environ, "TELEGRAM_BOT_TOKEN"),
            shop=_secret(options.shop_url_file, "--shop-url-file", environ, "SHOP_DATABASE_URL"),
            schema=options.schema or environ.get("SHOP_SCHEMA") or None,
            chat=options.chat or environ.get("TELEGRAM_CHAT_ID") or None,
            email=options.alarm_email,
            telling={
                "DefaultLanguage": options.language,
                "BuyerNotices": options.buyer_notices,
                "ShopNotices": options.shop_notices,
                "DigestHour": options.digest_hour,
            },
            architecture=options.architecture,
        )


@dataclass(frozen=True, kw_only=True)
class Secret:
    """`new`: it is not what is stored under its name."""

    title: str
    name: str
    value: str = field(repr=False)
    new: bool
    stored: bool

    @property
    def what(self) -> str:
        if not self.value:
            return "none"
        return ("replaced" if self.stored else "new") if self.new else "as it is"


@dataclass(frozen=True, kw_only=True)
class Values:
    """`parameters` are deployed; `changed` those of them that differ from what is known; `webhook`: whose it is."""

    secrets: Sequence[Secret]
    parameters: Mapping[str, str]
    changed: Mapping[str, str]
    config: SamConfig | None
    schema: str
    email: str
    webhook: str = ""

    @property
    def architecture(self) -> str:
        return self.parameters["Architecture"]


def settle(
    place: Place,
    given: Given,
    asker: Asker,
    *,
    extra: Mapping[str, str],
    unchecked: bool = False,
    other_bot: bool = False,
    migrate: bool = False,
) -> Values:
    """Ask for what is not given. Raises WrongUse for what does not stand, or for all that is missing at once."""
    known = {**place.known, **extra}
    names = {parameter: place.secret_name(parameter) for parameter in (_KEY, _TOKEN, _SHOP)}
    stored = {parameter: place.ground.read_secret(name) or "" for parameter, name in names.items()}
    checks = Checks(
        carrier_url=known["NovaPoshtaUrl"],
        telegram_url=known["TelegramApiUrl"],
        local=place.local,
        own_url=place.own_url,
    )
    asking = _Asking(asker, unchecked=unchecked)
    # A stack that was told to do without a key is asked about it no differently: Enter keeps «none».
    key = asking(
        Question(
            name="Nova Poshta's API key",
            ask="Nova Poshta's API key",
            flag="--api-key-file",
            check=checks.api_key,
            given=given.api_key,
            kept=stored[_KEY],
            secret=True,
            optional=True,
            hint="from the cabinet of novaposhta.ua: Налаштування, Безпека, Ключі API",
        )
    )
    token = asking(
        Question(
            name="the bot's token",
            ask="The bot's token",
            flag="--bot-token-file",
            check=lambda value: checks.token(value, other=_OtherBot(stored[_TOKEN], asker, meant=other_bot)),
            given=given.token,
            kept=stored[_TOKEN],
            secret=True,
            hint="from @BotFather: /newbot, or /mybots, the bot, API Token",
        )
    )
    chat = asking(
        Question(
            name="the shop's chat",
            ask="Number of the shop's own chat",
            flag="--chat",
            check=lambda value: checks.chat(token, value),
            given=given.chat,
            kept=known.get("TelegramChatId", ""),
            optional=True,
            hint="add the bot to that chat first; a group's number begins with a minus",
        )
    )
    schema = asking(
        Question(
            name="the shop's schema",
            ask="Schema file of the shop's tables",
            flag="--schema",
            check=checks.schema,
            given=given.schema,
            kept=known.get("ShopSchema", ""),
            hint=f"{built_in_schemas()}, or one of your own; a shop that answers over https has none: Enter",
        )
    )
    shop = asking(
        Question(
            name="the shop",
            ask="The shop: mysql://user:password@host/database, postgresql://…, or https://key:secret@host/path",
            flag="--shop-url-file",
            check=_Shop(checks, schema, asker, migrate=migrate),
            given=given.shop,
            kept=stored[_SHOP],
            secret=True,
        )
    )
    alarms = asking(
        Question(
            name="the alarm address",
            ask="Mail address for alarms",
            flag="--alarm-email",
            check=email,
            given=given.email,
            kept=known.get("AlarmEmail", ""),
            optional=True,
        )
    )
    telling = settle_telling(asking, given.telling, known, has_chat=bool(chat))
    if asker.missing:
        raise WrongUse(f"missing: {', '.join(asker.missing)} (`vistka setup --help` names the variables too)")
    values = {_KEY: key, _TOKEN: token, _SHOP: shop}
    secrets = [
        Secret(
            title=title,
            name=names[parameter] if values[parameter] else "",
            value=values[parameter],
            new=bool(values[parameter]) and values[parameter] != stored[parameter],
            stored=bool(stored[parameter]),
        )
        for parameter, title in ((_KEY, "API key"), (_TOKEN, "bot token"), (_SHOP, "shop"))
    ]
    wanted = {
        **place.further_names(),
        **extra,
        _KEY: names[_KEY] if key else "",
        _TOKEN: names[_TOKEN],
        _SHOP: names[_SHOP],
        "ShopSchema": schema,
        "TelegramChatId": chat,
        "AlarmEmail": alarms,
        **telling,
        "Architecture": given.architecture or _architecture(place),
    }
    return Values(
        secrets=secrets,
        parameters=_parameters(place, wanted),
        changed={name: value for name, value in wanted.items() if _is_news(place, name, value)},
        config=_remembered(place, wanted),
        schema=schema,
        email=alarms,
        webhook="" if unchecked else checks.webhook_owner(token),
    )


class _Asking:
    """Settles one question after another; unchecked, each value stands as it is."""

    def __init__(self, asker: Asker, *, unchecked: bool) -> None:
        self._asker = asker
        self._unchecked = unchecked

    def __call__(self, question: Question) -> str:
        # Where something is missing it ends in an error in any case, which shall name all of it.
        if self._unchecked or self._asker.missing:
            question = Question(**{**vars(question), "check": lambda _: ()})
        return self._asker.settle(question)


class _Shop:
    """Where nothing but our two columns is missing, they can be added at once."""

    def __init__(self, checks: Checks, schema: str, asker: Asker, *, migrate: bool) -> None:
        self._checks = checks
        self._schema = schema
        self._asker = asker
        self._migrate = migrate

    def __call__(self, url: str) -> Sequence[Finding]:
        found = self._checks.shop(url, self._schema)
        if not any(one.hint == MIGRATE for one in found if not one.ok):
            return found
        # SQLAlchemy is slow to load, and a shop over HTTP has no columns to add.
        from vistka.adapters.shop_migrate import migrate  # noqa: PLC0415

        schema = load_schema(self._schema)
        statements = "\n".join(f"{one};" for one in migrate(url, schema, dry_run=True))
        if not self._migrate and not self._asker.sure(f"{statements}\nAdd these columns now?", default=True):
            return found
        migrate(url, schema, dry_run=False)
        return self._checks.shop(url, self._schema)


class _OtherBot:
    """A buyer's chat belongs to the bot that it was opened with: another one cannot write there."""

    def __init__(self, stored: str, asker: Asker, *, meant: bool) -> None:
        self._before = bot_id(stored)
        self._asker = asker
        self._meant = meant

    def __call__(self, who: "Identity") -> Finding | None:
        if self._before is None or self._before == who.id or self._meant:
            return None
        if self._asker.sure(
            f"{plain(who.name)} is another bot than the one set up before, and cannot write to the chats that buyers "
            "opened with that one. Take it all the same?",
            default=False,
        ):
            return None
        return Finding(
            name="bot token",
            ok=False,
            text=f"it is that of another bot ({plain(who.name)}) than the one set up before",
            hint="take the token of the same bot, or --other-bot if buyers shall open their chats anew",
        )


def _architecture(place: Place) -> str:
    """What runs there already; on this machine its own processor."""
    if place.new and place.local:
        return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
    return place.known.get("Architecture") or "arm64"


def _parameters(place: Place, wanted: Mapping[str, str]) -> dict[str, str]:
    """A new stack begins in shadow, whatever samconfig.toml says; one that is there keeps its mode."""
    mode = {"Mode": "shadow", "OnlyOrders": ""}
    if not place.new:
        mode = {name: place.found.parameters.get(name, value) for name, value in mode.items()}
    return {**place.config.parameters, **wanted, **mode}


def _is_news(place: Place, name: str, value: str) -> bool:
    return place.known.get(name, "") != value and not name.endswith("Parameter")


def _remembered(place: Place, wanted: Mapping[str, str]) -> SamConfig | None:
    """samconfig.toml with these values, not written yet; None for the local world, which has settings of its own."""
    if place.target.world:
        return None
    config = place.config
    config.set("stack_name", place.target.stack)
    config.set("region", place.target.region)
    config.set_parameters(wanted)
    if place.new:
        there = config.parameters
        config.set_parameters({name: value for name, value in _parameters(place, wanted).items() if name in there})
    return config


def _secret(file: str | None, flag: str, environ: Mapping[str, str], variable: str) -> str | None:
    if file is None:
        return (environ.get(variable) or "").strip() or None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{flag}: the file cannot be read ({type(error).__name__})") from None
    if not text.strip():
        raise WrongUse(f"{flag}: the file is empty")
    return text.strip()
