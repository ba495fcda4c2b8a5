"""The report of the benchmarks says what was measured, and nothing else."""

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figures import Runs, Table
from benchmarks.floor import elsewhere
from benchmarks.targets import TARGETS, Target


def test_the_report_is_made_of_the_kept_figures() -> None:
    text = report.README.read_text(encoding="utf-8")
    assert report.rendered(text) == text


def test_every_kept_table_has_its_place() -> None:
    text = report.README.read_text(encoding="utf-8")
    for file in report.KEPT.glob("*.json"):
        for table in json.loads(file.read_text(encoding="utf-8"))["tables"]:
            assert f"<!-- table: {table['name']} -->" in text


def test_a_kept_table_comes_into_its_place_and_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "KEPT", tmp_path)
    report.keep("one", [Table(name="mine", title="A run", columns=("a", "b"), rows=[["x", 1.5]])])
    before = "<!-- table: mine -->\nold\n<!-- end -->\n<!-- table: other -->\nas it was\n<!-- end -->\n"
    after = report.rendered(before)
    assert "| x | 1.5 |" in after
    assert "old" not in after
    assert after.endswith("<!-- table: other -->\nas it was\n<!-- end -->\n")


def test_what_a_table_plots_is_drawn_and_shown_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "KEPT", tmp_path / "results")
    monkeypatch.setattr(report, "PLOTS", tmp_path / "plots")
    (tmp_path / "results").mkdir()
    lines: dict[str, dict[str, list[tuple[float, float]]]] = {
        "seconds": {"SQLite": [(1_000, 0.2), (10_000, 2.1)]},
        "MB": {"SQLite": [(1_000, 60), (10_000, 61)]},
    }
    report.keep("grown", [Table(name="grown", title="A run", columns=("a",), rows=[["x"]], lines=lines)])
    page = report.rendered("<!-- table: grown -->\n<!-- end -->\n")
    assert "![seconds](plots/grown-1.svg)\n\n![MB](plots/grown-2.svg)" in page
    for number in (1, 2):
        picture = (tmp_path / "plots" / f"grown-{number}.svg").read_text(encoding="utf-8")
        assert "SQLite" in picture
        assert "10 000" in picture


@pytest.mark.parametrize(
    ("found", "shown"), [(59.9, ["it", "at least 60", "59.90", "**no**"]), (60, ["it", "at least 60", "60.00", "yes"])]
)
def test_a_target_says_whether_it_is_reached(found: float, shown: list[str]) -> None:
    assert Target(what="it", figure="f", least=60).row({"f": found}) == shown
    assert Target(what="it", figure="f", most=60).row({"f": 60.5})[-1] == "**no**"
    assert Target(what="it", figure="g", least=60).row({"f": found})[2] == "not measured"


def test_no_target_has_two_bounds() -> None:
    assert all((target.most is None) is not (target.least is None) for target in TARGETS)


def test_figures_are_the_median_with_its_spread_and_ratios_are_of_run_to_run() -> None:
    ours, theirs = Runs((0.2, 0.9, 0.4)), Runs((0.1, 0.3, 0.4))
    assert ours.ms == "400 (200-900)"
    assert ours.over(theirs).ratio == "2.00 (1.00-3.00)"


def test_the_bare_loop_writes_keys_of_its_own_and_without_conditions() -> None:
    put = {"Item": {"pk": {"S": "PARCEL#1"}}, "ConditionExpression": "revision = :r", "ExpressionAttributeValues": {}}
    assert elsewhere("TransactWriteItems", {"TransactItems": [{"Put": put}]}) == (
        "TransactWriteItems",
        {"TransactItems": [{"Put": {"Item": {"pk": {"S": "FLOOR#PARCEL#1"}}}}]},
    )
    update = {"Key": {"pk": {"S": "RUN"}}, "UpdateExpression": "ADD done :b", "ExpressionAttributeValues": {":b": 1}}
    assert elsewhere("UpdateItem", {**update, "ConditionExpression": "attribute_exists(pk)"})[1] == {
        **update,
        "Key": {"pk": {"S": "FLOOR#RUN"}},
    }
