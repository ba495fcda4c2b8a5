"""Settings: every error names its variable, all at once, and repeats no value."""

from datetime import timedelta

import pytest

from tests.template import parameter
from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import ConfigurationError
from vistka.domain.hours import NO_HOURS, Hours
from vistka.domain.plan import PollingPlan
from vistka.settings import CARRIER_URL, TELEGRAM_URL, Mode, Settings, is_loopback

LOCAL = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}


def test_an_empty_environment_is_a_shadow_deployment_with_the_public_addresses() -> None:
    settings = Settings.read({})
    assert settings.mode is Mode.SHADOW
    assert not settings.live
    assert settings.nova_poshta_url == CARRIER_URL
    assert settings.telegram_api_url == TELEGRAM_URL
    assert settings.telegram_chat_id is None
    assert settings.only_orders == frozenset()
    assert settings.shop_schema == "twocomms"


def test_defaults_of_the_class_and_of_an_empty_environment_are_the_same() -> None:
    assert Settings.read({}) == Settings()


def test_what_is_set_is_read() -> None:
    settings = Settings.read(
        LOCAL
        | {
            "STORE_TABLE": "t",
            "MODE": "live",
            "ONLY_ORDERS": " TWC01, TWC02 ,,",
            "TELEGRAM_CHAT_ID": "-1001234567890",
            "NOVA_POSHTA_URL": "http://127.0.0.1:9/v2.0/json/",
            "INTERVAL_SECONDS": "60",
            "PACE_SECONDS": "0.2",
            "CLOCK_FILE": "clock",
            "AWS_REGION": "eu-central-1",
            "TELEGRAM_BOT_NAME": "@invented_shop_bot",
            "BOT_URL": "https://0a1b.lambda-url.eu-central-1.on.aws/",
            "FORWARDED_WITH": "/vistka/forward-secret",
            "BRAND_NAME": "Ш" * 61,
            "BRAND_URL": "https://shop.example/",
            "FRAME_ANCESTORS": " https://shop.example:8443  https://*.shop.example 'self'",
            "BUYER_NOTICES": "-received",
            "SHOP_NOTICES": "none",
            "DEFAULT_LANGUAGE": "en",
        },
        need=["STORE_TABLE"],
    )
    assert settings.store_table == "t"
    assert settings.live
    assert settings.only_orders == {"TWC01", "TWC02"}
    assert settings.telegram_chat_id == -1001234567890
    assert settings.nova_poshta_url == "http://127.0.0.1:9/v2.0/json/"
    assert settings.interval == timedelta(minutes=1)
    assert settings.pace == timedelta(milliseconds=200)
    assert settings.clock_file == "clock"
    assert settings.audiences == Audiences.parse(buyer="-received", shop="none")
    assert settings.default_language == "en"
    assert settings.region == "eu-central-1"
    assert settings.telegram_bot_name == "invented_shop_bot"
    assert settings.bot_url == "http://127.0.0.1:4566/_aws/lambda-url/0a1b/"
    assert settings.updates_forwarded
    assert settings.brand_name == "Ш" * 60
    assert settings.brand_url == "https://shop.example/"
    assert settings.frame_ancestors == "https://shop.example:8443 https://*.shop.example 'self'"


def test_reminders_and_quiet_hours_are_read() -> None:
    told = {
        "QUIET_HOURS": "22-8",
        "REMINDER_HOUR": "11",
        "NOT_HANDED_OVER_DAYS": "2",
        "WAITING_LONG_DAYS": "4",
        "MONEY_OVERDUE_DAYS": "6",
    }
    assert Settings.read(told).reminders == ReminderRules(
        hour=11, quiet=Hours(start=22, end=8), not_handed_over_days=2, waiting_days=4, money_days=6
    )
    assert Settings.read({"QUIET_HOURS": "off"}).reminders.quiet == NO_HOURS


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("QUIET_HOURS", "21:00-9:00", "no hours; write them as 22-8"),
        ("QUIET_HOURS", "25-8", "no hours"),
        ("REMINDER_HOUR", "24", "an hour from 0 to 23"),
        ("REMINDER_HOUR", "ten", "an hour from 0 to 23"),
        ("WAITING_LONG_DAYS", "0", "a number of days between 1 and 99"),
        ("NOT_HANDED_OVER_DAYS", "-1", "a number of days"),
        ("MONEY_OVERDUE_DAYS", "100", "a number of days"),
    ],
)
def test_what_are_no_hours_or_days_is_refused(name: str, value: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} .*{wrong}"):
        Settings.read({name: value})


def test_a_pace_of_zero_is_allowed() -> None:
    assert Settings.read({"PACE_SECONDS": "0"}).pace == timedelta()


@pytest.mark.parametrize(
    ("only_orders", "mode", "tells"),
    [("", "live", True), ("A", "live", True), ("B", "live", False), ("A", "shadow", False), ("", "shadow", False)],
)
def test_only_orders_limits_live_to_those_it_names(only_orders: str, mode: str, *, tells: bool) -> None:
    assert Settings.read({"MODE": mode, "ONLY_ORDERS": only_orders}).tells("A") is tells


def test_every_error_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(
            {"MODE": "on", "INTERVAL_SECONDS": "-5", "TELEGRAM_CHAT_ID": "@shop", "NOVA_POSHTA_URL": "ftp://x"},
            need=["STORE_TABLE", "POLLS_QUEUE_URL"],
        )
    named = [line.split()[0] for line in str(caught.value).splitlines()]
    assert sorted(named) == [
        "INTERVAL_SECONDS",
        "MODE",
        "NOVA_POSHTA_URL",
        "POLLS_QUEUE_URL",
        "STORE_TABLE",
        "TELEGRAM_CHAT_ID",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTERVAL_SECONDS", "0"),
        ("INTERVAL_SECONDS", "1.5"),
        ("INTERVAL_SECONDS", "٣"),
        ("INTERVAL_SECONDS", "99999999"),
        ("PACE_SECONDS", "nan"),
        ("PACE_SECONDS", "-1"),
        ("TELEGRAM_CHAT_ID", "0"),
        ("TELEGRAM_CHAT_ID", "1_000"),
        ("TELEGRAM_BOT_NAME", "my shop"),
        ("TELEGRAM_BOT_NAME", "bot/../evil"),
        ("BRAND_URL", "javascript:alert(1)"),
        ("BRAND_URL", "http://shop.example"),
        ("FRAME_ANCESTORS", "https://shop.example; script-src *"),
        ("FRAME_ANCESTORS", "http://shop.example"),
        ("FRAME_ANCESTORS", "*"),
        ("DEFAULT_LANGUAGE", "de"),
        ("TELEGRAM_CHAT_ID", str(2**52)),
        ("MODE", "Live!"),
        ("NOVA_POSHTA_URL", "https:///nowhere"),
        ("TELEGRAM_API_URL", "https://user:word@example.com"),
        ("TELEGRAM_API_URL", "https://example.com/?a=b"),
        ("TELEGRAM_API_URL", "https://[bad"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({name: value})
    assert str(caught.value).startswith(f"{name} ")
    if len(value) > 3:
        assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["BUYER_NOTICES", "SHOP_NOTICES"])
def test_what_is_no_kind_of_news_is_named_with_those_that_there_are(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{name} 'recieved' is no kind of news .*received"):
        Settings.read({name: "waiting, recieved"})


@pytest.mark.parametrize("name", ["NOVA_POSHTA_URL", "TELEGRAM_API_URL"])
@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://127.0.0.1:9"),
        (LOCAL, "http://example.com"),
        ({"AWS_ENDPOINT_URL": "https://example.com"}, "http://127.0.0.1:9"),
    ],
)
def test_addresses_are_https_only_outside_a_loopback_deployment(name: str, environ: dict[str, str], url: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must begin with https://"):
        Settings.read(environ | {name: url})


def test_the_clock_moves_only_in_a_loopback_deployment() -> None:
    with pytest.raises(ConfigurationError, match=r"^CLOCK_FILE "):
        Settings.read({"CLOCK_FILE": "clock"})


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://127.8.0.1", "http://[::1]:1"])
def test_loopback_addresses(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    ["", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://0.0.0.0", "x"],
)
def test_other_addresses(url: str) -> None:
    assert not is_loopback(url)


def test_what_is_printed_of_the_settings_names_no_chat_and_no_key() -> None:
    shown = repr(Settings.read({"TELEGRAM_CHAT_ID": "-1001234567890", "HASH_KEY": "stack-id"}))
    assert "1001234567890" not in shown
    assert "stack-id" not in shown


@pytest.mark.parametrize(
    ("polling", "interval", "says"),
    [
        (
            "5",
            "600",
            "asks every 5 minutes, but a run comes only every 10; ask more rarely, or set IntervalMinutes lower",
        ),
        ("adaptive, at_branch=5", "600", "asks every 5 minutes, but a run comes only every 10"),
        ("adaptive, branch=60", "600", "'branch' is no stage"),
    ],
)
def test_a_plan_that_no_load_could_meet_is_refused_with_its_arithmetic(polling: str, interval: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^POLLING ") as error:
        Settings.read({"POLLING": polling, "INTERVAL_SECONDS": interval})

    assert says in str(error.value)


@pytest.mark.parametrize("polling", ["", "adaptive", "10", "adaptive, at_branch=60, night=22-8"])
def test_a_plan_that_can_be_met_is_taken(polling: str) -> None:
    assert Settings.read({"POLLING": polling}).polling == (PollingPlan.parse(polling) if polling else PollingPlan())


def test_defaults_are_those_of_the_template() -> None:
    settings = Settings()
    durations = {
        "IntervalMinutes": settings.interval / 60,
        "PaceSeconds": settings.pace,
        "PollExpirySeconds": settings.poll_expiry,
        "NoticeDueSeconds": settings.notice_due,
        "RetryMarginSeconds": settings.retry_margin,
        "LeaseSeconds": settings.lease,
        "ProbeSeconds": settings.probe,
        "SummarySeconds": settings.summary,
        "CarrierTimeoutSeconds": settings.carrier_timeout,
        "CarrierPauseSeconds": settings.carrier_pause,
        "SlotWaitSeconds": settings.slot_wait,
        "TelegramTimeoutSeconds": settings.telegram_timeout,
        "ChatPauseSeconds": settings.chat_pause,
        "FirstBackoffSeconds": settings.first_backoff,
        "LongestBackoffSeconds": settings.longest_backoff,
        "FloodWindowSeconds": settings.flood_window,
        "OverdueSeconds": settings.overdue,
        "SecretMaxAgeSeconds": settings.secret_max_age,
    }
    assert {name: float(parameter(name)) for name in durations} == {
        name: duration.total_seconds() for name, duration in durations.items()
    }
    assert parameter("Mode") == settings.mode


@pytest.mark.parametrize(("text", "wanted"), [("", False), ("off", False), ("on", True)])
def test_a_monthly_report_is_wanted_where_it_is_said(text: str, wanted: bool) -> None:  # noqa: FBT001
    assert Settings.read({"MONTHLY_REPORT": text}).monthly_report is wanted


def test_a_monthly_report_is_on_or_off() -> None:
    with pytest.raises(ConfigurationError, match="MONTHLY_REPORT must be on or off"):
        Settings.read({"MONTHLY_REPORT": "yes"})


def test_keys_of_the_carrier_are_counted_from_one_to_a_hundred() -> None:
    assert Settings.read({}).carrier_keys == 1
    assert Settings.read({"CARRIER_KEYS": "12"}).carrier_keys == 12
    for text in ("0", "101", "-1", "two", "1.5"):
        with pytest.raises(ConfigurationError, match="CARRIER_KEYS must be a number of keys from 1 to 100"):
            Settings.read({"CARRIER_KEYS": text})
