"""F11: texts are fitted to their column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vistka.shop.fitting import Room, fit_text


@pytest.mark.parametrize(
    ("text", "characters", "expected"),
    [
        ("", 10, ""),
        ("рівно десят", 11, "рівно десят"),
        ("Прибув у відділення", 15, "Прибув у…"),
        ("Прибув у відділення", 9, "Прибув у…"),
        ("Прибув, у відділення", 8, "Прибув…"),
        ("Статус - Опис", 10, "Статус…"),
        ("одне_дуже_довге_слово", 8, "одне_ду…"),
        ("а одне_дуже_довге_слово", 12, "а одне_дуже…"),
        ("довге", 1, "…"),
        ("без межі " * 50, 0, "без межі " * 50),
    ],
)
def test_a_text_is_cut_at_a_word(text: str, characters: int, expected: str) -> None:
    assert fit_text(text, Room(characters=characters)) == expected


def test_a_letter_is_not_parted_from_its_accent() -> None:
    assert fit_text("пои\u0306он", Room(characters=4)) == "по…"


def test_bytes_are_counted_where_the_column_counts_bytes() -> None:
    fitted = fit_text("Прибув у відділення", Room(octets=20))
    assert fitted == "Прибув у…"[: len("Прибув")] + "…"
    assert len(fitted.encode()) <= 20


def test_the_smaller_of_two_rooms_counts_and_no_limit_is_the_largest() -> None:
    assert Room(characters=100).within(Room(characters=50)) == Room(characters=50)
    assert Room(characters=0).within(Room(characters=50)) == Room(characters=50)
    assert Room(octets=255).within(Room(characters=50)) == Room(characters=50, octets=255)


@given(st.text(max_size=300), st.integers(0, 120), st.integers(0, 120))
def test_a_fitted_text_always_fits_and_is_fitted_once(text: str, characters: int, octets: int) -> None:
    room = Room(characters=characters, octets=octets)
    fitted = fit_text(text, room)
    assert not characters or len(fitted) <= characters
    assert not octets or len(fitted.encode()) <= octets
    assert fit_text(fitted, room) == fitted
    assert text.startswith(fitted.removesuffix("…")) or fitted == text
