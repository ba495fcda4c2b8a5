"""What is stored of a parcel, and how it reads."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from vistka.domain.parcels import Facts, ParcelState, from_iso, is_final, to_iso
from vistka.domain.stages import Stage

NOW = datetime(2026, 1, 13, 8, 0, 0, 123456, tzinfo=UTC)
ISO = "2026-01-13T08:00:00.123456Z"
FACTS = Facts(code="7", text="Прибув", stage=Stage.AT_BRANCH, place_number="12", courier=True, arrived_at=NOW)
STATE = ParcelState(
    ttn="20450000000017",
    revision=3,
    version=2,
    observed_at=NOW,
    first_seen_at=NOW,
    facts=FACTS,
    stage=Stage.AT_BRANCH,
    changed_at=NOW,
    waits_since=NOW,
    orders=frozenset({"2", "1"}),
    told={"waiting": "at_branch:12|"},
    written=("0123abcd",),
    not_found=1,
    ended="final",
)
BARE: dict[str, Any] = {
    "ttn": "20450000000017",
    "revision": 3,
    "version": 2,
    "observed_at": ISO,
    "first_seen_at": ISO,
}
STORED_FACTS: dict[str, Any] = {
    "code": "7",
    "text": "Прибув",
    "stage": "at_branch",
    "place_number": "12",
    "courier": True,
    "arrived_at": ISO,
}
STORED = BARE | {
    "facts": STORED_FACTS,
    "stage": "at_branch",
    "changed_at": ISO,
    "waits_since": ISO,
    "orders": ["1", "2"],
    "told": {"waiting": "at_branch:12|"},
    "written": ["0123abcd"],
    "not_found": 1,
    "ended": "final",
}


def test_a_state_has_this_form() -> None:
    assert STATE.to_dict() == STORED
    assert ParcelState.from_dict(STORED) == STATE


def test_a_state_of_which_nothing_is_known_is_short() -> None:
    bare = ParcelState(ttn="20450000000017", revision=3, version=2, observed_at=NOW, first_seen_at=NOW)
    assert bare.to_dict() == BARE
    assert ParcelState.from_dict(BARE) == bare
    empty = dict.fromkeys(("facts", "stage", "changed_at", "orders", "told", "written", "not_found", "ended"))
    assert ParcelState.from_dict(BARE | empty) == bare
    assert (bare.live, STATE.live) == (True, False)


@pytest.mark.parametrize("name", sorted(BARE))
def test_a_state_that_lacks_what_it_is_is_none(name: str) -> None:
    with pytest.raises(KeyError):
        ParcelState.from_dict({key: value for key, value in STORED.items() if key != name})


@pytest.mark.parametrize(
    "wrong",
    [{"stage": "of_a_newer_version"}, {"facts": {"code": 7}}, {"facts": {"created_at": 5}}, {"orders": [1]},
     {"told": {"waiting": None}}, {"written": [5]}, {"observed_at": "x"}, {"revision": "x"}, {"facts": {"stage": "?"}}],
)  # fmt: skip
def test_a_state_of_another_form_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        ParcelState.from_dict(STORED | wrong)


def test_facts_of_a_newer_writer_are_read_as_far_as_they_are_known() -> None:
    assert Facts.from_dict(STORED_FACTS | {"weight": "2"}) == FACTS
    assert Facts.from_dict({}) == Facts(code="", text="")


def test_the_next_state_is_one_revision_on() -> None:
    assert STATE.next(ended="") == replace(STATE, revision=4, ended="")


def test_of_a_parcel_that_has_ended_only_its_end_is_left() -> None:
    end = Facts(code="102", text="Відмова", stage=Stage.REFUSED, moved_at=NOW, child_ttn="59000000000044",
                child_type="CargoReturn", return_of="20450000000099")  # fmt: skip
    whole = replace(end, city="Вигадів", place="Відділення №7", place_number="7", to_pay="450", arrived_at=NOW)
    assert replace(STATE, facts=whole).reduced() == replace(STATE, facts=end, told={"waiting": ""})


def test_a_parcel_that_was_given_up_unseen_has_nothing_to_leave_out() -> None:
    unseen = replace(STATE, facts=None, stage=None, told={"aged_out": "0"}, ended="aged_out")
    assert unseen.reduced() == replace(unseen, told={"aged_out": ""})


@pytest.mark.parametrize(
    ("code", "redelivery", "final"),
    [("9", "", True), ("9", "450", False), ("10", "", False), ("11", "450", True), ("106", "", True), ("2", "", True),
     ("124", "", True), ("7", "", False), ("102", "", False), ("777", "", False)],
)  # fmt: skip
def test_the_story_ends_with_these_codes_f2(code: str, redelivery: str, final: bool) -> None:  # noqa: FBT001
    assert is_final(Facts(code=code, text="…", redelivery=redelivery)) is final


def test_a_moment_is_stored_in_utc_so_that_text_order_is_time_order() -> None:
    kyiv = timezone(timedelta(hours=2))
    assert to_iso(datetime(2026, 1, 13, 10, 0, 0, 123456, tzinfo=kyiv)) == ISO
    assert from_iso(ISO) == NOW
    assert from_iso("2026-01-13T10:00:00.123456+02:00").tzinfo is UTC


@pytest.mark.parametrize("text", ["", "x", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_iso(text)
