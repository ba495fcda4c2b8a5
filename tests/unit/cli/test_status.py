"""`vistka status`."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.store_samples import MINUTE, OTHER, TTN, bare_state, change, facts, link, notice, state
from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.domain.notices import Audience, NoticeState
from vistka.domain.stages import Role, Stage
from vistka.ports import Run
from vistka.usecases.freshness import checked_at

CHAT = 987654321


def with_order(scene: Scene) -> None:
    memory = scene.memory
    memory.numbers["TWC01"] = "1"
    memory.links[("1", TTN)] = link(chat_id=CHAT)
    memory.states[TTN] = state()
    memory.changes[(TTN, 1)] = change(1, facts=facts(code="4", text="Прямує"), stage=Stage.IN_TRANSIT)
    memory.changes[(TTN, 2)] = change(2, at=START + MINUTE)
    told = notice(chat_id=CHAT, state=NoticeState.SENT, due_at=None, settled_at=START + MINUTE, message_id=5)
    memory.notices[("1", told.id)] = told


def run(minutes: int, *, batches: int | None = 1, done: int = 1, failed: frozenset[str] = frozenset()) -> Run:
    started = START + minutes * MINUTE
    return Run(id=f"r{minutes}", started_at=started, covers=started, batches=batches, done=done, failed=failed)


def test_the_object_tells_what_the_store_knows_in_utc(scene: Scene) -> None:
    with_order(scene)
    code, data = scene.json("status", "TWC01")
    assert code == 0
    assert data == {
        "order_number": "TWC01",
        "parcels": [
            {
                "ttn": TTN,
                "parent": None,
                "via": None,
                "stage": "at_branch",
                "code": "7",
                "text": "Прибув у відділення",
                "place": "Відділення №1: вул. Вигадана, 1 & <б>",
                "status_at": "2026-01-13T08:00:00Z",
                "checked_at": "2026-01-13T08:00:00Z",
                "history": [
                    {
                        "version": 1,
                        "at": "2026-01-13T08:00:00Z",
                        "stage": "in_transit",
                        "code": "4",
                        "text": "Прямує",
                    },
                    {
                        "version": 2,
                        "at": "2026-01-13T08:01:00Z",
                        "stage": "at_branch",
                        "code": "7",
                        "text": "Прибув у відділення",
                    },
                ],
                "notices": [
                    {
                        "order_number": "TWC01",
                        "ttn": TTN,
                        "kind": "waiting",
                        "audience": "buyer",
                        "to": "buyer, chat …21",
                        "state": "sent",
                        "reason": None,
                        "attempt": 0,
                        "created_at": "2026-01-13T08:00:00Z",
                        "not_before": None,
                        "due_at": None,
                        "settled_at": "2026-01-13T08:01:00Z",
                    }
                ],
            }
        ],
    }


def test_people_read_kyiv_time_and_the_carriers_words(scene: Scene) -> None:
    with_order(scene)
    scene.clock.advance(timedelta(minutes=5))
    result = scene.run("status", "TWC01")
    assert result.exit_code == 0
    assert "2026-01-13 10:00" in result.stdout
    assert "Прибув у відділення" in result.stdout
    assert "5 min ago" in result.stdout


def test_an_order_shows_its_chain_each_waybill_behind_the_one_whose_place_it_took_f31(scene: Scene) -> None:
    refused = state(stage=Stage.REFUSED, facts=facts(code="102"), children=(OTHER,), ended="continued")
    back = state(OTHER, stage=Stage.RETURNING, facts=facts(code="5"), chain=(TTN,), role=Role.RETURN)
    second = "20450000000099"
    linked = link(ttn=OTHER, since=START + 9 * MINUTE, root=TTN, parent=TTN, via=Role.RETURN)
    later = link(ttn=second, since=START + MINUTE)
    scene.memory.numbers["TWC01"] = "1"
    scene.memory.states |= {TTN: refused, OTHER: back, second: state(second)}
    scene.memory.links |= {("1", one.ttn): one for one in (link(), linked, later)}

    _, data = scene.json("status", "TWC01")
    assert [(one["ttn"], one["parent"], one["via"], one["stage"]) for one in data["parcels"]] == [
        (TTN, None, None, "refused"),
        (OTHER, TTN, "return", "returning"),
        (second, None, None, "at_branch"),
    ]
    said = scene.run("status", "TWC01").stdout
    assert f"goes on as {OTHER}" in said
    assert f"returning (code 5)  return of {TTN}" in said


def test_what_an_order_rule_did_is_shown_with_its_parcel(scene: Scene) -> None:
    with_order(scene)
    done = notice(audience=Audience.ORDER, chat_id=None, state=NoticeState.NOT_APPLICABLE, due_at=None)
    done = replace(done, settled_at=START + MINUTE, reason="the order's status is none the rule changes")
    scene.memory.notices[("1", done.id)] = done
    text = scene.run("status", "TWC01").stdout
    assert "order's status" in text
    assert "not_applicable" in text
    assert "the order's status is none the rule changes" in text


def test_r9_a_chat_is_never_shown(scene: Scene) -> None:
    with_order(scene)
    assert str(CHAT) not in scene.run("status", "TWC01").output
    assert str(CHAT) not in scene.run("status", "TWC01", "--json").output
    assert str(CHAT) not in scene.run("notices").output


def test_a_short_chat_number_is_not_given_away_by_its_last_digits(scene: Scene) -> None:
    with_order(scene)
    told = notice(chat_id=421, audience=Audience.BUYER)
    scene.memory.notices[("1", told.id)] = told
    assert "21" not in json.loads(scene.run("status", "TWC01", "--json").stdout)["parcels"][0]["notices"][0]["to"]


def test_an_order_is_found_by_its_number_with_or_without_the_blanks_around_it(scene: Scene) -> None:
    with_order(scene)
    assert scene.json("status", " TWC01 ")[1]["order_number"] == "TWC01"
    scene.memory.numbers = {" TWC01": "1"}
    code, data = scene.json("status", " TWC01")
    assert (code, data["order_number"], len(data["parcels"])) == (0, " TWC01", 1)


@pytest.mark.parametrize("number", ["", "  ", "x" * 101, "TWC\udcff"])
@pytest.mark.parametrize("command", [("status",), ("notices", "--order")])
def test_what_is_no_order_s_number_is_wrong_use(scene: Scene, command: tuple[str, ...], number: str) -> None:
    result = scene.run(*command, number)
    assert result.exit_code == 2
    assert "name an order, by its number of at most 100 characters" in result.stderr


def test_an_unknown_order_is_wrong_use_with_a_clear_line(scene: Scene) -> None:
    result = scene.run("status", "TWC99", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "order TWC99: the store knows nothing of it" in result.stderr


def test_a_former_number_is_no_parcel_of_the_order(scene: Scene) -> None:
    with_order(scene)
    scene.memory.links[("1", TTN)] = link(current=False)
    code, data = scene.json("status", "TWC01")
    assert (code, data["parcels"]) == (0, [])
    assert "no parcel now" in scene.run("status", "TWC01").stdout


def test_a_parcel_that_the_carrier_does_not_know_has_no_stage(scene: Scene) -> None:
    with_order(scene)
    scene.memory.states[TTN] = bare_state(TTN)
    _, data = scene.json("status", "TWC01")
    assert (data["parcels"][0]["stage"], data["parcels"][0]["text"]) == (None, None)
    assert "not known yet" in scene.run("status", "TWC01").stdout


def test_checked_at_is_the_start_of_the_last_complete_run_f21() -> None:
    runs = [run(30, batches=None), run(20, batches=2, done=1), run(10), run(5)]
    assert checked_at(state(), runs) == START + 10 * MINUTE


def test_checked_at_is_the_answer_itself_when_that_is_later() -> None:
    assert checked_at(state(observed_at=START + 12 * MINUTE), [run(10)]) == START + 12 * MINUTE


def test_a_run_that_failed_for_the_parcel_did_not_check_it() -> None:
    assert checked_at(state(), [run(20, failed=frozenset({TTN})), run(10)]) == START + 10 * MINUTE


def test_a_parcel_that_has_ended_was_checked_when_it_last_answered() -> None:
    assert checked_at(replace(state(), ended="final"), [run(10)]) == START


def test_a_parcel_without_any_answer_is_not_called_unknown_to_the_carrier(scene: Scene) -> None:
    with_order(scene)
    scene.memory.states[TTN] = replace(bare_state(TTN), not_found=3)
    told = scene.run("status", "TWC01").stdout
    assert "no answer yet, 3 in a row" in told
    assert "to the carrier" not in told
    scene.memory.states[TTN] = replace(state(), not_found=3)
    assert "to the carrier, 3 answers in a row" in scene.run("status", "TWC01").stdout
