"""The settings of the functions: one validated, frozen object read from an environment that is passed in."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import ConfigurationError
from vistka.domain.hours import NO_HOURS, Hours
from vistka.domain.languages import DEFAULT_LANGUAGE, LANGUAGES
from vistka.domain.notices import Kind
from vistka.domain.plan import PollingPlan
from vistka.domain.polling import SILENT_DAYS

CARRIER_URL: Final = "https://api.novaposhta.ua/v2.0/json/"
TELEGRAM_URL: Final = "https://api.telegram.org"

#: Telegram's ids fit in 52 bits; groups have negative ones.
_LARGEST_CHAT_ID: Final = 2**52
#: Days. A parcel that is followed without an open order is given up after its silent days, and never forgotten before.
SHORTEST_RETENTION: Final = SILENT_DAYS + 1
_YEARS_DAYS: Final = 3650
_YEAR_SECONDS: Final = 366 * 24 * 3600
#: A shop of millions of parcels has some dozens.
_MOST_KEYS: Final = 100
#: Of a shop, at the head of its pages.
_LONGEST_NAME: Final = 60

USUAL_QUIET: Final = Hours(start=21, end=9)


class Mode(StrEnum):
    SHADOW = "shadow"  # track and store; write no shop column, tell nobody
    LIVE = "live"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the template tells a function. A function names the parts that it needs when it reads them.

    Secrets are not here: `vistka.adapters.secrets` reads them when they are used. Empty text means not set.
    """

    store_table: str = ""
    polls_queue_url: str = ""
    notices_queue_url: str = ""
    polls_dead_letter_queue_url: str = ""
    notices_dead_letter_queue_url: str = ""
    webhooks_queue_url: str = ""
    webhooks_dead_letter_queue_url: str = ""
    region: str = ""
    aws_endpoint_url: str = ""
    mode: Mode = Mode.SHADOW
    only_orders: frozenset[str] = frozenset()
    shop_schema: str = "twocomms"
    telegram_chat_id: int | None = field(default=None, repr=False)
    audiences: Audiences = field(default_factory=Audiences)
    default_language: str = DEFAULT_LANGUAGE
    nova_poshta_url: str = CARRIER_URL
    telegram_api_url: str = TELEGRAM_URL
    webhook_url: str = field(default="", repr=False)
    webhook_timeout: timedelta = timedelta(seconds=10)
    webhook_lasts: timedelta = timedelta(days=3)
    interval: timedelta = timedelta(seconds=600)
    pace: timedelta = timedelta(seconds=1)
    carrier_keys: int = 1
    polling: PollingPlan = field(default_factory=PollingPlan)
    reminders: ReminderRules = field(default_factory=lambda: ReminderRules(quiet=USUAL_QUIET))
    poll_expiry: timedelta = timedelta(seconds=1200)
    notice_due: timedelta = timedelta(seconds=300)
    retry_margin: timedelta = timedelta(seconds=900)
    lease: timedelta = timedelta(seconds=120)
    probe: timedelta = timedelta(seconds=60)
    summary: timedelta = timedelta(seconds=3600)
    carrier_timeout: timedelta = timedelta(seconds=40)
    carrier_pause: timedelta = timedelta(seconds=60)
    slot_wait: timedelta = timedelta(seconds=10)
    telegram_timeout: timedelta = timedelta(seconds=28)
    chat_pause: timedelta = timedelta(seconds=1.5)
    bot_pause: timedelta = timedelta(seconds=0.04)
    first_backoff: timedelta = timedelta(seconds=5)
    longest_backoff: timedelta = timedelta(seconds=900)
    flood_window: timedelta = timedelta(seconds=60)
    overdue: timedelta = timedelta(seconds=3600)
    secret_max_age: timedelta = timedelta(seconds=300)
    retention: timedelta = timedelta(days=90)
    digest_hour: int | None = None
    carrier_silent: timedelta = timedelta(hours=3)
    monthly_report: bool = False
    telegram_bot_name: str = ""
    bot_url: str = ""
    updates_forwarded: bool = False
    brand_name: str = ""
    brand_url: str = ""
    frame_ancestors: str = ""
    event_source: str = ""
    refresh: timedelta = timedelta(seconds=300)
    clock_file: str = ""
    hash_key: str = field(default="", repr=False)

    @property
    def live(self) -> bool:
        return self.mode is Mode.LIVE

    @property
    def health_noted(self) -> timedelta:
        """How often a tracker notes that the carrier is as it was: three times as rarely as a changed key is read."""
        return 3 * self.secret_max_age

    @property
    def chat_wait(self) -> timedelta:
        """How long a notice may wait for its chat's slot while the function runs: behind three others."""
        return 3 * self.chat_pause

    @property
    def bot_wait(self) -> timedelta:
        """How long a notice may wait for the bot's slot: behind twice as many as send at once."""
        return 10 * self.bot_pause

    @property
    def longest_send(self) -> timedelta:
        """What telling one notice may take: its slots, Telegram, a fifth more for the question that comes before a
        repeat, and a fifth for the ledger and for the question where presses go."""
        return self.bot_wait + self.chat_wait + self.telegram_timeout * 1.4

    def tells(self, order_number: str) -> bool:
        """Whether this order is live: OnlyOrders, when it names any, limits `live` to those."""
        return self.live and (not self.only_orders or order_number in self.only_orders)

    @classmethod
    def read(cls, environ: Mapping[str, str], *, need: Iterable[str] = ()) -> Self:
        """Read the environment; `need` names the variables that must not be empty.

        Raises ConfigurationError with one line for each variable that is wrong, all at once. Values are not repeated
        in it: a URL or an id may be somebody's.
        """
        reader = _Reader(environ)
        for name in need:
            if not reader.text(name):
                reader.wrong(name, "is not set; the template sets it, so deploy again, or set it by hand")
        aws_endpoint_url = reader.text("AWS_ENDPOINT_URL")
        loopback, usual = is_loopback(aws_endpoint_url), Audiences()
        if reader.text("CLOCK_FILE") and not loopback:
            reader.wrong("CLOCK_FILE", "moves the clock, which only a local deployment may do; remove it")
        settings = cls(
            store_table=reader.text("STORE_TABLE"),
            polls_queue_url=reader.text("POLLS_QUEUE_URL"),
            notices_queue_url=reader.text("NOTICES_QUEUE_URL"),
            polls_dead_letter_queue_url=reader.text("POLLS_DEAD_LETTER_QUEUE_URL"),
            notices_dead_letter_queue_url=reader.text("NOTICES_DEAD_LETTER_QUEUE_URL"),
            webhooks_queue_url=reader.text("WEBHOOKS_QUEUE_URL"),
            webhooks_dead_letter_queue_url=reader.text("WEBHOOKS_DEAD_LETTER_QUEUE_URL"),
            webhook_url=reader.read("WEBHOOK_URL", lambda text: _webhook_url(text, http_allowed=loopback), ""),
            webhook_timeout=reader.seconds("WEBHOOK_TIMEOUT_SECONDS", 10),
            webhook_lasts=reader.read("WEBHOOK_HOURS", _hours, timedelta(days=3)),
            region=reader.text("AWS_REGION") or reader.text("AWS_DEFAULT_REGION"),
            aws_endpoint_url=aws_endpoint_url,
            mode=reader.read("MODE", _mode, Mode.SHADOW),
            only_orders=frozenset(filter(None, (part.strip() for part in reader.text("ONLY_ORDERS").split(",")))),
            shop_schema=reader.text("SHOP_SCHEMA") or "twocomms",
            telegram_chat_id=reader.read("TELEGRAM_CHAT_ID", _chat_id, None),
            audiences=Audiences(
                buyer=reader.read("BUYER_NOTICES", _buyer_notices, usual.buyer),
                shop=reader.read("SHOP_NOTICES", _shop_notices, usual.shop),
            ),
            default_language=reader.read("DEFAULT_LANGUAGE", _language, DEFAULT_LANGUAGE),
            nova_poshta_url=reader.url("NOVA_POSHTA_URL", CARRIER_URL, http_allowed=loopback),
            telegram_api_url=reader.url("TELEGRAM_API_URL", TELEGRAM_URL, http_allowed=loopback),
            interval=reader.seconds("INTERVAL_SECONDS", 600),
            # Fractions are for local deployments; zero switches the pace off.
            pace=reader.read("PACE_SECONDS", _pace, timedelta(seconds=1)),
            carrier_keys=reader.read("CARRIER_KEYS", _keys, 1),
            polling=reader.read("POLLING", PollingPlan.parse, PollingPlan()),
            reminders=ReminderRules(
                hour=reader.read("REMINDER_HOUR", _hour, 10),
                quiet=reader.read("QUIET_HOURS", _quiet, USUAL_QUIET),
                not_handed_over_days=reader.read("NOT_HANDED_OVER_DAYS", _days, 3),
                waiting_days=reader.read("WAITING_LONG_DAYS", _days, 5),
                money_days=reader.read("MONEY_OVERDUE_DAYS", _days, 5),
            ),
            poll_expiry=reader.seconds("POLL_EXPIRY_SECONDS", 1200),
            notice_due=reader.seconds("NOTICE_DUE_SECONDS", 300),
            retry_margin=reader.seconds("RETRY_MARGIN_SECONDS", 900),
            lease=reader.seconds("LEASE_SECONDS", 120),
            probe=reader.seconds("PROBE_SECONDS", 60),
            summary=reader.seconds("SUMMARY_SECONDS", 3600),
            carrier_timeout=reader.seconds("CARRIER_TIMEOUT_SECONDS", 40),
            carrier_pause=reader.seconds("CARRIER_PAUSE_SECONDS", 60),
            slot_wait=reader.seconds("SLOT_WAIT_SECONDS", 10),
            telegram_timeout=reader.seconds("TELEGRAM_TIMEOUT_SECONDS", 28),
            chat_pause=reader.read("CHAT_PAUSE_SECONDS", _pace, timedelta(seconds=1.5)),
            bot_pause=reader.read("BOT_PAUSE_SECONDS", _pace, timedelta(seconds=0.04)),
            first_backoff=reader.seconds("FIRST_BACKOFF_SECONDS", 5),
            longest_backoff=reader.seconds("LONGEST_BACKOFF_SECONDS", 900),
            flood_window=reader.seconds("FLOOD_WINDOW_SECONDS", 60),
            overdue=reader.seconds("OVERDUE_SECONDS", 3600),
            secret_max_age=reader.seconds("SECRET_MAX_AGE_SECONDS", 300),
            carrier_silent=reader.read("CARRIER_SILENT_HOURS", _hours, timedelta(hours=3)),
            digest_hour=reader.read("DIGEST_HOUR", _hour, None),
            retention=reader.read("RETENTION_DAYS", _retention, timedelta(days=90)),
            monthly_report=reader.read("MONTHLY_REPORT", _on, False),
            telegram_bot_name=reader.read("TELEGRAM_BOT_NAME", _bot_name, ""),
            bot_url=here(reader.text("BOT_URL"), aws_endpoint_url) if loopback else reader.text("BOT_URL"),
            updates_forwarded=bool(reader.text("FORWARDED_WITH")),
            brand_name=reader.text("BRAND_NAME")[:_LONGEST_NAME],
            brand_url=reader.url("BRAND_URL", "", http_allowed=loopback),
            event_source=reader.text("EVENT_SOURCE"),
            refresh=reader.seconds("REFRESH_SECONDS", 300),
            frame_ancestors=reader.read("FRAME_ANCESTORS", _ancestors, ""),
            clock_file=reader.text("CLOCK_FILE"),
            hash_key=reader.text("HASH_KEY"),
        )
        if (asked := settings.polling.shortest()) < settings.interval:
            reader.wrong(
                "POLLING",
                f"asks every {asked.total_seconds() / 60:g} minutes, but a run comes only every "
                f"{settings.interval.total_seconds() / 60:g}; ask more rarely, or set IntervalMinutes lower",
            )
        reader.finish()
        return settings


class _Reader:
    """Reads variables one by one and keeps what is wrong with them for the end."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._errors: list[str] = []

    def text(self, name: str) -> str:
        return (self._environ.get(name) or "").strip()

    def read[T](self, name: str, parse: Callable[[str], T], default: T) -> T:
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.wrong(name, str(error))
            return default

    def seconds(self, name: str, default: int) -> timedelta:
        return self.read(name, _seconds, timedelta(seconds=default))

    def url(self, name: str, default: str, *, http_allowed: bool) -> str:
        def parse(text: str) -> str:
            return _url(text, http_allowed=http_allowed)

        return self.read(name, parse, default)

    def wrong(self, name: str, what: str) -> None:
        self._errors.append(f"{name} {what}")

    def finish(self) -> None:
        if self._errors:
            raise ConfigurationError("\n".join(self._errors))


def is_loopback(url: str) -> bool:
    """Whether the address can only be this machine: then, and only then, clock and addresses may be moved."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def here(url: str, endpoint_url: str) -> str:
    """The address of a Function URL on this machine; any other address stays as it is.

    The local AWS names its URLs as the real one does, and answers for them under its own address.
    """
    found = re.fullmatch(r"https://([a-z0-9-]+)\.lambda-url\.[a-z0-9-]+\.on\.aws/(.*)", url)
    return f"{endpoint_url.rstrip('/')}/_aws/lambda-url/{found[1]}/{found[2]}" if found else url


def _mode(text: str) -> Mode:
    try:
        return Mode(text.lower())
    except ValueError:
        raise ValueError("must be shadow or live") from None


def _on(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError("must be on or off")
    return text == "on"


def _quiet(text: str) -> Hours:
    return NO_HOURS if text == "off" else Hours.parse(text)


def _hour(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > 23:
        raise ValueError("must be an hour from 0 to 23")
    return int(text)


def _days(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) < 1:
        raise ValueError("must be a number of days between 1 and 99")
    return int(text)


def _buyer_notices(text: str) -> frozenset[Kind]:
    return Audiences.parse(buyer=text).buyer


def _shop_notices(text: str) -> frozenset[Kind]:
    return Audiences.parse(shop=text).shop


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ValueError("must be uk, en or ru")
    return text


def _chat_id(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,16}", text) or not 0 < abs(int(text)) < _LARGEST_CHAT_ID:
        raise ValueError("must be the number of a Telegram chat, such as -1001234567890, or empty")
    return int(text)


def _bot_name(text: str) -> str:
    """core.telegram.org/bots/features: 5 to 32 characters that end in bot; named with or without its @."""
    if not re.fullmatch(r"@?[A-Za-z][A-Za-z0-9_]{3,31}", text):
        raise ValueError("must be the bot's name, such as my_shop_bot")
    return text.removeprefix("@")


def _ancestors(text: str) -> str:
    """Sources of a content security policy's frame-ancestors, and nothing that would begin another directive."""
    found = text.split()
    if not all(re.fullmatch(r"'self'|https://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?", one) for one in found):
        raise ValueError("must be addresses such as https://shop.example, with spaces between them")
    return " ".join(found)


def _seconds(text: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,8}", text) or not 0 < int(text) <= _YEAR_SECONDS:
        raise ValueError("must be a whole number of seconds above zero")
    return timedelta(seconds=int(text))


def _retention(text: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not SHORTEST_RETENTION <= int(text) <= _YEARS_DAYS:
        raise ValueError(f"must be a whole number of days from {SHORTEST_RETENTION} to {_YEARS_DAYS}")
    return timedelta(days=int(text))


def _keys(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= _MOST_KEYS:
        raise ValueError(f"must be a number of keys from 1 to {_MOST_KEYS}")
    return int(text)


def _pace(text: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", text):
        raise ValueError("must be a number of seconds, such as 1 or 0.2; 0 switches the pace off")
    return timedelta(seconds=float(text))


def _url(text: str, *, http_allowed: bool) -> str:
    parts = urlsplit(text)
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError("must be an address that begins with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a plain address: without a user, a password, ? or #")
    if parts.scheme == "http" and not (http_allowed and is_loopback(text)):
        raise ValueError("must begin with https://; http:// is for this machine alone, in a local deployment")
    return text


def _webhook_url(text: str, *, http_allowed: bool) -> str:
    # A query may well be part of it; a user and a password would end in the logs of whoever forwards it.
    _url(text.partition("?")[0], http_allowed=http_allowed)
    return text


def _hours(text: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) == 0:
        raise ValueError("must be a whole number of hours above zero")
    return timedelta(hours=int(text))
