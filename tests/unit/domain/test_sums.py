"""Sums that the carrier writes in several fields, or nowhere."""

from decimal import Decimal

import pytest

from vistka.domain.parcels import Facts
from vistka.domain.sums import first_sum, money_of_shop, sum_to_pay


def test_what_is_to_pay_stands_in_the_first_field_that_names_a_sum() -> None:
    facts = Facts(code="7", text="Прибув", to_pay="10", afterpayment="20", redelivery="30")
    assert sum_to_pay(facts) == Decimal(10)
    assert sum_to_pay(Facts(code="7", text="Прибув", afterpayment="20", redelivery="30")) == Decimal(20)
    assert sum_to_pay(Facts(code="7", text="Прибув", to_pay="0", redelivery="30")) == Decimal(30)
    assert sum_to_pay(Facts(code="7", text="Прибув")) is None


def test_the_shop_s_money_is_what_the_buyer_sends_back() -> None:
    facts = Facts(code="10", text="Отримано", to_pay="10", afterpayment="20", redelivery="30")
    assert money_of_shop(facts) == Decimal(30)
    assert money_of_shop(Facts(code="10", text="Отримано", to_pay="10", afterpayment="20")) == Decimal(20)
    assert money_of_shop(Facts(code="10", text="Отримано", to_pay="10")) is None


@pytest.mark.parametrize("rubbish", ["0", "-5", "NaN", "Infinity", "-Infinity", "", None, "free", "1000000000", "9e99"])
def test_what_is_no_sum_above_zero_and_below_a_billion_is_passed_over(rubbish: str | None) -> None:
    assert first_sum(rubbish, "450.50") == Decimal("450.50")
    assert first_sum(rubbish) is None


@pytest.mark.parametrize("least", ["0.01", "1", "999999999.99"])
def test_kopiykas_and_the_largest_sums_are_sums(least: str) -> None:
    assert first_sum(least, "450.50") == Decimal(least)
