"""What a month costs."""

from dataclasses import replace

import pytest

from vistka.domain.bill import Line, bill, fixed_address, shop_month, total


def test_what_is_free_every_month_is_not_charged() -> None:
    line = Line(name="x", quantity=1_500_000, unit="", free=1e6, price=0.40, per=1e6)

    assert line.dollars == pytest.approx(0.20)
    assert replace(line, quantity=999_999).dollars == 0


def test_a_shop_with_fifty_open_orders_pays_less_than_a_dollar_a_month() -> None:
    assert total(bill(shop_month(50))) < 1


def test_idle_polling_of_the_queues_is_on_the_bill() -> None:
    idle = next(line for line in bill(shop_month(50)) if line.name == "SQS: idle polling")

    # Two queues, five polls of 20 s at a time, 30 days.
    assert idle.quantity == 2 * 5 * 3 * 60 * 24 * 30
    assert idle.dollars > 0


def test_metrics_and_alarms_above_the_ten_that_are_free_are_on_the_bill() -> None:
    within, above = bill(shop_month(50)), bill(shop_month(50), metrics=12, alarms=11)

    assert total(above) - total(within) == pytest.approx(2 * 0.30 + 0.10)


def test_rarer_runs_read_the_store_less_often() -> None:
    assert shop_month(50, interval_minutes=30).states * 3 == shop_month(50).states


def test_a_fixed_address_costs_more_than_all_the_rest_of_a_small_shop() -> None:
    assert total(fixed_address()) > 30 * total(bill(shop_month(500)))
