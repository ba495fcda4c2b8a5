"""Metrics as lines of the log: ten names, one dimension."""

import json
from typing import Any

import pytest

from vistka.adapters.metrics import EmfMetrics
from vistka.metrics import Metric


def flushed(metrics: EmfMetrics, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    metrics.flush()
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


def test_there_are_at_most_ten_metrics() -> None:
    assert len(Metric) <= 10


def test_values_of_an_invocation_go_out_together(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = EmfMetrics(service="vistka-shop")
    metrics.count(Metric.PARCELS_CHECKED, 100)
    metrics.count(Metric.PARCELS_CHECKED, 50)
    metrics.count("GoodRuns")
    metrics.count(Metric.OLDEST_UNCHECKED_SECONDS, 12.5)
    metrics.count(Metric.SCAN_TO_NOTICE_SECONDS, 300)
    line = flushed(metrics, capsys)
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "Vistka"
    assert described["Dimensions"] == [["service"]]
    assert line["service"] == "vistka-shop"
    assert line["ParcelsChecked"] == [100, 50]
    assert line["GoodRuns"] == [1]
    units = {metric["Name"]: metric["Unit"] for metric in described["Metrics"]}
    assert units == {
        "ParcelsChecked": "Count",
        "GoodRuns": "Count",
        "OldestUncheckedSeconds": "Seconds",
        "ScanToNoticeSeconds": "Seconds",
    }


def test_an_invocation_without_metrics_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    EmfMetrics(service="vistka-shop").flush()
    assert capsys.readouterr().out == ""


def test_nothing_is_left_for_the_next_invocation(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = EmfMetrics(service="vistka-shop")
    metrics.count(Metric.GOOD_RUNS)
    flushed(metrics, capsys)
    metrics.count(Metric.CARRIER_OUTAGES)
    line = flushed(metrics, capsys)
    assert "GoodRuns" not in line
    assert line["service"] == "vistka-shop"


def test_a_name_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="Invented"):
        EmfMetrics(service="vistka-shop").count("Invented")
