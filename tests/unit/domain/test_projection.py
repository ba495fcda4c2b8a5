"""What an order's columns say, and whose text it is that they show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.orders import Order, Projection
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.projection import (
    WRITTEN_KEPT,
    fingerprint,
    is_foreign,
    joined,
    leading,
    project,
    remember,
    text_of,
)
from vistka.domain.stages import Stage

NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
A, B, C = "20450000000017", "20450000000024", "20450000000031"
TEXT = "В дорозі - Прямує"
ORDER = Order(key="1", number="TWC1", tracking=A, shown=None)


def parcel(ttn: str = A, **changes: Any) -> ParcelState:
    state = ParcelState(
        ttn=ttn,
        revision=1,
        version=1,
        observed_at=NOW,
        first_seen_at=NOW,
        facts=Facts(code="5", text="Прямує", stage=Stage.IN_TRANSIT),
        stage=Stage.IN_TRANSIT,
        changed_at=NOW,
        orders=frozenset({"1"}),
    )
    return replace(state, **changes)


def cut(text: str) -> str:
    return text[:10]


def test_the_text_is_fitted() -> None:
    assert text_of(parcel(), str) == TEXT
    assert text_of(parcel(), cut) == TEXT[:10]


@pytest.mark.parametrize("lacking", [{"stage": None}, {"facts": None}])
def test_before_the_first_real_answer_there_is_no_text(lacking: dict[str, Any]) -> None:
    assert text_of(parcel(**lacking), str) is None
    assert remember(parcel(written=("a",), **lacking), str) == ("a",)


def test_the_present_text_is_remembered_as_the_newest() -> None:
    mark = fingerprint(TEXT)
    assert (len(mark), fingerprint(""), fingerprint("а")) == (8, "00000000", "0b80646c")
    assert remember(parcel(), str) == (mark,)
    assert remember(parcel(written=("a", mark)), str) == ("a", mark)
    assert remember(parcel(written=(mark, "a")), str) == ("a", mark)
    full = tuple("abcdefgh")
    assert len(full) == WRITTEN_KEPT
    assert remember(parcel(written=full), str) == (*full[1:], mark)


def test_texts_of_a_former_number_are_ours_too() -> None:
    assert joined(["x", "a", "x"], ["a", "b"]) == ("x", "a", "b")
    assert joined("123456", "abcd") == ("3", "4", "5", "6", "a", "b", "c", "d")
    assert joined([], ["a"]) == ("a",)


def test_a_live_parcel_speaks_before_an_ended_one_and_then_the_newest_change() -> None:
    ended = parcel(B, ended="final", changed_at=NOW + timedelta(days=1))
    later = parcel(C, changed_at=NOW + timedelta(hours=1))
    states = {A: parcel(), B: ended, C: later}
    assert leading((A, B), states) == states[A]
    assert leading((A, B, C), states) == later
    assert leading((B,), states) == ended
    assert leading(("nobody",), states) is None
    assert leading((A,), {A: parcel(stage=None)}) is None
    assert leading((A,), {A: parcel(changed_at=None)}) is None
    assert leading((A, C), {A: parcel(stage=None), C: later}) == later


@pytest.mark.parametrize("other", [{}, {"ended": "final"}])
def test_a_number_that_the_carrier_does_not_know_speaks_last(other: dict[str, Any]) -> None:
    unknown = parcel(B, stage=Stage.NOT_FOUND, changed_at=NOW + timedelta(days=1))
    known = parcel(A, **other)
    assert leading((A, B), {A: known, B: unknown}) == known
    assert leading((A, B), {B: unknown}) == unknown


def test_a_projection_carries_its_guard() -> None:
    order = replace(ORDER, shown="інше")
    assert project(order, (A,), {A: parcel()}, str) == Projection(
        order_key="1", order_number="TWC1", tracking=A, shown="інше", text=TEXT, changed_at=NOW
    )
    assert project(order, (A,), {}, str) is None
    assert project(order, (A,), {A: parcel(facts=None)}, str) is None


KNOWN = {A: parcel(written=(fingerprint(TEXT), fingerprint("старий наш")))}


@pytest.mark.parametrize(
    ("shown", "foreign"),
    [(None, False), ("", False), ("  ", False), (TEXT, False), ("старий наш", False), ("чужий", True)],
)
def test_foreign_is_a_text_that_we_did_not_write_f45(shown: str | None, foreign: bool) -> None:  # noqa: FBT001
    assert is_foreign(replace(ORDER, shown=shown), (A,), KNOWN) is foreign


def test_an_order_that_we_have_not_linked_may_show_anything_f45() -> None:
    order = replace(ORDER, shown="чужий")
    assert not is_foreign(order, (A,), {})
    assert not is_foreign(order, (A,), {A: parcel(orders=frozenset({"2"}), written=("a",))})
    assert not is_foreign(order, (A,), {A: parcel(written=())})


def test_of_several_parcels_any_may_have_written_it_f45() -> None:
    states = {A: parcel(written=("a",)), B: parcel(B, written=(fingerprint("наш"),))}
    assert not is_foreign(replace(ORDER, shown="наш"), (A, B), states)
    assert is_foreign(replace(ORDER, shown="чужий"), (A, B), states)


def test_the_text_of_a_number_that_left_an_order_and_came_back_is_ours_f45() -> None:
    unlinked = parcel(B, written=(fingerprint("наш"),), orders=frozenset())
    states = {A: parcel(written=("a",)), B: unlinked}
    assert not is_foreign(replace(ORDER, shown="наш"), (A, B), states)
    assert is_foreign(replace(ORDER, shown="чужий"), (A, B), states)


def test_what_took_a_parcels_place_speaks_for_it_as_soon_as_it_is_known_f31() -> None:
    refused = parcel(stage=Stage.REFUSED, children=(B,), ended="continued", changed_at=NOW + timedelta(hours=3))
    named = parcel(B, stage=None, facts=None, chain=(A,))
    assert leading((A, B), {A: refused, B: named}) == refused
    unknown = replace(named, stage=Stage.NOT_FOUND)
    assert leading((A, B), {A: refused, B: unknown}) == refused

    back = parcel(B, stage=Stage.RETURNED, chain=(A,), ended="final")
    assert leading((A, B), {A: refused, B: back}) == back
    last = parcel(C, stage=Stage.RETURNED, chain=(A, B), ended="final")
    assert leading((A, B, C), {A: refused, B: named, C: last}) == last


def test_another_parcel_of_the_order_speaks_beside_a_chain_as_ever() -> None:
    refused = parcel(children=(B,), ended="continued")
    back = parcel(B, stage=Stage.RETURNED, chain=(A,), ended="final", changed_at=NOW + timedelta(hours=1))
    other = parcel(C)
    assert leading((A, C, B), {A: refused, B: back, C: other}) == other
