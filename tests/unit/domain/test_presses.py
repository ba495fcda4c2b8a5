"""What a button says of an order, and what is read from it."""

import pytest

from vistka.domain.presses import Press, read_of_order, said_of_order


@pytest.mark.parametrize("press", [Press.MUTE_ORDER, Press.UNMUTE_ORDER])
@pytest.mark.parametrize("order_key", ["1042", "№ 7:б", "0192f0c1-1f5a-7d7e-8a53-0123456789ab", ":"])
def test_what_a_button_says_of_an_order_is_read_as_it_was_said(press: Press, order_key: str) -> None:
    assert read_of_order(said_of_order(press, order_key)) == (press, order_key)


def test_a_button_says_no_more_than_telegram_takes() -> None:
    for length in range(1, 80):
        said = [said_of_order(press, "9" * length) for press in (Press.MUTE_ORDER, Press.UNMUTE_ORDER)]
        assert all(len(one.encode()) <= 64 for one in said)
        assert bool(said[0]) is bool(said[1]) is (length <= 49)


@pytest.mark.parametrize(
    "said", ["", "v:", "v:mute", "v:mute_order", "v:mute_order:", "v:mute_orders:7", "V:MUTE_ORDER:7"]
)
def test_anything_else_is_no_button_of_an_order(said: str) -> None:
    assert read_of_order(said) is None
