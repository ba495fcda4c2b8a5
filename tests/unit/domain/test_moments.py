"""What a decision makes of answers that came late or changed nothing, and moments on machines of any time zone."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.hearers import CHANGES_ONLY
from vistka.domain.decisions import Decision, decide
from vistka.domain.notices import Kind
from vistka.domain.orders import Order
from vistka.domain.parcels import Change, Facts, ParcelState, as_text, from_iso, to_iso
from vistka.domain.policy import Policy
from vistka.domain.stages import Stage, stage_of

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
TTN = "20450000000017"
ORDER = Order(key="1", number="TWC1", tracking=TTN, shown=None, chat_id=7001, unreachable=None)
ANOTHER = replace(ORDER, key="2", number="TWC2")


def answer(code: str, **facts: Any) -> Facts:
    return Facts(code=code, text=f"стан {code}", stage=stage_of(code), **{"moved_at": EARLIER} | facts)


def judge(known: ParcelState | None, facts: Facts | None, *orders: Order, sent_at: datetime = NOW) -> Decision:
    rules = Policy(
        now=sent_at,
        live_since=NOW - timedelta(days=90),
        is_live=lambda _number: True,
        has_shop_chat=True,
        notice_due=timedelta(minutes=5),
        default_language="uk",
        fit=str,
        audiences=CHANGES_ONLY,
    )
    return decide(
        ttn=TTN, known=known, answer=facts, sent_at=sent_at, orders=orders or (ORDER,), others=(), policy=rules
    )


def state(decision: Decision) -> ParcelState:
    assert decision.state is not None
    return decision.state


def test_an_answer_asked_at_the_moment_of_the_last_one_is_dropped_r1() -> None:
    known = state(judge(None, answer("7")))
    assert judge(known, answer("9")) == Decision(state=None, changed=False)


def test_a_late_answer_links_a_new_order_and_changes_nothing_else() -> None:
    known = state(judge(None, answer("7")))
    late = judge(known, answer("5"), ORDER, ANOTHER, sent_at=NOW - timedelta(minutes=1))
    assert (late.new_orders, late.changed) == ((ANOTHER,), False)
    assert state(late).orders == {"1", "2"}
    assert state(late).facts == known.facts


def test_a_change_holds_when_it_happened_and_when_we_asked() -> None:
    made = judge(None, answer("7"))
    assert made.change == Change(
        ttn=TTN, version=1, at=EARLIER, observed_at=NOW, facts=answer("7"), stage=Stage.AT_BRANCH
    )


def test_an_old_parcel_is_silent_though_its_number_was_a_stub_at_first_f16() -> None:
    stub = state(judge(None, None, sent_at=NOW - timedelta(days=1)))
    assert stub.orders == {"1"}
    assert judge(stub, answer("7", moved_at=NOW - timedelta(days=3))).notices == ()
    assert [notice.kind for notice in judge(stub, answer("7")).notices] == [Kind.WAITING]


def test_a_last_day_that_an_answer_leaves_out_is_not_forgotten() -> None:
    day = NOW + timedelta(days=5)
    hours = iter(range(1, 9))

    def then(known: ParcelState, facts: Facts) -> Decision:
        return judge(known, facts, sent_at=NOW + timedelta(hours=next(hours)))

    first = judge(None, answer("7", place_number="12", paid_storage_at=day))
    without = then(state(first), answer("14", place_number="12"))
    later = then(state(without), answer("7", place_number="12", paid_storage_at=day + timedelta(days=2)))
    assert [len(decision.notices) for decision in (first, without, later)] == [1, 0, 1]


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("local_zone")
def test_a_moment_is_stored_in_utc_whatever_the_machines_zone_is_f17() -> None:
    assert to_iso(NOW) == "2026-11-23T10:00:00.000000Z"


def test_a_stage_is_stored_as_plain_text() -> None:
    assert type(answer("7").to_dict()["stage"]) is str


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-23T10:00:00", "a moment without its zone"),
        ("1900-12-31T10:00:00Z", "a moment that no parcel saw"),
        ("3000-01-01T10:00:00Z", "a moment that no parcel saw"),
    ],
)
def test_a_stored_moment_is_none_without_its_zone_or_in_another_age(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=rf"^{why}$"):
        from_iso(text)


@pytest.mark.parametrize("text", ["1901-01-01T10:00:00Z", "2999-12-31T10:00:00Z", "2026-11-23T12:00:00+02:00"])
def test_a_stored_moment_is_read_in_utc(text: str) -> None:
    assert (from_iso(text), from_iso(text).tzinfo) == (datetime.fromisoformat(text), UTC)


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(ValueError, match=r"^half a character$"):
        as_text("\ud83d")
