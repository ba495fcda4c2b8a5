"""What a person may ask of a function, and what is nobody's to start a run with."""

import json
from pathlib import Path
from typing import Any

import pytest

from vistka.domain.errors import BadMessage, ShopUnavailable
from vistka.domain.orders import Finding
from vistka.edge.direct import findings, is_batch, is_scheduled, read_request
from vistka.shop.schema import parse_schema

EVENTS = Path("events")


@pytest.mark.parametrize(
    "event",
    [
        {"dry_run": True},
        {"order_numbr": "TWC1"},
        {"nonsense": 1},
        {"Records": []},
        {"order_number": "TWC1", "dryrun": True},
        {"order_number": 5},
        {"order_number": " "},
        {"order_number": "TWC\udcff"},
        {"order_number": "x" * 101},
        {"plan": {"after": "\udcff"}},
        {"plan": []},
        {"plan": {"after": 5}},
        {"run": False},
        {"dry_run": False},
        {"order_number": None},
        {"plan": None},
        {"poll": None},
        {"check": False},
        {"run": True, "order_number": "TWC1"},
        {"dry_run": "yes", "order_number": "TWC1"},
        {"overwrite": 1, "order_number": "TWC1"},
        {"overwrite": True},
        {"overwrite": True, "plan": {"after": None}},
        None,
        [],
    ],
)
def test_what_is_not_understood_starts_nothing(event: Any) -> None:
    with pytest.raises(BadMessage):
        read_request(event)


@pytest.mark.parametrize("event", [{}, json.loads((EVENTS / "dispatcher-scheduled.json").read_text())])
def test_a_timer_and_an_empty_event_start_a_run(event: Any) -> None:
    request = read_request(event)

    assert is_scheduled(event)
    assert (request.order_number, request.plan, request.poll, request.check) == (None, False, None, False)


def test_a_run_by_hand_is_one_that_somebody_waits_for() -> None:
    request = read_request({"run": True})

    assert (request.order_number, request.plan, request.poll, request.check) == (None, False, None, False)
    assert not is_scheduled({"run": True})


def test_what_another_program_wrote_is_replaced_only_where_that_is_asked() -> None:
    assert read_request({"order_number": "TWC1", "overwrite": True}).manner == {"dry_run": False, "overwrite": True}
    assert read_request({"poll": {}, "dry_run": True}).manner == {"dry_run": True, "overwrite": False}


def test_one_order_and_its_dry_run_are_read() -> None:
    request = read_request(json.loads((EVENTS / "dispatcher-dry-run.json").read_text()))

    assert (request.order_number, request.dry_run) == ("TWC09092025N01", True)
    assert not is_scheduled({"order_number": "TWC1"})


@pytest.mark.parametrize("name", ["tracker-poll.json", "notifier-notice.json"])
def test_messages_of_a_queue_are_a_batch_that_nobody_waits_for(name: str) -> None:
    event = json.loads((EVENTS / name).read_text())

    assert is_batch(event)
    assert is_scheduled(event)


def test_what_keeps_a_part_from_being_looked_at_is_a_finding_in_one_line_and_the_others_go_on() -> None:
    def bad_file() -> list[Finding]:
        parse_schema("open = 1\n[orders]\ntable = 3", "my.toml")
        return []

    def away() -> list[Finding]:
        raise ShopUnavailable("the shop's database does not answer")

    found = findings(bad_file, away, lambda: [Finding(name="carrier", ok=True, text="answers")])["findings"]
    assert [(one["name"], one["ok"]) for one in found] == [
        ("configuration", False),
        ("shop database", False),
        ("carrier", True),
    ]
    assert found[0]["text"].startswith("my.toml: open: unknown key; orders.table: must be ")
    assert found[0]["text"].count("my.toml") == 1
    assert "\n" not in found[0]["text"]
    assert all(one["hint"] for one in found[:2])
