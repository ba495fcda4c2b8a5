"""One seed makes shop, carrier and expectations, and they agree."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local import scenario
from local.scenario.expected import Expectation
from local.scenario.script import Parcel
from local.standins.carrier_item import item

EPOCH = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def told() -> scenario.Scenario:
    return scenario.build(epoch=EPOCH)


@pytest.fixture(scope="module")
def runs(told: scenario.Scenario) -> list[Expectation]:
    return scenario.expected(told)


def open_parcels(told: scenario.Scenario) -> list[Parcel]:
    return [told.by_ttn[ttn] for ttn in {ttn for order in told.orders if order.open for ttn in order.ttns}]


def code(parcel: Parcel, hours: int) -> str:
    step = parcel.step(hours * 3600)
    return "3" if step is None else step.code


def test_the_same_seed_makes_the_same_scenario(told: scenario.Scenario) -> None:
    assert scenario.build(epoch=EPOCH) == told
    assert scenario.build(epoch=EPOCH, seed=2) != told


def test_a_file_keeps_all_of_it(told: scenario.Scenario, tmp_path: Path) -> None:
    told.save(tmp_path / "scenario.json")
    assert scenario.load(tmp_path / "scenario.json") == told


def test_it_fills_the_shop_as_the_demo_needs_it(told: scenario.Scenario) -> None:
    assert len(told.orders) == 300
    assert len({order.number for order in told.orders}) == 300
    assert max(len(order.number) for order in told.orders) <= 20
    assert {order.status for order in told.orders} == {"new", "prep", "ship", "done", "cancelled"}
    # 250 parcels are three requests of at most a hundred.
    assert len(open_parcels(told)) == 250
    reaches = Counter(order.reach for order in told.orders if order.open)
    assert reaches.keys() == {
        *("chat", "no_user", "no_profile", "no_chat", "bad_chat"),
        *("blocked", "deactivated", "not_started", "unknown_chat"),
    }
    assert {None, "", "   "} <= {order.tracking for order in told.orders if order.open}
    assert sum(order.bad for order in told.orders) == 11


def test_some_parcels_move_between_the_runs_and_a_few_after(told: scenario.Scenario) -> None:
    first = [parcel for parcel in open_parcels(told) if code(parcel, 0) != code(parcel, 30)]
    second = [parcel for parcel in open_parcels(told) if code(parcel, 30) != code(parcel, 48)]
    assert 55 <= len(first) <= 65
    assert 5 <= len(second) <= 15


@pytest.mark.parametrize("hour", scenario.RUN_HOURS)
def test_nothing_happens_near_a_run(told: scenario.Scenario, hour: int) -> None:
    # A run may come half an hour early or two hours late and still see what is expected.
    parcels = [*open_parcels(told), *(parcel for parcel in told.parcels if parcel.return_of)]
    steps = [step.at for parcel in parcels for step in parcel.steps]
    assert not [at for at in steps if (hour - 0.5) * 3600 < at < (hour + 2) * 3600]


def test_the_first_run_tells_nobody(runs: list[Expectation]) -> None:
    assert (runs[0].messages, runs[0].undeliverable, runs[0].untold) == ((), (), {})


def test_the_second_run_tells_buyers_with_chats_and_the_shop_the_rest(runs: list[Expectation]) -> None:
    told = Counter((one.audience, one.kind) for one in runs[1].messages)
    assert told == {
        ("buyer", "on_its_way"): 9,
        ("buyer", "waiting"): 8,
        ("buyer", "received"): 6,
        ("buyer", "with_courier"): 1,
        ("shop", "refused"): 4,
        ("shop", "returned"): 1,
    }
    assert runs[1].untold == {"no_user": 11, "no_profile": 4, "no_chat": 10, "bad_chat": 1}
    assert len(runs[1].undeliverable) == 4


def test_a_few_are_told_once_more_at_the_third(runs: list[Expectation]) -> None:
    assert Counter(one.kind for one in runs[2].messages) == {
        "waiting": 2,
        "received": 2,
        "return_waiting": 2,
    }


def test_only_open_orders_with_a_usable_number_are_told(told: scenario.Scenario, runs: list[Expectation]) -> None:
    closed = {order.number for order in told.orders if not order.open or not order.ttns}
    moving = [told.by_ttn[o.ttns[0]] for o in told.orders if o.status == "cancelled" and o.ttns]
    assert any(code(parcel, 0) != code(parcel, 30) for parcel in moving)
    assert not closed & {one.order_number for run in runs for one in run.messages}


def test_two_orders_with_one_number_are_both_told(told: scenario.Scenario, runs: list[Expectation]) -> None:
    counted = Counter(one.ttn for one in runs[1].messages if one.audience == "buyer")
    (shared,) = [ttn for ttn, count in counted.items() if count == 2]
    assert len({one.chat_id for one in runs[1].messages if one.ttn == shared}) == 2
    assert len([order for order in told.orders if shared in order.ttns]) == 2


def test_what_is_expected_is_what_the_stand_in_answers(told: scenario.Scenario, runs: list[Expectation]) -> None:
    order_of = {order.ttns[0]: order.number for order in told.orders if order.open and len(order.ttns) == 1}
    for run in runs:
        for ttn, number in order_of.items():
            one = item(told.by_ttn[ttn], epoch=EPOCH, now=EPOCH + timedelta(hours=run.hours))
            over = run.stages[ttn] in {"delivered", "deleted", "destroyed"} or told.by_ttn[ttn].child is not None
            if one is not None and number in run.sentences and one["Status"] and not over:
                assert one["Status"] == run.sentences[number]


def test_a_return_follows_the_refusal_under_a_number_of_its_own(told: scenario.Scenario) -> None:
    returns = [parcel for parcel in told.parcels if parcel.return_of]
    assert len(returns) >= 5
    for parcel in returns:
        refused = told.by_ttn[parcel.return_of]
        assert refused.child is not None
        assert refused.child.ttn == parcel.ttn
        assert (parcel.city_from, parcel.city) == (refused.city, refused.city_from)


def test_a_return_is_told_to_the_shop_when_it_waits_and_when_it_is_back_and_shown_in_its_order(
    told: scenario.Scenario, runs: list[Expectation]
) -> None:
    back = [one for run in runs for one in run.messages if one.kind in {"return_waiting", "returned"}]
    assert {one.kind for one in back} == {"return_waiting", "returned"}
    for one in back:
        assert one.audience == "shop"
        assert told.by_ttn[one.ttn].return_of
    assert "Повернено" in runs[2].sentences.values()
    assert {"returning", "return_waiting", "returned"} <= set(runs[2].stages.values())


def test_people_are_invented(told: scenario.Scenario) -> None:
    assert {parcel.phone[:5] for parcel in told.parcels} == {"38060"}
    assert any("A<B & C" in order.full_name for order in told.orders)


def test_too_few_orders_have_no_room_for_the_stories() -> None:
    with pytest.raises(ValueError, match="at least"):
        scenario.build(epoch=EPOCH, orders=20)
    assert len(scenario.build(epoch=EPOCH, orders=500).orders) == 500


def test_messages_are_settled_by_chat_and_order_number(told: scenario.Scenario, runs: list[Expectation]) -> None:
    said = [{"chat_id": one.chat_id, "text": f"№ {one.order_number}: вістка"} for one in runs[1].messages]
    summary = {"chat_id": told.shop_chat_id, "text": "Без чату: 26"}
    stranger = {"chat_id": 1, "text": said[0]["text"]}
    done = scenario.settle(runs[1], [*said[1:], summary, stranger], shop_chat_id=told.shop_chat_id)
    assert (done.missing, done.surplus, done.summaries) == (runs[1].messages[:1], (stranger,), (summary,))


def test_a_column_shows_a_sentence_alone_behind_a_label_or_cut() -> None:
    words = "Відправлення у місті Київ, орієнтовна доставка до ВІДДІЛЕННЯ-5"
    assert scenario.shows(words, words)
    assert scenario.shows(f"У місті одержувача - {words}", words)
    assert scenario.shows("У місті одержувача - Відправлення у місті Київ, орієнтовна…", words)
    assert not scenario.shows("У місті одержувача - …", words)
    assert not scenario.shows(None, words)
