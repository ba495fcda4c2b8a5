"""Single values of an item, at their edges."""

import pytest

from vistka.carrier.values import code_of, list_text_of, place_number_of, sum_of, text_of, ttn_of


def test_a_text_is_cut_to_its_length_and_ends_in_no_blank() -> None:
    assert text_of("я" * 201) == "я" * 200
    assert text_of("я" * 8, 7) == "я" * 7
    assert text_of("я" * 199 + " кінець") == "я" * 199


def test_a_list_of_texts_is_one_text_with_commas() -> None:
    assert list_text_of(["Відмова", None, "Пошкоджено"]) == "Відмова, Пошкоджено"


def test_of_a_list_without_end_twenty_parts_are_read() -> None:
    assert list_text_of(["я"] * 21).count("я") == 20


@pytest.mark.parametrize("code", [0, 9, 999, 10**9])
def test_any_small_int_may_be_a_code(code: int) -> None:
    assert code_of(code) == str(code)


def test_a_code_has_at_most_ten_characters() -> None:
    assert code_of("1" * 10) == "1" * 10
    assert code_of(10**10) == code_of("1" * 11) == ""


def test_a_number_has_fourteen_digits_as_int_or_text() -> None:
    assert ttn_of(10**13) == ttn_of(f" {10**13} ") == "10000000000000"
    assert ttn_of(10**12) == ttn_of(10**14) == ttn_of("1" * 15) == ""


@pytest.mark.parametrize(("number", "text"), [(1, "1"), (999_999, "999999"), (10**6, ""), (0, ""), (-1, "")])
def test_a_place_has_a_number_of_at_most_six_digits(number: int, text: str) -> None:
    assert place_number_of(number) == text


def test_a_place_named_in_words_is_cut_to_twenty_characters() -> None:
    assert place_number_of("Я" * 30) == "Я" * 20


def test_a_sum_has_at_most_nine_digits_of_hryvnias() -> None:
    assert (sum_of(1), sum_of(10**9 - 1), sum_of(10**9)) == ("1", "999999999", "")
