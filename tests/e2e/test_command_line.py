"""The command line beside the world that it finds by itself: what it prints, and how it ends."""

from collections import Counter
from typing import Any

from tests.e2e.commands import vistka
from tests.e2e.course import Course
from tests.e2e.shop_rows import ShopRows
from tests.e2e.watching import Watched


def test_an_update_asks_about_everything_and_tells_nothing_that_was_told(course_on_sqlite: Course) -> None:
    eye, shop = Watched(course_on_sqlite.world), ShopRows(course_on_sqlite.world.facts.shop_database_url)
    messages, rows = eye.messages(), shop.all()
    said = vistka(course_on_sqlite.world, "update", "--json")
    answer = said.json
    outcomes = ("changed", "unchanged", "not_found", "skipped", "failed")
    assert said.err.splitlines()[0].startswith("deployment: local world")
    assert sum(answer[outcome] for outcome in outcomes) == len(answer["parcels"])
    assert answer["checked"] == answer["changed"] + answer["unchanged"] + answer["not_found"]
    assert answer["changed"] == 0
    # Numbers that nobody can ask about are failures, named one by one.
    assert said.code == 1
    bad = {order.number for order in course_on_sqlite.scenario.orders if order.open and order.bad}
    assert bad <= {row["order_number"] for row in answer["parcels"] if row["error"]}
    eye.until("the queues are empty", eye.is_quiet)
    assert eye.messages() == messages
    assert shop.all() == rows
    shop.close()


def test_a_run_is_started_and_followed_to_its_end(course_on_sqlite: Course) -> None:
    eye = Watched(course_on_sqlite.world)
    told = _buyers(eye)
    said = vistka(course_on_sqlite.world, "run", "--wait", "--json")
    answer = said.json
    assert eye.is_complete(answer["run"])
    assert answer["done"] == answer["batches"]
    assert (answer["failed"], answer["stopped"]) == ([], None)
    # Numbers that nobody can ask about are failures, and the rest of the run is none.
    assert said.code == 1
    assert answer["problems"]
    # The shop may get its summary of those who could not be told: that has an hour of its own.
    assert _buyers(eye) == told
    assert not eye.unsettled()


def test_one_order_is_updated_alone_and_an_unknown_one_is_wrong_use(course_on_sqlite: Course) -> None:
    told = course_on_sqlite.expected[2].messages[0]
    said = vistka(course_on_sqlite.world, "update", "--order-number", told.order_number, "--json")
    assert said.code == 0
    assert told.ttn in {row["ttn"] for row in said.json["parcels"]}
    assert {row["order_number"] for row in said.json["parcels"]} == {told.order_number}
    unknown = vistka(course_on_sqlite.world, "update", "--order-number", "TWC01011999N01", "--json")
    assert unknown.code == 2
    assert unknown.out == ""
    assert "TWC01011999N01" in unknown.err


def test_status_tells_what_the_store_knows_of_an_order(course_on_sqlite: Course) -> None:
    told = next(one for one in course_on_sqlite.expected[1].messages if one.kind == "waiting")
    said = vistka(course_on_sqlite.world, "status", told.order_number, "--json")
    assert said.code == 0
    (parcel,) = [one for one in said.json["parcels"] if one["ttn"] == told.ttn]
    assert parcel["stage"] == course_on_sqlite.expected[2].stages[told.ttn]
    assert len(parcel["history"]) >= 2
    assert (told.kind, "sent") in {(one["kind"], one["state"]) for one in parcel["notices"]}
    assert vistka(course_on_sqlite.world, "status", "TWC01011999N01").code == 2


def test_notices_lists_the_ledger(course_on_sqlite: Course) -> None:
    said = vistka(course_on_sqlite.world, "notices", "--json")
    listed = Counter((one["kind"], one["audience"], one["state"]) for one in said.json["notices"])
    kept = Counter((one["kind"], one["audience"], one["state"]) for one in Watched(course_on_sqlite.world).notices())
    assert said.code == 0
    assert listed == kept
    chats = [str(user.telegram_id) for user in course_on_sqlite.scenario.users if user.telegram_id]
    assert not [chat for chat in chats if chat in said.out]


def test_check_finds_a_healthy_deployment_well(course_on_sqlite: Course) -> None:
    said = vistka(course_on_sqlite.world, "check", "--json")
    assert [finding for finding in said.json["findings"] if not finding["ok"]] == []
    assert said.code == 0
    names = {finding["name"] for finding in said.json["findings"]}
    assert {"carrier", "last good run", "notices dead letters", "alarms"} <= names


def _buyers(eye: Watched) -> list[dict[str, Any]]:
    return [message for message in eye.messages() if message["chat_id"] > 0]
