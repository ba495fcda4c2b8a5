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


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("12345", "'12345': not a waybill number (14 digits); correct it in the order"),
        ("ТТН 123-45 abc", "'123-45abc': not a waybill number (14 digits); correct it in the order"),
        ("самовивіз", "the tracking field: not a waybill number (14 digits); correct it in the order"),
        ("abc", "the tracking field: not a waybill number (14 digits); correct it in the order"),
        ("1" * 24, f"'{'1' * 24}': not a waybill number (14 digits); correct it in the order"),
        ("1" * 25, f"'{'1' * 24}…': not a waybill number (14 digits); correct it in the order"),
        ("0671112233", "the tracking field: not a waybill number (14 digits); correct it in the order"),
        ("380671112233", "the tracking field: not a waybill number (14 digits); correct it in the order"),
        ("+38 (067) 111-22-33", "the tracking field: not a waybill number (14 digits); correct it in the order"),
        ("1671112233", "'1671112233': not a waybill number (14 digits); correct it in the order"),
        ("067111223", "'067111223': not a waybill number (14 digits); correct it in the order"),
        ("390671112233", "'390671112233': not a waybill number (14 digits); correct it in the order"),
        ("3806711122334", "'3806711122334': not a waybill number (14 digits); correct it in the order"),
        ("SHPL1234567890",
         "'SHPL1234567890': an international number, which Nova Poshta API 2.0 does not track"),
        ("rr123456789ua",
         "'rr123456789ua': an international number, which Nova Poshta API 2.0 does not track"),
        ("102-00006096",
         "'102-00006096': a carrier's order, not a waybill number; enter the 14 digits of the waybill"),
    ],
)  # fmt: skip
def test_a_problem_names_what_was_typed_and_what_to_do(typed: str, problem: str) -> None:
    assert parse_numbers(typed).problems == (problem,)


@pytest.mark.parametrize("digits", [13, 15, 17, 19, 27, 29, 42])
def test_digits_of_another_count_are_no_number(digits: int) -> None:
    assert parse_numbers("2" * digits).ttns == ()


def test_behind_a_bad_part_the_good_ones_are_still_read_f40() -> None:
    numbers = parse_numbers("102-00006096, ,12345; 20450000000017 / abc + 59000000000011")
    assert numbers.ttns == ("20450000000017", "59000000000011")
    assert len(numbers.problems) == 3


def test_zeros_beside_a_number_make_both_unusable() -> None:
    assert parse_numbers("2045000000001700000000000000").ttns == ()
