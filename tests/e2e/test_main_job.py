"""A shop's orders tracked and its buyers told, by the deployed template, on each kind of database and over HTTP."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from local import scenario
from local.shop.seed import seed
from local.world.wishes import Wishes
from local.world.world import World
from tests.e2e.commands import vistka
from tests.e2e.course import Course, Step, take_course
from tests.e2e.shop_rows import without_ours
from tests.e2e.watching import REMINDERS
from tests.shop_servers import ShopServer, django_shop, php_shop

#: Shops that are reached over HTTP, with MariaDB behind.
_SERVERS: Final[Mapping[str, Callable[[str], AbstractContextManager[ShopServer]]]] = {
    "django": django_shop,
    "php": php_shop,
}


@pytest.fixture(scope="module", params=["sqlite", "mariadb", "postgresql", "django", "php"])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The main job on a database of its own, dropped afterwards; on SQLite it is the world's own shop."""
    kind = request.param
    if kind == "sqlite":
        yield request.getfixturevalue("course_on_sqlite")
        return
    over_http = _SERVERS.get(kind)
    if kind == "php":
        request.getfixturevalue("php")
    database = "mariadb" if over_http else kind
    server = sa.create_engine(request.getfixturevalue(f"{database}_url"), poolclass=sa.NullPool)
    name = f"vistka_e2e_{secrets.token_hex(4)}"
    administrator = server.execution_options(isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        url = server.url.set(database=name).render_as_string(hide_password=False)
        folder = Path(tmp_path_factory.mktemp(kind)) / ".local"
        # Every story is in the smaller shop too, but fewer orders of whom nothing is to be told.
        wishes = Wishes(folder=folder, standins=("--orders", "160"))
        if over_http is None:
            with World.start(replace(wishes, shop_database_url=url)) as world:
                yield take_course(world)
            return
        with over_http(url) as shop, World.start(replace(wishes, shop_database_url=shop.shop_database_url)) as world:
            seed(url, scenario.load(folder / "standins" / "scenario.json"))
            yield take_course(world, database_url=url)
    finally:
        with administrator.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}")


def test_the_first_run_records_what_is_there_and_tells_nobody(course: Course) -> None:
    """F16"""
    assert course.first.messages == []
    assert _stages(course, 0) == course.expected[0].stages


def test_a_run_asks_a_hundred_parcels_at_a_time(course: Course) -> None:
    """F1. One number that the carrier refuses splits the batch it stands in, and no other."""
    parcels = len(course.expected[0].stages)
    assert course.first.requests < parcels / 10


def test_what_moved_is_told_once_though_two_dispatchers_ran_at_once(course: Course) -> None:
    """F7, F6, R2, R10"""
    told = scenario.settle(course.expected[1], course.second.messages, shop_chat_id=course.scenario.shop_chat_id)
    assert told.missing == ()
    assert told.surplus == ()
    assert _stages(course, 1) == course.expected[1].stages


def test_buyers_who_cannot_be_told_are_summed_up_for_the_shop_once(course: Course) -> None:
    """What has no buyer goes to the shop's chat."""
    messages = [*course.second.messages, *course.swept.messages]
    told = scenario.settle(course.expected[1], messages, shop_chat_id=course.scenario.shop_chat_id)
    assert course.expected[1].untold
    assert len(told.summaries) == len(_summed_up(course.swept)) >= 1  # one an hour, and an hour may have begun
    # Whoever was too late for it is in the one of the next hour; none is left after that.
    late = {_id(one) for one in course.swept.notices if one["state"] == "waiting" and one["kind"] not in REMINDERS}
    assert {one["state"] for one in course.third.notices if _id(one) in late} <= {"undeliverable"}


def test_the_same_run_repeated_tells_nothing(course: Course) -> None:
    told = scenario.settle(course.expected[1], course.again.messages, shop_chat_id=course.scenario.shop_chat_id)
    assert [one for one in course.again.messages if one not in told.summaries] == []
    # But those who were too late for a summary are in the next, if its hour has begun meanwhile.
    assert len(told.summaries) == len(_summed_up(course.again) - _summed_up(course.swept))
    assert course.again.rows == course.swept.rows
    assert course.again.stages == course.swept.stages


def test_the_third_day_brings_what_moved_since(course: Course) -> None:
    told = scenario.settle(course.expected[2], course.third.messages, shop_chat_id=course.scenario.shop_chat_id)
    assert told.missing == ()
    assert told.surplus == ()
    assert _stages(course, 2) == course.expected[2].stages


@pytest.mark.parametrize("run", [0, 1, 2])
def test_the_shop_shows_what_the_carrier_said(course: Course, run: int) -> None:
    step = (course.first, course.second, course.third)[run]
    shown = {row["order_number"]: row["shipment_status"] for row in step.rows["orders_order"].values()}
    wrong = {
        number: shown[number]
        for number, sentence in course.expected[run].sentences.items()
        if not scenario.shows(shown[number], sentence)
    }
    assert wrong == {}


def test_no_other_column_of_the_shop_is_touched(course: Course) -> None:
    """F8, R5"""
    for step in course.steps:
        assert without_ours(step.rows["orders_order"]) == without_ours(course.before["orders_order"])
        assert step.rows["accounts_userprofile"] == course.before["accounts_userprofile"]
        assert step.rows["auth_user"] == course.before["auth_user"]


def test_done_and_cancelled_orders_stay_as_they_are(course: Course) -> None:
    """F2, R5"""
    closed = {key for key, row in course.before["orders_order"].items() if row["status"] in {"done", "cancelled"}}
    assert closed
    for step in course.steps:
        assert {key: step.rows["orders_order"][key] for key in closed} == {
            key: course.before["orders_order"][key] for key in closed
        }


def test_a_return_is_followed_to_its_end_and_what_was_made_for_the_money_is_not(course: Course) -> None:
    """F31, F32"""
    made = {one.child.ttn: one.child.type for one in course.scenario.parcels if one.child}
    followed = {made[ttn] for ttn in course.third.stages if ttn in made}
    assert followed == {"CargoReturn", "Redirecting"}
    # A smaller shop has not every story: what the script says of this one is what there must be.
    returns = {"returning", "return_waiting", "returned"} & {
        stage or "" for stage in course.expected[2].stages.values()
    }
    assert returns
    assert returns <= set(course.third.stages.values())
    told = {one["kind"] for one in course.third.notices if made.get(one["ttn"]) == "CargoReturn"}
    assert returns - {"returning"} <= told
    assert "received" not in told


def test_every_notice_ends_in_the_ledger_and_no_queue_holds_anything(course: Course) -> None:
    """R3"""
    news = [one for one in course.third.notices if one["kind"] not in REMINDERS]
    states = Counter(one["state"] for one in news)
    assert states.keys() <= {"sent", "undeliverable", "superseded", "shadow", "waiting"}
    # Recorded silently: what the carrier had done before the shop went live.
    assert {one["reason"] for one in course.third.notices if one["state"] == "shadow"} <= {"before_live"}
    # Those that wait are of the third day, for the summary of the next hour.
    assert states["waiting"] <= sum(course.expected[2].untold.values())
    told = sum(len(course.expected[run].messages) for run in (1, 2))
    summaries = sum(one["kind"] == "untold" for one in course.third.notices)
    assert states["sent"] == told + summaries


def test_an_update_on_this_database_finds_nothing_new_and_names_what_failed(course: Course) -> None:
    said = vistka(course.world, "update", "--dry-run", "--json")
    answer = said.json
    assert said.code == 1
    assert answer["dry_run"] is True
    assert answer["changed"] == 0
    assert answer["checked"] + answer["skipped"] + answer["failed"] == len(answer["parcels"])
    failed = [row for row in answer["parcels"] if row["error"]]
    assert len(failed) == answer["failed"]
    bad = {order.number for order in course.scenario.orders if order.open and order.bad}
    assert bad <= {row["order_number"] for row in failed}


def _summed_up(step: Step) -> set[tuple[str, str]]:
    """The summaries of buyers who could not be told: of each hour there is at most one."""
    return {_id(one) for one in step.notices if (one["kind"], one["state"]) == ("untold", "sent")}


def _id(notice: Mapping[str, Any]) -> tuple[str, str]:
    return notice["pk"], notice["sk"]


def _stages(course: Course, run: int) -> dict[str, str | None]:
    step = (course.first, course.second, course.third)[run]
    return {ttn: step.stages.get(ttn) for ttn in course.expected[run].stages}
