"""Every reply of the bot as people read it, byte for byte (F25): one file a language, with a section for each case."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from local.standins.telegram_html import parse_html
from tests.unit.texts.cases import RETURN
from vistka.domain.errors import ConfigurationError
from vistka.domain.languages import LANGUAGES
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.presses import Press
from vistka.domain.stages import OVER_STAGES, WAITING_STAGES, Role, Stage
from vistka.domain.views import OrderView, ParcelView
from vistka.texts.conversation import BotReplies
from vistka.texts.samples import BRANCH, LOCKER, NOW
from vistka.usecases.binding import Outcome

REPLIES: Final = Path(__file__).parent / "replies"
ORDER: Final = "TWC09092025N01"


def parcel(stage: Stage | None, *, minutes: int = 12, ended: str = "", **facts: Any) -> ParcelView:
    known = Facts(**{"code": "7", "text": "", "stage": stage, **facts}) if stage else None
    state = ParcelState(
        ttn="20450012345678",
        revision=1,
        version=1,
        observed_at=NOW,
        first_seen_at=NOW,
        stage=stage,
        facts=known,
        ended=ended,
    )
    return ParcelView(ttn=state.ttn, state=state, checked_at=NOW - timedelta(minutes=minutes))


def in_chain(role: Role, stage: Stage, **facts: Any) -> ParcelView:
    known = parcel(stage, **facts)
    assert known.state is not None
    state = replace(known.state, ttn="59000087654321", role=role, chain=(known.ttn,))
    return replace(known, ttn=state.ttn, state=state)


def order(*parcels: ParcelView, number: str = ORDER) -> OrderView:
    return OrderView(number=number, parcels=parcels)


RECEIVED: Final = datetime(2026, 5, 12, 11, 5, tzinfo=UTC)
LATE: Final = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
PASSED: Final = {"paid_storage_at": NOW}

#: The carrier's line of a parcel to a door.
DOOR: Final[dict[str, Any]] = {"city": "Київ", "place": "вул. Зразкова, 167", "courier": True, "to_pay": "1250"}

CASES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "help": ("help", {}),
    "linked": ("linked", {"orders": [order(parcel(Stage.AT_BRANCH, **BRANCH))]}),
    "linked before there is a number": ("linked", {"orders": [order(number="")]}),
    "linked before the first answer": ("linked", {"orders": [order(ParcelView(ttn="1", state=None, checked_at=None))]}),
    "two orders of seven": (
        "orders",
        {
            "orders": [order(parcel(Stage.IN_TRANSIT, minutes=0, **LOCKER)), order(number="")],
            "more": 5,
        },
    ),
    "one order and another": ("orders", {"orders": [order(parcel(Stage.CREATED, minutes=59))], "more": 1}),
    "a locker": ("orders", {"orders": [order(parcel(Stage.AT_LOCKER, minutes=60, **LOCKER))], "more": 2}),
    "a locker whose time is over": (
        "orders", {"orders": [order(parcel(Stage.AT_LOCKER, minutes=2879, **{**LOCKER, **PASSED}))], "more": 0}),
    "paid storage": (
        "orders", {"orders": [order(parcel(Stage.AT_BRANCH, minutes=2880, **{**BRANCH, **PASSED}))], "more": 0}),
    "until its return": (
        "orders", {"orders": [order(parcel(Stage.AT_BRANCH, minutes=9000, **dict[str, Any](RETURN)))], "more": 0}),
    "received": (
        "orders",
        {"orders": [order(parcel(Stage.DELIVERED, ended="final", received_at=RECEIVED, **BRANCH))], "more": 0}),
    "a return behind what was refused": (
        "orders",
        {
            "orders": [order(
                parcel(Stage.REFUSED, ended="continued", **BRANCH),
                in_chain(Role.RETURN, Stage.RETURNING),
            )],
            "more": 0,
        },
    ),
    "redirected, and on under another number": (
        "orders",
        {
            "orders": [order(
                parcel(Stage.REDIRECTED, ended="continued", **BRANCH),
                in_chain(Role.REDIRECT, Stage.AT_BRANCH, **BRANCH),
            )],
            "more": 0,
        },
    ),
    "with a courier": ("orders", {"orders": [order(parcel(Stage.OUT_FOR_DELIVERY, **DOOR))], "more": 0}),
    "a city alone": ("orders", {"orders": [order(parcel(Stage.IN_TRANSIT, city="Ірпінь <1>"))], "more": 0}),
    **{
        f"stage {stage}": ("orders", {"orders": [order(parcel(stage))], "more": 0})
        for stage in Stage
    },
    **{
        f"refused {reason}": ("refused", {"reason": reason})
        for reason in ("expired", "invalid", "sorry", Outcome.USED, Outcome.CHAT_FULL, Outcome.ORDER_FULL)
    },
    "an order muted by the shop": ("order_muted", {"number": ORDER}),
    "an order heard again": ("order_unmuted", {"number": ORDER}),
    "an order that is known no more": ("order_unknown", {}),
    **{name: (name, {}) for name in ("stopped", "muted", "unmuted", "languages", "language", "private_only")},
}  # fmt: skip


def all_of(language: str) -> str:
    """As the file has it."""
    replies = BotReplies()
    sections = [
        f"=== {case}\n{replies.reply(name, language, now=NOW, **values)}" for case, (name, values) in CASES.items()
    ]
    buttons = "\n".join(replies.button(press, language) for press in Press)
    return "\n\n".join([*sections, f"=== buttons\n{buttons}\n"])


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_replies_are_exactly_as_written_f25(language: str) -> None:
    expected = (REPLIES / f"{language}.txt").read_bytes().decode()
    for said, wanted in zip(all_of(language).split("\n=== "), expected.split("\n=== "), strict=True):
        assert said == wanted


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("case", CASES)
def test_every_reply_is_html_that_telegram_reads_f14(case: str, language: str) -> None:
    name, values = CASES[case]
    parsed = parse_html(BotReplies().reply(name, language, now=NOW, **values))
    assert parsed.entities[0]["type"] == "bold"
    assert "<" not in parsed.text.replace("Ірпінь <1>", "")
    assert not re.search(r"\n{3,}| \n|^\s|\s$", parsed.text)


def test_a_language_without_replies_hears_ukrainian() -> None:
    assert BotReplies().reply("help", "de", now=NOW) == BotReplies().reply("help", "uk", now=NOW)
    assert BotReplies().button(Press.STATUS, "../uk") == BotReplies().button(Press.STATUS, "uk")


def test_a_reply_that_has_no_text_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no text uk/bot_unheard\.j2"):
        BotReplies().reply("unheard", "uk", now=NOW)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(
    "facts",
    [
        DOOR,
        {**DOOR, "courier": False},  # no branch and no locker by its name
        {**DOOR, "place": "Відділення №12: вул. Зразкова, 167"},
    ],
)
def test_where_the_buyer_lives_is_told_nobody_who_only_has_a_link(
    facts: dict[str, Any], stage: Stage, language: str
) -> None:
    if stage in WAITING_STAGES and facts["place"].startswith("Відділення"):
        return  # there it lies, and is fetched
    shown = [order(parcel(stage, **facts))]
    for name in ("orders", "linked"):
        text = BotReplies().reply(name, language, now=NOW, orders=shown, more=0)
        assert "Зразкова" not in text
        assert ("Київ" in text) is (stage not in OVER_STAGES)


def test_a_parcel_that_is_not_asked_about_any_more_says_nothing_of_freshness() -> None:
    ended = parcel(Stage.REFUSED, ended="final")
    text = BotReplies().reply("orders", "uk", now=LATE, orders=[order(ended)], more=0)
    assert "оновлено" not in text
