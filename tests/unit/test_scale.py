"""SCALE.md says what its program computes, and names what there is."""

import re
from pathlib import Path

import pytest

from benchmarks import scale
from tests.template import template
from vistka.domain.bill import bill, shop_month

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "layers/core/vistka"


def page() -> str:
    return scale.PAGE.read_text(encoding="utf-8")


def test_the_page_says_the_computed_numbers() -> None:
    assert scale.rendered(page()) == page()


def test_every_table_has_its_place() -> None:
    assert {table.name for table in scale.tables()} <= set(re.findall("<!-- table: ([a-z]+) -->", page()))


def test_every_module_and_parameter_that_it_names_is_there() -> None:
    named = re.findall(r"`([a-z_/]+[.]py)`", page())
    folder = ""
    for one in named:
        folder = one.rpartition("/")[0] or folder
        assert (PACKAGE / folder / one.rpartition("/")[2]).is_file(), one
    parameters = {"TrackerConcurrency", "NotifierConcurrency", "CarrierKeys", "DispatcherMemory"}
    assert parameters <= set(template()["Parameters"])
    assert all(name in page() for name in parameters)


@pytest.mark.parametrize("name", ["README.md", "README.uk.md"])
def test_both_readmes_lead_to_it(name: str) -> None:
    assert "(SCALE.md)" in (ROOT / name).read_text(encoding="utf-8")


def test_its_bill_is_that_of_the_first_day_and_what_a_small_shop_does_not_feel() -> None:
    lines = {line.name: line for line in scale.month(1_000)}
    for line in bill(shop_month(1_000)):
        assert lines.pop(line.name).dollars >= line.dollars
    assert set(lines) == {"DynamoDB: storage", "DynamoDB: backups"}


def test_more_memory_is_more_processor_up_to_a_whole_one() -> None:
    usual, whole, more = (scale.orders_a_run(memory=memory, seconds=240) for memory in (512, 1769, 3538))
    assert usual < whole == more
