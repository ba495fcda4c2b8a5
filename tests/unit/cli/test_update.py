"""`vistka update`."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import state
from tests.unit.cli.scene import TITLE, Scene, plan, poll, row, tell_all
from vistka.cli.failures import Busy, Failure, WrongUse
from vistka.cli.functions import Function
from vistka.ports import JsonObject

A, B, C, D = (f"2045000000000{n}" for n in range(1, 5))


def outage(kind: str, text: str) -> JsonObject:
    return {"error": {"kind": kind, "text": text}}


def test_the_object_has_exactly_the_promised_keys(scene: Scene) -> None:
    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: tell_all}
    code, data = scene.json("update")
    assert code == 0
    assert list(data) == [
        "dry_run",
        "checked",
        "changed",
        "unchanged",
        "not_found",
        "skipped",
        "failed",
        "parcels",
    ]
    assert data["parcels"] == [
        {
            "order_number": "T1",
            "ttn": A,
            "stage": "at_branch",
            "code": "7",
            "text": "Прибув у відділення",
            "was": "Старе",
            "now": "У відділенні - Прибув у відділення",
            "changed": True,
            "error": None,
        }
    ]


def test_every_outcome_is_counted_once_and_checked_is_what_the_carrier_answered_for(scene: Scene) -> None:
    def tracker(event: JsonObject) -> JsonObject:
        return {
            "parcels": [
                row("T1", A),
                row("T2", B, outcome="unchanged", changed=False),
                row("T3", C, outcome="not_found", changed=False),
                row("T4", D, outcome="failed", changed=False, error="the carrier refuses this number"),
            ],
            "error": None,
        }

    bad = row("T5", "12", outcome="failed", changed=False, error="'12': not a waybill number")
    final = row("T6", "20450000000006", outcome="skipped", changed=False)
    messages = [poll(("T1", A), ("T2", B), ("T3", C), ("T4", D))]
    scene.functions.answers = {
        Function.DISPATCHER: plan(messages, parcels=[bad, final]),
        Function.TRACKER: tracker,
    }
    code, data = scene.json("update")
    del data["parcels"]
    assert data == {
        "dry_run": False,
        "checked": 3,
        "changed": 1,
        "unchanged": 1,
        "not_found": 1,
        "skipped": 1,
        "failed": 2,
    }
    assert code == 1


def test_every_page_is_asked_for_and_every_batch_goes_to_the_tracker_as_it_is(scene: Scene) -> None:
    messages = [poll(("T1", A)), poll(("T2", B)), poll(("T3", C))]
    scene.functions.answers = {
        Function.DISPATCHER: plan(messages[:2], messages[2:]),
        Function.TRACKER: tell_all,
    }
    code, data = scene.json("update")
    assert code == 0
    assert data["changed"] == 3
    assert scene.functions.of(Function.DISPATCHER) == [
        {"plan": {"after": None}, "dry_run": False},
        {"plan": {"after": "1"}, "dry_run": False},
    ]
    assert scene.functions.of(Function.TRACKER) == [{"poll": m.to_dict(), "dry_run": False} for m in messages]


def test_a_plan_without_end_ends(scene: Scene) -> None:
    scene.functions.answers[Function.DISPATCHER] = {"messages": [], "after": "1", "parcels": []}
    assert scene.run("update").exit_code == 1


def test_a_dry_run_says_so_to_the_functions_and_prints_was_and_now(scene: Scene) -> None:
    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: tell_all}
    result = scene.run("update", "--dry-run")
    assert result.exit_code == 0
    assert all(event["dry_run"] is True for _, event in scene.functions.events)
    assert f"T1  {A}  Старе → У відділенні - Прибув у відділення" in result.stdout
    assert "dry run, nothing written or sent" in result.stderr


def test_the_first_line_on_standard_error_names_the_deployment(scene: Scene) -> None:
    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: tell_all}
    result = scene.run("update")
    assert result.stderr.splitlines()[0] == f"deployment: {TITLE}"


def test_one_order_is_asked_of_the_tracker(scene: Scene) -> None:
    scene.functions.answers[Function.TRACKER] = {"parcels": [row("T1", A)], "error": None}
    code, data = scene.json("update", "--order-number", " T1 ")
    assert (code, data["changed"]) == (0, 1)
    # As typed: an order's own number may begin with a blank, and the function tries both.
    assert scene.functions.events == [(Function.TRACKER, {"order_number": " T1 ", "dry_run": False})]


def test_what_is_to_be_noted_of_a_parcel_stands_behind_it_and_in_its_object(scene: Scene) -> None:
    noted = {**row("T1", A), "note": "shown only"}
    scene.functions.answers[Function.TRACKER] = {"parcels": [noted, row("T1", B)], "error": None}
    result = scene.run("update", "--order-number", "T1")
    assert [line.endswith("(shown only)") for line in result.stdout.splitlines()] == [True, False]
    _, data = scene.json("update", "--order-number", "T1")
    assert [parcel.get("note") for parcel in data["parcels"]] == ["shown only", None]


@pytest.mark.parametrize("arguments", [["--order-number", "T1"], []])
def test_another_programs_texts_are_replaced_when_a_person_says_so(scene: Scene, arguments: list[str]) -> None:
    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: tell_all}
    if arguments:
        scene.functions.answers[Function.TRACKER] = {"parcels": [row("T1", A)], "error": None}
    assert scene.run("update", *arguments, "--overwrite").exit_code == 0
    assert [event.get("overwrite") for event in scene.functions.of(Function.TRACKER)] == [True]
    assert all("overwrite" not in event for event in scene.functions.of(Function.DISPATCHER))


UNREAD = "the carrier's DateScan cannot be read ('99.99.{year}'); taken for empty"


@pytest.mark.parametrize("args", [[], ["--json"], ["--dry-run"], ["--order-number", "T1"]])
def test_what_is_wrong_and_stopped_nothing_is_told_on_standard_error_alone(scene: Scene, args: list[str]) -> None:
    told = [row("T1", A, remarks=["the phone is no Ukrainian number", UNREAD.format(year=2026)]), row("T2", B)]
    scene.functions.answers[Function.DISPATCHER] = plan([poll(("T1", A), ("T2", B))])
    scene.functions.answers[Function.TRACKER] = {"parcels": told, "error": None}
    result = scene.run("update", *args)
    assert result.exit_code == 0
    assert f"note: T1 {A}: the phone is no Ukrainian number\n" in result.stderr
    assert f"note: T1 {A}: {UNREAD.format(year=2026)}\n" in result.stderr
    assert "Ukrainian" not in result.stdout
    if "--json" in args:
        assert set(json.loads(result.stdout)["parcels"][0]) == set(json.loads(result.stdout)["parcels"][1])
        assert "remarks" not in result.stdout


def test_many_remarks_of_one_kind_take_a_few_lines_and_a_dry_run_tells_all(scene: Scene) -> None:
    orders = [(f"T{n}", f"2045{n:010}") for n in range(5)]
    told = [row(number, ttn, remarks=[UNREAD.format(year=2020 + n)]) for n, (number, ttn) in enumerate(orders)]
    scene.functions.answers[Function.DISPATCHER] = plan([poll(*orders)])
    scene.functions.answers[Function.TRACKER] = {"parcels": told, "error": None}
    lines = [line for line in scene.run("update").stderr.splitlines() if line.startswith("note:")]
    assert len(lines) == 4
    assert lines[3] == (
        "note: 2 more, which --dry-run names: the carrier's DateScan cannot be read ('…'); taken for empty"
    )
    every = [line for line in scene.run("update", "--dry-run").stderr.splitlines() if line.startswith("note:")]
    assert len(every) == 5


def test_an_unknown_order_is_wrong_use_with_a_clear_line(scene: Scene) -> None:
    scene.functions.answers[Function.TRACKER] = outage("OrderUnknown", "the shop has no order T9")
    result = scene.run("update", "--order-number", "T9", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error: the shop has no order T9" in result.stderr


def test_an_order_without_a_number_has_nothing_to_ask_about(scene: Scene) -> None:
    scene.functions.answers[Function.TRACKER] = {"parcels": [], "error": None}
    result = scene.run("update", "--order-number", "T1")
    assert result.exit_code == 0
    assert "nothing to ask about" in result.stderr


@pytest.mark.parametrize(
    "answer",
    [
        outage("CarrierUnavailable", "the carrier does not answer"),
        {"parcels": [], "error": "the carrier does not answer"},
        {
            "parcels": [row("T1", A, changed=False, error="the carrier does not answer")],
            "error": "the carrier does not answer",
        },
        Failure("the carrier does not answer"),
    ],
)
def test_f3_an_outage_is_a_failure_and_every_parcel_says_so(scene: Scene, answer: Any) -> None:
    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: answer}
    code, data = scene.json("update")
    assert code == 1
    assert (data["checked"], data["changed"], data["failed"]) == (0, 0, 1)
    assert [parcel["error"] for parcel in data["parcels"]] == ["the carrier does not answer"]


def test_a_failed_parcel_still_shows_what_is_known_of_it(scene: Scene) -> None:
    message = poll(("T1", A), known={A: state(A)})
    scene.functions.answers = {Function.DISPATCHER: plan([message]), Function.TRACKER: Failure("no answer in time")}
    _, data = scene.json("update")
    parcel = data["parcels"][0]
    assert (parcel["stage"], parcel["code"], parcel["was"], parcel["now"]) == ("at_branch", "7", "Старе", "Старе")
    assert parcel["changed"] is False


def test_a_batch_that_fails_does_not_stop_the_others(scene: Scene) -> None:
    def tracker(event: JsonObject) -> JsonObject:
        if event["poll"]["orders"][0]["number"] == "T1":
            return outage("CarrierUnavailable", "the carrier does not answer")
        return tell_all(event)

    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A)), poll(("T2", B))], [poll(("T3", C))]),
        Function.TRACKER: tracker,
    }
    code, data = scene.json("update")
    assert (code, data["changed"], data["failed"]) == (1, 2, 1)


def test_after_a_refused_key_no_other_batch_is_tried_and_all_are_named(scene: Scene) -> None:
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A)), poll(("T2", B))], [poll(("T3", C))]),
        Function.TRACKER: outage("CredentialRefused", "the carrier refuses the key: renew it"),
    }
    code, data = scene.json("update")
    assert code == 1
    assert len(scene.functions.of(Function.TRACKER)) == 1
    assert {parcel["order_number"]: parcel["error"] for parcel in data["parcels"]} == dict.fromkeys(
        ("T1", "T2", "T3"), "the carrier refuses the key: renew it"
    )


def test_a_refused_key_told_beside_the_rows_stops_too(scene: Scene) -> None:
    refused = {
        "parcels": [row("T1", A, error="key refused")],
        "error": "the carrier refuses the key",
        "kind": "CredentialRefused",
    }
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A)), poll(("T2", B))]),
        Function.TRACKER: refused,
    }
    assert scene.run("update").exit_code == 1
    assert len(scene.functions.of(Function.TRACKER)) == 1


def test_orders_that_cannot_be_read_are_a_failure_with_the_reason(scene: Scene) -> None:
    scene.functions.answers[Function.DISPATCHER] = outage("ShopUnavailable", "the shop's database does not answer")
    result = scene.run("update")
    assert result.exit_code == 1
    assert "error: the shop's database does not answer" in result.stderr
    code, data = scene.json("update")
    assert code == 1
    assert data["failed"] == 1
    assert data["parcels"][0]["error"] == "the shop's database does not answer"


def test_a_shop_that_is_not_what_its_schema_file_says_is_configuration(scene: Scene) -> None:
    scene.functions.answers[Function.DISPATCHER] = outage("ShopMismatch", "orders.status: no such column")
    assert scene.run("update").exit_code == 2


def test_an_order_row_that_cannot_be_read_is_named_and_a_bad_number_only_once(scene: Scene) -> None:
    bad = row("T5", "12", outcome="failed", changed=False, error="'12': not a waybill number")
    unread = "order with key 7: orders.number is empty or not text; the row is left out"
    scene.functions.answers[Function.DISPATCHER] = {
        "messages": [],
        "after": None,
        "parcels": [bad],
        "problems": [unread, "order T5: '12': not a waybill number"],
    }
    code, data = scene.json("update")
    assert (code, data["failed"]) == (1, 2)
    assert {parcel["error"] for parcel in data["parcels"]} == {unread, "'12': not a waybill number"}


@pytest.mark.parametrize("busy", [Busy("AWS asks to slow down"), outage("SlotTaken", "the pace is taken")])
def test_a_batch_that_found_the_pace_taken_is_tried_again_after_a_pause(scene: Scene, busy: Any) -> None:
    left = [busy, busy]

    def tracker(event: JsonObject) -> Any:
        return left.pop() if left else tell_all(event)

    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: tracker}
    code, data = scene.json("update")
    assert (code, data["changed"], data["failed"]) == (0, 1, 0)
    assert scene.clock.slept == [timedelta(seconds=1), timedelta(seconds=2)]


def test_a_pace_that_stays_taken_is_a_failure(scene: Scene) -> None:
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A))]),
        Function.TRACKER: outage("SlotTaken", "the pace is taken"),
    }
    code, data = scene.json("update")
    assert (code, data["failed"]) == (1, 1)


def test_a_stale_batch_is_no_success(scene: Scene) -> None:
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A))]),
        Function.TRACKER: {"parcels": [], "error": None},
    }
    code, data = scene.json("update")
    assert (code, data["failed"]) == (1, 1)


def test_no_permission_to_call_the_tracker_is_configuration(scene: Scene) -> None:
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A)), poll(("T2", B))]),
        Function.TRACKER: WrongUse("calling the tracker: not allowed"),
    }
    code, data = scene.json("update")
    assert (code, data["failed"]) == (2, 2)
    assert len(scene.functions.of(Function.TRACKER)) == 1


def test_ctrl_c_tells_what_was_done_before_it(scene: Scene) -> None:
    def tracker(event: JsonObject) -> Any:
        return KeyboardInterrupt() if event["poll"]["orders"][0]["number"] == "T2" else tell_all(event)

    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A)), poll(("T2", B))]),
        Function.TRACKER: tracker,
    }
    result = scene.run("update")
    assert result.exit_code == 130
    assert "1 parcel checked, 1 changed" in result.stderr


def test_many_failures_for_one_reason_take_a_few_lines(scene: Scene) -> None:
    orders = [(f"T{n}", f"{20450000000000 + n}") for n in range(50)]
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(*orders)]),
        Function.TRACKER: outage("CarrierUnavailable", "the carrier does not answer"),
    }
    result = scene.run("update")
    assert len(result.stdout.splitlines()) == 4
    assert "47 parcels more: the carrier does not answer" in result.stdout
    assert "50 failed" in result.stderr


def test_a_foreign_text_cannot_command_the_terminal(scene: Scene) -> None:
    evil = row("T1", A, was="\x1b[2Jold\r", now="[bold]new[/]\x07")
    scene.functions.answers[Function.TRACKER] = {"parcels": [evil], "error": None}
    result = scene.run("update", "--order-number", "T1")
    assert "\x1b" not in result.stdout
    assert "\r" not in result.stdout
    assert "[bold]new[/]" in result.stdout


def test_no_colour_and_no_progress_reach_a_pipe_even_if_forced(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    scene.functions.answers = {Function.DISPATCHER: plan([poll(("T1", A))]), Function.TRACKER: tell_all}
    result = scene.run("update")
    assert "\x1b" not in result.stdout + result.stderr
    assert "Asking" not in result.stderr


@pytest.mark.parametrize("args", [["--no-such"], ["--order-number"], ["--order-number", " "], ["surplus"],
                                  ["--order-number", "x" * 101], ["--order-number", "TWC\udcff"]])  # fmt: skip
def test_wrong_options_exit_2(scene: Scene, args: list[str]) -> None:
    result = scene.run("update", *args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert scene.functions.events == []


def test_changed_in_the_header_is_the_number_of_changed_parcels_also_of_those_not_found(scene: Scene) -> None:
    rows = [
        row("T1", A),
        row("T2", B, outcome="not_found", stage="not_found", code="3", text="Номер не знайдено"),
        row("T3", C, outcome="not_found", stage="not_found", code="3", changed=False),
        row("T4", D, outcome="failed", error="the shop's database does not answer"),
    ]
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A), ("T2", B), ("T3", C), ("T4", D))]),
        Function.TRACKER: {"parcels": rows, "error": None},
    }
    _, data = scene.json("update")
    assert data["changed"] == sum(parcel["changed"] for parcel in data["parcels"]) == 3
    assert (data["checked"], data["unchanged"], data["not_found"], data["failed"]) == (3, 0, 2, 1)


def test_a_pipe_gets_every_change_and_what_was_rewritten_for_a_parcel_not_found(scene: Scene) -> None:
    orders = [(f"T{n}", f"{20450000000000 + n}") for n in range(30)]
    lost = row("L1", A, outcome="not_found", stage="not_found", code="3", changed=False, now="Не знайдено")
    same = row("L2", B, outcome="not_found", stage="not_found", code="3", changed=False, now="Старе")

    def tracker(event: JsonObject) -> JsonObject:
        return {"parcels": [*tell_all(event)["parcels"], lost, same], "error": None}

    scene.functions.answers = {Function.DISPATCHER: plan([poll(*orders)]), Function.TRACKER: tracker}
    result = scene.run("update")
    assert len(result.stdout.splitlines()) == 31
    assert f"not found  L1   {A}  Старе → Не знайдено" in result.stdout
    assert "the first" not in result.stderr


def test_an_answer_that_is_still_to_come_is_not_called_not_found(scene: Scene) -> None:
    silent = row("T1", A, outcome="not_found", stage=None, code=None, text=None, changed=False, now="Старе")
    scene.functions.answers[Function.TRACKER] = {"parcels": [silent], "error": None}
    result = scene.run("update", "--order-number", "T1")
    assert result.exit_code == 0
    assert result.stdout.startswith("no answer yet  T1")
    assert "0 not found, 1 no answer yet" in result.stderr
    assert scene.json("update", "--order-number", "T1")[1]["not_found"] == 1


@pytest.mark.parametrize("args", [[], ["--json"], ["--order-number", "T1"], ["--order-number", "T1", "--json"]])
def test_f3_an_outage_is_one_error_line_with_what_to_do(scene: Scene, args: list[str]) -> None:
    text = "the carrier does not answer: HTTP 500"
    scene.functions.answers = {
        Function.DISPATCHER: plan([poll(("T1", A)), poll(("T1", A))]),
        Function.TRACKER: {
            "parcels": [row("T1", A, changed=False, outcome="failed", error=text)],
            "error": {"kind": "CarrierUnavailable", "text": text},
        },
    }
    result = scene.run("update", *args)
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert lines == [f"error: {text}; try again later; `vistka check` tells more"]


def test_a_parcel_that_failed_alone_is_told_on_standard_error_too(scene: Scene) -> None:
    refused = row("T1", A, changed=False, outcome="failed", error="the carrier refuses this number")
    scene.functions.answers[Function.TRACKER] = {"parcels": [refused], "error": None}
    result = scene.run("update", "--order-number", "T1", "--json")
    assert "error: order T1: the carrier refuses this number\n" in result.stderr
    assert "error:" not in scene.run("update", "--order-number", "T1").stderr  # its row says it


def test_a_column_that_is_not_there_leads_to_migrate(scene: Scene) -> None:
    text = "orders.shipment_status: table 'orders_order' has no column 'shipment_status'"
    scene.functions.answers[Function.DISPATCHER] = outage("ShopMismatch", text)
    result = scene.run("update")
    assert result.exit_code == 2
    assert f"error: {text}; run `vistka migrate`" in result.stderr
