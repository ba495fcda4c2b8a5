"""The clock of the machine, moved by a file in a loopback deployment alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vistka.adapters.clock import SystemClock
from vistka.domain.errors import ConfigurationError

LOOPBACK = "http://127.0.0.1:4566"
SOON = timedelta(seconds=30)


def moved(clock: SystemClock) -> timedelta:
    return clock.now() - datetime.now(UTC)


def test_the_time_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta()
    assert abs(moved(SystemClock())) < SOON


def test_the_file_moves_the_clock_whenever_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = SystemClock(str(file), LOOPBACK)
    assert abs(moved(clock)) < SOON  # not there yet
    file.write_text("")
    assert abs(moved(clock)) < SOON
    file.write_text("86400\n")
    assert abs(moved(clock) - timedelta(days=1)) < SOON
    file.write_text("-90.5")
    assert abs(moved(clock) + timedelta(seconds=90.5)) < SOON


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "1e300", "1 2"])
def test_a_file_that_holds_no_number_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clock"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="CLOCK_FILE must hold one number"):
        SystemClock(str(file), LOOPBACK).now()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CLOCK_FILE cannot be read"):
        SystemClock(str(tmp_path), LOOPBACK).now()


@pytest.mark.parametrize("endpoint", [None, "", "https://dynamodb.eu-central-1.amazonaws.com", "http://10.0.0.1:4566"])
def test_no_clock_is_moved_outside_a_loopback_deployment(tmp_path: Path, endpoint: str | None) -> None:
    with pytest.raises(ConfigurationError, match="only a local deployment"):
        SystemClock(str(tmp_path / "clock"), endpoint)


def test_sleeping_for_no_time_or_less_returns_at_once() -> None:
    SystemClock().sleep(timedelta())
    SystemClock().sleep(timedelta(seconds=-5))
