"""Phone numbers as people type them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vistka.carrier.phones import digits_of, phone_of


@pytest.mark.parametrize(
    "typed",
    [
        "380671112233",
        "+380671112233",
        "+38 (067) 111-22-33",
        "0671112233",
        "067 111 22 33",
        "8 067 111-22-33",
        "00380671112233",
        " 067\u00a0111\u00a022\u00a033 ",
        "067–111–22–33",
    ],
)
def test_a_ukrainian_number_has_one_form(typed: str) -> None:
    assert phone_of(typed) == "380671112233"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "12345",
        "671112233",
        "38067111223",
        "3806711122334",
        "380000000000",
        "+48 600 111 222",
        "0671112233, 0501112233",
        "067 111 22 33 Оксана",
        "٠٦٧١١١٢٢٣٣",
        "20450000000011",
        "0" * 1000,
    ],
)
def test_anything_else_is_left_out(typed: str) -> None:
    assert phone_of(typed) == ""


@pytest.mark.parametrize("typed", ["+380671112380", "067 111-23-80", "8 (067) 111 23 80"])
def test_nine_digits_of_a_number_stand_in_every_way_of_typing_it(typed: str) -> None:
    assert digits_of(phone_of(typed)) == "671112380"


@given(st.text(max_size=40))
def test_the_carrier_is_sent_nothing_but_its_own_form(typed: str) -> None:
    assert re.fullmatch(r"(380[1-9][0-9]{8})?", phone_of(typed))
