"""Waybills made on the basis of others: which are followed, how far, and as what they read (F31, F32)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.chains import (
    MOST_CHILDREN,
    MOST_LEVELS,
    awaited_child,
    ending,
    is_followed,
    take_up,
    with_descendants,
)
from vistka.domain.notices import Kind
from vistka.domain.parcels import Facts, ParcelState, is_final
from vistka.domain.stages import Role, Stage, in_role, stage_of

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PARENT, CHILD, GRANDCHILD = "20450000000017", "59000000000024", "20400000000031"


def parcel(
    code: str = "102", *, child: str = CHILD, kind: str = "CargoReturn", redelivery: str = "", **changes: Any
) -> ParcelState:
    facts = Facts(
        code=code,
        text=f"стан {code}",
        stage=stage_of(code),
        redelivery=redelivery,
        child_ttn=child,
        child_type=kind if child else "",
    )
    values: dict[str, Any] = {"ttn": PARENT, "orders": frozenset({"1"}), "stage": facts.stage, "facts": facts} | changes
    return ParcelState(
        revision=4, version=3, observed_at=NOW, first_seen_at=NOW - timedelta(days=9), changed_at=NOW, **values
    )


def taken(parent: ParcelState, child: ParcelState | None = None) -> tuple[ParcelState, ParcelState]:
    return take_up(parent, child, parent.orders, NOW)


@pytest.mark.parametrize(
    ("kind", "number", "followed"),
    [
        ("CargoReturn", CHILD, True),
        ("Redirecting", CHILD, True),
        ("MoneyTransfer", CHILD, False),
        ("", CHILD, False),
        ("cargoreturn", CHILD, False),
        ("CargoReturn", "102-00006096", False),
        ("CargoReturn", "5900000000002", False),
        ("CargoReturn", "", False),
        ("CargoReturn", PARENT, False),
    ],
)
def test_only_returns_and_redirects_are_followed_f32(kind: str, number: str, followed: bool) -> None:  # noqa: FBT001
    assert bool(awaited_child(parcel(child=number, kind=kind))) is followed


def test_a_child_is_looked_for_once_and_never_among_the_forebears() -> None:
    assert awaited_child(parcel(children=(CHILD,))) == ""
    assert awaited_child(parcel(chain=(CHILD, GRANDCHILD))) == ""


def test_no_more_than_five_levels_and_three_children_are_followed() -> None:
    forebears = tuple(f"2045000000{number:04}" for number in range(MOST_LEVELS))

    assert awaited_child(parcel(chain=forebears[1:]))
    assert not awaited_child(parcel(chain=forebears))
    assert awaited_child(parcel(children=forebears[: MOST_CHILDREN - 1]))
    assert not awaited_child(parcel(children=forebears[:MOST_CHILDREN]))


def test_a_parent_goes_on_until_its_child_is_taken_up_and_then_by_that_child_f31() -> None:
    assert ending(parcel("102")) == ""

    parent, child = taken(parcel("102"))
    assert parent.ended == "continued"
    assert parent.children == (CHILD,)
    assert (child.ttn, child.revision, child.version, child.facts) == (CHILD, 1, 0, None)
    assert child.chain == (PARENT,)
    assert child.role is Role.RETURN
    assert child.orders == {"1"}
    assert child.first_seen_at == NOW
    assert child.chain_since == parent.first_seen_at


def test_a_parent_that_awaits_no_child_has_none_to_take_up() -> None:
    with pytest.raises(ValueError, match=r"^there is no child to take up$"):
        taken(parcel(child=""))


def test_a_final_parent_with_a_return_is_asked_until_that_is_taken_up() -> None:
    received = parcel("9")
    assert ending(received) == ""
    assert taken(received)[0].ended == "final"


@pytest.mark.parametrize(
    ("code", "ended"),
    [(code, "continued") for code in ("102", "103", "104", "105", "108")] + [(code, "") for code in ("5", "7")],
)
def test_a_number_that_may_go_on_itself_is_asked_on_beside_its_child(code: str, ended: str) -> None:
    assert taken(parcel(code))[0].ended == ended


def test_a_child_of_a_return_is_a_return_whatever_its_type_says() -> None:
    back = parcel("104", ttn=CHILD, child=GRANDCHILD, kind="Redirecting", role=Role.RETURN, chain=(PARENT,))
    back = replace(back, chain_since=NOW - timedelta(days=20))
    child = taken(back)[1]

    assert child.role is Role.RETURN
    assert child.chain == (PARENT, CHILD)
    assert child.chain_since == back.chain_since


def test_what_was_told_of_the_parent_is_not_news_of_the_child_and_its_own_end_is() -> None:
    told = {Kind.ON_ITS_WAY: "1", Kind.WAITING: "at_branch:1|", Kind.NUMBER_UNKNOWN: "0", Kind.AGED_OUT: "2"}
    child = taken(parcel(told=told, written=("aa", "bb")))[1]

    assert dict(child.told) == {Kind.ON_ITS_WAY: "1", Kind.WAITING: "at_branch:1|"}
    assert child.written == ("aa", "bb")


def test_a_number_that_an_order_lists_itself_becomes_part_of_the_chain_and_keeps_what_it_is() -> None:
    typed = parcel("5", ttn=CHILD, child="", orders=frozenset({"2"}), told={Kind.ON_ITS_WAY: "7"})
    parent, child = taken(parcel(told={Kind.ON_ITS_WAY: "1", Kind.REFUSED: "3"}), typed)

    assert parent.children == (CHILD,)
    assert child.revision == typed.revision + 1
    assert child.orders == {"1", "2"}
    assert dict(child.told) == {Kind.ON_ITS_WAY: "7", Kind.REFUSED: "3"}
    assert (child.facts, child.stage, child.first_seen_at) == (typed.facts, typed.stage, typed.first_seen_at)
    assert child.role is Role.RETURN


def test_what_was_taken_for_received_before_its_role_was_known_is_asked_once_more_f31() -> None:
    typed = parcel("9", ttn=CHILD, child="", ended="final")
    assert taken(parcel(), typed)[1].ended == ""
    assert taken(parcel(kind="Redirecting"), typed)[1].ended == "final"


def test_a_child_that_has_a_parent_already_keeps_it() -> None:
    other = parcel("5", ttn=CHILD, child="", chain=(GRANDCHILD,), role=Role.REDIRECT)
    parent, child = taken(parcel(), other)

    assert parent.children == (CHILD,)
    assert child == other


def test_two_that_name_each_other_make_no_circle() -> None:
    mutual = parcel("102", ttn=CHILD, children=(PARENT,))
    parent, child = taken(parcel(), mutual)

    assert child == mutual
    states = {PARENT: parent, CHILD: child}
    assert with_descendants([PARENT], states) == (PARENT, CHILD)
    assert with_descendants([CHILD], states) == (CHILD, PARENT)


def test_descendants_stand_behind_the_numbers_level_by_level_and_each_once() -> None:
    other = "51400000000048"
    states = {
        PARENT: parcel(children=(CHILD, other)),
        CHILD: parcel(ttn=CHILD, children=(GRANDCHILD,)),
        other: parcel(ttn=other, children=(GRANDCHILD, PARENT)),
    }
    assert with_descendants([PARENT, other], states) == (PARENT, other, CHILD, GRANDCHILD)
    assert with_descendants([PARENT], states, most=2) == (PARENT, CHILD)
    assert with_descendants(["1"], states) == ("1",)


@pytest.mark.parametrize(
    ("code", "redelivery", "followed"),
    [("5", "", False), ("7", "450", False), ("102", "", True), ("103", "", True), ("104", "", True), ("105", "", True),
     ("9", "450", True), ("10", "", True)],
)  # fmt: skip
def test_what_comes_back_or_waits_for_money_is_followed_without_an_open_order(
    code: str,
    redelivery: str,
    followed: bool,  # noqa: FBT001
) -> None:
    assert is_followed(parcel(code, child="", redelivery=redelivery)) is followed


def test_a_child_is_followed_in_whatever_stage_and_what_is_nobodys_is_not() -> None:
    assert is_followed(parcel("5", child="", role=Role.REDIRECT))
    assert is_followed(parcel("7", kind="Redirecting"))  # its child is still to be taken up
    assert not is_followed(parcel("102", ended="continued"))
    assert not is_followed(parcel("102", orders=frozenset()))


@pytest.mark.parametrize(
    ("code", "stage"),
    [("1", Stage.RETURNING), ("4", Stage.RETURNING), ("5", Stage.RETURNING), ("6", Stage.RETURNING),
     ("101", Stage.RETURNING), ("104", Stage.RETURNING), ("111", Stage.RETURNING), ("112", Stage.RETURNING),
     ("7", Stage.RETURN_WAITING), ("8", Stage.RETURN_WAITING), ("9", Stage.RETURNED), ("10", Stage.RETURNED),
     ("11", Stage.RETURNED), ("106", Stage.RETURNED), ("3", Stage.NOT_FOUND), ("2", Stage.DELETED),
     ("103", Stage.REFUSED), ("105", Stage.STORAGE_ENDED), ("124", Stage.DESTROYED)],
)  # fmt: skip
def test_a_return_reads_as_one_and_is_never_delivered_f31(code: str, stage: Stage) -> None:
    assert in_role(stage_of(code), Role.RETURN) is stage
    assert in_role(stage_of(code), Role.REDIRECT) is stage_of(code)
    assert in_role(stage_of(code), None) is stage_of(code)


def test_a_return_that_the_shop_has_is_final_and_waits_for_no_money() -> None:
    for code in ("9", "10", "11", "106"):
        facts = Facts(code=code, text="", stage=stage_of(code), redelivery="450")
        assert is_final(facts, Role.RETURN)
    assert not is_final(Facts(code="9", text="", stage=Stage.DELIVERED, redelivery="450"), Role.REDIRECT)
    assert not is_final(Facts(code="7", text="", stage=Stage.AT_BRANCH), Role.RETURN)


def test_a_state_of_a_chain_survives_its_record() -> None:
    state = parcel(ttn=CHILD, role=Role.RETURN, chain=(PARENT,), chain_since=NOW, children=(GRANDCHILD,))
    assert ParcelState.from_dict(state.to_dict()) == state
