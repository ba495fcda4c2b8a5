"""Waybill numbers as people type them."""

import pytest

from vistka.domain.waybills import parse_numbers


@pytest.mark.parametrize(
    ("typed", "ttns"),
    [
        ("20450000000017", ("20450000000017",)),
        (" 20450000000017 ", ("20450000000017",)),
        ("20-4500-0000-0017", ("20450000000017",)),
        ("2045 0000 0000 17", ("20450000000017",)),
        ("№20450000000017", ("20450000000017",)),
        ("59000000000011, 20450000000017", ("59000000000011", "20450000000017")),
        ("59000000000011;20450000000017", ("59000000000011", "20450000000017")),
        ("59000000000011/20450000000017", ("59000000000011", "20450000000017")),
        ("59000000000011 + 20450000000017", ("59000000000011", "20450000000017")),
        ("59000000000011\n20450000000017\n", ("59000000000011", "20450000000017")),
        ("5900000000001120450000000017", ("59000000000011", "20450000000017")),
        ("204500000000170001", ("20450000000017",)),
        ("20450000000017,20450000000017", ("20450000000017",)),
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str, ttns: tuple[str, ...]) -> None:
    numbers = parse_numbers(typed)

    assert numbers.ttns == ttns
    assert numbers.problems == ()


@pytest.mark.parametrize("typed", [None, "", "   ", ",;", "\n"])
def test_an_empty_field_is_no_problem(typed: str | None) -> None:
    assert parse_numbers(typed).ttns == ()
    assert parse_numbers(typed).problems == ()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("2045000000001", "not a waybill number"),
        ("SHPL0000000001", "international"),
        ("NP00000000000001NPI", "international"),
        ("102-00006096", "carrier's order"),
        ("00000000000000", "not a waybill number"),
        ("самовивіз", "not a waybill number"),
        ("²⁰⁴⁵⁰⁰⁰⁰⁰⁰⁰⁰¹⁷", "not a waybill number"),
    ],
)
def test_what_is_no_number_is_named_with_what_to_do(typed: str, says: str) -> None:
    numbers = parse_numbers(typed)

    assert numbers.ttns == ()
    assert says in numbers.problems[0]


def test_one_bad_number_does_not_hide_the_good_one_beside_it_f40() -> None:
    numbers = parse_numbers("20450000000017, 123")

    assert numbers.ttns == ("20450000000017",)
    assert len(numbers.problems) == 1


@pytest.mark.parametrize("typed", ["+380 67 000 00 01", "0670000001", "Олена Вигадана"])
def test_a_name_or_a_phone_in_the_field_is_not_repeated(typed: str) -> None:
    text = " ".join(parse_numbers(typed).problems)

    assert text
    assert "67000" not in text.replace(" ", "")
    assert "Олена" not in text
