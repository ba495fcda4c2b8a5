"""The dispatcher in its steps: pages, one order, what a run counts, and what people are shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.shop import InMemoryShop
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain import polling
from vistka.domain.decisions import Decision
from vistka.domain.messages import MOST_ASKED, PollMessage, PollOrder, PollParcel
from vistka.domain.orders import Order, OrderPage
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage
from vistka.metrics import Metric
from vistka.usecases.asking import Asking
from vistka.usecases.entries import MOST_NUMBERS
from vistka.usecases.packing import MOST_BYTES, MOST_PARCELS, Group, group, pack, size_of
from vistka.usecases.rows import outcome_of

A, B, C = "20450000000017", "20450000000024", "20450000000031"
SECOND = timedelta(seconds=1)


@dataclass
class SmallPages(InMemoryShop):
    """A shop that gives fewer orders a page than it is asked for."""

    most: int = 3

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        return super().open_orders(after=after, limit=min(limit, self.most))


@pytest.fixture
def world() -> World:
    return World()


def ttn(n: int) -> str:
    return f"2045{n:010}"


def tracked(world: World, code: str, *ttns: str) -> None:
    for number in ttns:
        world.carrier.set(number, code, "Прямує")
    world.run()


# --- a run --------------------------------------------------------------------------------------------------------


def test_a_run_says_what_it_did(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", f"{A}, {B}")
    world.order("TWC3", "12345")
    done = world.dispatch()
    assert (done.run, done.orders, done.asked, done.batches) == ("2026-01-13T08:00:00.000000Z#0000", 3, 2, 1)
    assert (done.left, done.untaken, done.oldest_unchecked) == (0, 0, timedelta(0))
    problem = "'12345': not a waybill number (14 digits); correct it in the order"
    assert done.problems == [f"order TWC3: {problem}"]
    assert done.load is not None
    assert done.load.seconds == 0


def test_a_message_names_its_run_and_when_it_is_stale(world: World) -> None:
    world.order("TWC1", A)
    run = world.dispatch().run
    (message,) = world.messages()
    assert (message.run, message.batch) == (run, 0)
    assert (message.run_at, message.expires_at) == (START, START + timedelta(minutes=20))


def test_a_phone_goes_along_and_a_parcel_without_one_too(world: World) -> None:
    world.order("TWC1", A, phone="0671112233")
    world.order("TWC2", B)
    world.dispatch()
    (message,) = world.messages()
    assert {parcel.ttn: parcel.phone for parcel in message.parcels} == {A: "380671112233", B: ""}


@pytest.mark.parametrize(
    ("phones", "sent", "bad"),
    [
        (["0671112233", ""], "380671112233", [False, False]),
        (["", "0671112233"], "380671112233", [False, False]),
        (["немає", "0671112233"], "380671112233", [True, False]),
        (["0671112233", "+48 600 000 000"], "380671112233", [False, True]),
        (["немає", " "], "", [True, False]),
        (["0671112233", "0671112234"], "380671112234", [False, False]),
    ],
)
def test_a_phone_that_the_carrier_would_not_take_stays_here_and_its_order_is_known_r9(
    world: World, phones: list[str], sent: str, bad: list[bool]
) -> None:
    for n, phone in enumerate(phones):
        world.order(f"TWC{n}", A, phone=phone)
    world.dispatch()
    (entry,) = world.polls.sent
    (message,) = world.messages()
    assert [parcel.phone for parcel in message.parcels] == [sent]
    assert [order.bad_phone for order in message.orders] == bad
    assert "немає" not in entry.body
    assert "48" not in entry.body.replace("380671112234", "")


def test_the_age_is_that_of_the_last_complete_run_f21(world: World) -> None:
    world.order("TWC1", A)
    tracked(world, "5", A)
    done = world.dispatch()
    assert done.oldest_unchecked == INTERVAL
    assert world.metrics.values[Metric.OLDEST_UNCHECKED_SECONDS] == [600]


def test_a_row_that_cannot_be_read_is_named_f40(world: World) -> None:
    world.order("", A)
    world.order("TWC2", B)
    done = world.dispatch()
    problem = "order with key 1: orders.number is empty or not text; the row is left out"
    assert done.problems == [problem]
    assert world.said == [("an order needs correcting", {"problem": problem})]
    assert done.asked == 1


def test_what_lasts_is_named_in_the_log_at_once_and_then_once_a_day_without_what_was_typed_r9(world: World) -> None:
    """F20: a row that nobody corrects must not fill the log."""
    world.order("TWC1", "номер 2O45O77560944S")
    world.order("TWC2", f"{A}, 12345")
    world.order("", B)
    named: dict[str, list[int]] = {}
    for n in range(3 * 144):  # three days
        world.said.clear()
        world.run()
        for message, flaw in world.said:
            assert message == "an order needs correcting"
            named.setdefault(str(flaw.get("order_number", flaw.get("problem"))), []).append(n)
            assert flaw.get("reason", "bad_number") == "bad_number"
            assert "2O45" not in str(flaw)
    assert len(named) == 3
    for runs in named.values():
        assert runs[0] == 0
        assert [later - earlier for earlier, later in pairwise(runs[1:])] == [144] * (len(runs) - 2)
        assert len(runs) == 4


def test_each_flaw_is_named_at_a_time_of_day_of_its_own_and_keeps_to_it_for_years() -> None:
    def hours(flaw: str, *, on: datetime) -> list[int]:
        runs = [on + timedelta(hours=hour) for hour in range(25)]
        asking = (Asking(since=since, now=now, plan=PollingPlan()) for since, now in pairwise(runs))
        return [hour for hour, one in enumerate(asking) if one.names(flaw)]

    flaws = [f"TWC{n}|bad_number" for n in range(200)]
    first = [hours(flaw, on=START) for flaw in flaws]
    assert {len(times) for times in first} == {1}  # once a day
    assert {hour for (hour,) in first} == set(range(24))
    assert [hours(flaw, on=START + timedelta(days=3650)) for flaw in flaws] == first


def test_what_a_person_asks_for_names_nothing_in_the_log(world: World) -> None:
    world.order("TWC1", "12345")
    world.order("", B)
    _, page = world.dispatcher.plan(after=None)
    assert (len(page.problems), world.said) == (2, [])


def test_a_shop_of_many_pages_is_read_to_its_end() -> None:
    world = World(shop=SmallPages(most=3))
    for n in range(10):
        world.order(f"TWC{n}", ttn(n))
    done = world.dispatch()
    assert (done.orders, done.asked) == (10, 10)
    messages = world.messages()
    assert [message.batch for message in messages] == list(range(len(messages)))


def test_only_what_may_be_sent_is_kept_and_the_most_overdue_goes_first_f30() -> None:
    world = World(pace=INTERVAL, shop=SmallPages(most=100))  # one batch in an interval
    for n in range(350):
        world.order(f"TWC{n}", ttn(n))
    done = world.dispatch()
    assert (done.batches, done.asked, done.left) == (1, 100, 3)
    assert done.untaken == 0


def test_batches_leave_one_pace_apart_and_never_later_than_the_queue_allows(world: World) -> None:
    world.pace = timedelta(minutes=4)
    for n in range(250):
        world.order(f"TWC{n}", ttn(n))
    world.dispatch()
    assert [entry.delay for entry in world.polls.sent] == [timedelta(0), timedelta(minutes=4)]
    world.polls.sent.clear()
    world.pace = timedelta(0)
    world.dispatch()
    assert [entry.delay for entry in world.polls.sent] == [timedelta(0)] * 3
    sent = world.dispatcher.send(world.messages())
    assert sent == 3
    world.pace = timedelta(minutes=10)
    world.dispatcher.send([PollMessage(run="", batch=n, run_at=START, expires_at=START, parcels=(), orders=())
                           for n in range(3)])  # fmt: skip
    assert [entry.delay.total_seconds() for entry in world.polls.sent[-3:]] == [0, 600, 900]


def test_what_the_queue_did_not_take_is_named(world: World) -> None:
    world.order("TWC1", A)
    world.polls.send = lambda entries: [0]  # type: ignore[method-assign]
    done = world.dispatch()
    assert done.untaken == 1
    assert world.said == [("the queue did not take every batch; the next run asks again", {"count": 1})]


def test_a_parcel_that_failed_alone_is_due_in_the_next_run(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.carrier.set(B, "9", "Отримано")
    world.run()  # nothing is known of A: it is due again in half an hour
    assert world.dispatch().asked == 0
    world.memory.runs.popitem()
    ((run_id, (run, done)),) = world.memory.runs.items()
    world.memory.runs[run_id] = (replace(run, failed=frozenset({A, B})), done)
    world.dispatch()
    (message,) = world.messages()
    assert [parcel.ttn for parcel in message.parcels if parcel.ask] == [A]  # B has ended


def test_a_parcel_is_due_at_its_very_moment(world: World) -> None:
    world.order("TWC1", A)
    tracked(world, "102", A)
    due = polling.due_at(world.memory.states[A], since=START, plan=PollingPlan())
    assert due is not None
    world.clock.set(due - timedelta(microseconds=1))
    assert world.dispatch().asked == 0
    world.memory.runs.popitem()
    world.clock.set(due)
    assert world.dispatch().asked == 1


# --- shown wrongly ------------------------------------------------------------------------------------------------


def test_a_wrong_column_is_sent_along_without_asking(world: World) -> None:
    key = world.order("TWC1", A)
    tracked(world, "9", A)
    world.shop.edit(key, shown="щось")
    done = world.dispatch()
    assert (done.asked, done.batches) == (0, 1)
    (message,) = world.messages()
    assert [(parcel.ttn, parcel.ask) for parcel in message.parcels] == [(A, False)]


def test_in_shadow_a_wrong_column_is_nobodys_business() -> None:
    world = World(live=False)
    world.order("TWC1", A)
    tracked(world, "9", A)
    assert world.dispatch().batches == 0


def test_only_orders_that_are_live_are_put_right(world: World) -> None:
    keys = [world.order("TWC1", A), world.order("TWC2", B)]
    tracked(world, "9", A, B)
    for key in keys:
        world.shop.edit(key, shown="щось")
    rules = world.policy
    world.policy = lambda now: replace(rules(now), is_live=lambda number: number == "TWC2")  # type: ignore[method-assign]
    world.dispatch()
    (message,) = world.messages()
    assert [parcel.ttn for parcel in message.parcels] == [B]


# --- a page for people --------------------------------------------------------------------------------------------


def test_a_page_has_all_that_is_live_due_or_not_and_rows_for_the_rest(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.order("TWC3", "самовивіз 12")
    world.carrier.set(B, "9", "Отримано")
    tracked(world, "5", A)
    (message,), page = world.dispatcher.plan(after=None)
    assert (message.run, message.batch, message.run_at) == ("", 0, START + INTERVAL)
    assert message.expires_at == START + INTERVAL + timedelta(minutes=20)
    assert [(parcel.ttn, parcel.ask) for parcel in message.parcels] == [(A, True)]
    problem = "'12': not a waybill number (14 digits); correct it in the order"
    assert page.rows == (
        {"order_number": "TWC3", "ttn": "12", "stage": None, "code": None, "text": None, "was": None, "now": None,
         "changed": False, "error": problem, "outcome": "failed"},
        {"order_number": "TWC2", "ttn": B, "stage": "delivered", "code": "9", "text": "Отримано",
         "was": "Отримано", "now": "Отримано", "changed": False, "error": None, "outcome": "skipped"},
    )  # fmt: skip
    assert (page.orders, page.after, page.problems) == (3, None, (f"order TWC3: {problem}",))


def test_a_field_that_may_not_be_shown_leaves_its_row_without_a_number(world: World) -> None:
    world.order("TWC1", "0671112233")
    _, page = world.dispatcher.plan(after=None)
    assert page.rows[0]["ttn"] == ""
    assert "the tracking field: not a waybill number" in page.rows[0]["error"]


def test_what_was_typed_is_shown_whole(world: World) -> None:
    world.order("TWC1", "X12X")
    _, page = world.dispatcher.plan(after=None)
    assert page.rows[0]["ttn"] == "X12X"


def test_the_next_page_begins_behind_the_last() -> None:
    world = World(shop=SmallPages(most=2))
    for n in range(3):
        world.order(f"TWC{n}", ttn(n))
    seen, after = [], None
    while True:
        messages, page = world.dispatcher.plan(after=after)
        seen.append([parcel.ttn for message in messages for parcel in message.parcels])
        if (after := page.after) is None:
            break
    assert seen == [[ttn(0), ttn(1)], [ttn(2)]]


def test_one_order_is_asked_about_due_or_not(world: World) -> None:
    world.order("TWC1", f"{A}, {B}")
    world.carrier.set(B, "9", "Отримано")
    tracked(world, "5", A)
    found = world.dispatcher.one(world.shop.order("TWC1"))  # type: ignore[arg-type]
    (message,) = found.messages
    assert [(parcel.ttn, parcel.ask) for parcel in message.parcels] == [(A, True), (B, False)]
    assert (message.run, message.run_at) == ("", START + INTERVAL)
    assert message.expires_at == START + INTERVAL + timedelta(minutes=20)
    assert (found.shown_only, found.rows) == ((), ())


def test_one_order_whose_parcels_have_ended_is_told_and_not_asked(world: World) -> None:
    world.order("TWC1", A)
    tracked(world, "9", A)
    found = world.dispatcher.one(world.shop.order("TWC1"))  # type: ignore[arg-type]
    assert (found.messages, found.shown_only) == ((), ())
    assert [(row["ttn"], row["outcome"]) for row in found.rows] == [(A, "skipped")]


def test_an_order_that_lists_an_ended_parcel_for_the_first_time_is_linked(world: World) -> None:
    world.order("TWC1", A)
    tracked(world, "9", A)
    world.order("TWC2", A)
    done = world.dispatch()
    assert done.asked == 1


@pytest.mark.parametrize(
    ("state", "changed", "asked", "outcome"),
    [
        (None, False, False, "unchanged"),
        ({}, False, False, "unchanged"),
        ({"ended": "final"}, False, False, "skipped"),
        (None, False, True, "not_found"),
        ({"facts": None}, False, True, "not_found"),
        ({"stage": Stage.NOT_FOUND}, True, True, "not_found"),
        ({}, True, True, "changed"),
        ({}, False, True, "unchanged"),
        ({}, None, True, "unchanged"),
        ({"ended": "final"}, True, True, "changed"),
    ],
)
def test_each_parcel_comes_to_one_outcome(state: Any, changed: bool | None, asked: bool, outcome: str) -> None:  # noqa: FBT001
    facts = Facts(code="5", text="Прямує", stage=Stage.IN_TRANSIT)
    known = None if state is None else replace(parcel(A), **{"facts": facts, "stage": Stage.IN_TRANSIT} | state)
    decision = None if changed is None else Decision(state=known, changed=changed)
    assert outcome_of(known, decision, asked=asked) == outcome


# --- orders that are odd ---------------------------------------------------------------------------------------------


def test_of_one_order_twenty_numbers_are_tracked_and_each_further_one_is_named(world: World) -> None:
    world.order("TWC1", ", ".join(ttn(n) for n in range(MOST_NUMBERS + 2)))
    world.order("TWC2", ttn(900))
    done = world.dispatch()
    assert done.asked == MOST_NUMBERS + 1
    assert done.problems == [
        f"order TWC1: {ttn(n)}: of one order 20 numbers are tracked; leave out those that have ended" for n in (20, 21)
    ]
    _, page = world.dispatcher.plan(after=None)
    assert [(row["ttn"], row["outcome"]) for row in page.rows] == [(ttn(20), "failed"), (ttn(21), "failed")]


class Doubles(InMemoryShop):
    """A shop whose key column is none: its first order has the key of the second."""

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        page = super().open_orders(after=after, limit=limit)
        first, second, *others = page.orders
        return replace(page, orders=(first, replace(second, key=first.key), *others))


def test_a_key_that_two_orders_share_is_named_and_the_rest_goes_on_f40() -> None:
    world = World(shop=Doubles())
    for n in range(3):
        world.order(f"TWC{n}", ttn(n))
    done = world.dispatch()
    assert done.problems == ["order TWC1: orders.key: '1' is the key of another order too; keys must be unique"]
    (message,) = world.messages()
    assert [entry.order.number for entry in message.orders] == ["TWC0", "TWC2"]


def test_what_no_queue_takes_is_named_and_keeps_no_run_from_being_complete_f40(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.carrier.set(A, "5")
    world.run()
    crowd = frozenset(f"{n:06}" for n in range(40_000))  # on so many orders that STATE alone is larger
    world.memory.states[A] = replace(world.memory.states[A], orders=world.memory.states[A].orders | crowd)
    world.clock.advance(timedelta(hours=1))
    done = world.dispatch()
    assert (done.batches, done.untaken) == (1, 0)
    (problem,) = done.problems
    assert problem.startswith("order TWC1: what is known of its parcels is more than a queue message takes; give each")
    world.track()
    assert world.runs.latest(1)[0].complete


# --- packing ------------------------------------------------------------------------------------------------------


def orders(*fields: tuple[str, tuple[str, ...]]) -> list[PollOrder]:
    return [
        PollOrder(order=Order(key=key, number=key, tracking=",".join(ttns), shown=None), ttns=ttns)
        for key, ttns in fields
    ]


def grouped(ttns: list[str], *, ask: bool = True, due: Any = START, key: str = "k") -> Group:
    return Group(
        orders=tuple(orders((key, tuple(ttns)))),
        parcels=tuple(PollParcel(ttn=one, ask=ask, known=None) for one in ttns),
        due=due,
    )


def packed(*groups: Group) -> list[tuple[int, int]]:
    """Of each message: parcels asked, parcels in all."""
    made = pack(groups, run="r", run_at=START, expires_at=START)
    assert [one.message.batch for one in made] == list(range(len(made)))
    return [(sum(parcel.ask for parcel in one.message.parcels), len(one.message.parcels)) for one in made]


def test_orders_that_share_numbers_are_one_group_however_they_are_chained() -> None:
    found = group(orders(("1", (A,)), ("2", (ttn(1),)), ("3", (ttn(1), B)), ("4", (B, A)), ("5", (ttn(9),))))
    assert [([entry.order.key for entry in together], ttns) for together, ttns in found] == [
        (["1", "2", "3", "4"], (A, ttn(1), B)),
        (["5"], (ttn(9),)),
    ]
    assert group([]) == []


def test_a_message_holds_exactly_a_hundred_asked() -> None:
    singles = [grouped([ttn(n)], key=str(n)) for n in range(MOST_ASKED + 1)]
    assert packed(*singles[:MOST_ASKED]) == [(100, 100)]
    assert packed(*singles) == [(100, 100), (1, 1)]


def test_a_message_holds_exactly_two_hundred_parcels() -> None:
    along = [grouped([ttn(n)], key=str(n), ask=False) for n in range(MOST_PARCELS + 1)]
    assert packed(*along[:MOST_PARCELS]) == [(0, 200)]
    assert packed(*along) == [(0, 200), (0, 1)]


def test_the_most_overdue_comes_first_and_gives_its_message_the_moment() -> None:
    late, later = grouped([A], due=START - SECOND), grouped([B], due=START)
    (one,) = pack([later, late], run="r", run_at=START, expires_at=START)
    assert (one.due, [parcel.ttn for parcel in one.message.parcels]) == (START - SECOND, [A, B])


def test_a_gap_in_an_earlier_message_is_filled() -> None:
    ninety = grouped([ttn(n) for n in range(90)], key="a")
    twenty = grouped([ttn(n) for n in range(100, 120)], key="b", due=START + SECOND)
    ten = grouped([ttn(n) for n in range(200, 210)], key="c", due=START + 2 * SECOND)
    assert packed(ninety, twenty, ten) == [(100, 100), (20, 20)]


def test_a_group_that_is_too_large_is_cut_and_each_parcel_asked_once() -> None:
    entries = orders(*((str(n), (ttn(n), A)) for n in range(150)))
    ttns = dict.fromkeys(one for entry in entries for one in entry.ttns)
    large = Group(
        orders=tuple(entries),
        parcels=tuple(PollParcel(ttn=one, ask=True, known=None, phone="067") for one in ttns),
        due=START,
    )
    made = pack([large], run="r", run_at=START, expires_at=START)
    asked = [parcel.ttn for one in made for parcel in one.message.parcels if parcel.ask]
    assert sorted(asked) == sorted(ttns)
    assert {parcel.phone for one in made for parcel in one.message.parcels} == {"067"}
    assert sum(len(one.message.orders) for one in made) == 150
    for one in made:
        inside = {parcel.ttn for parcel in one.message.parcels}
        assert all(set(entry.ttns) <= inside for entry in one.message.orders)
        assert sum(parcel.ask for parcel in one.message.parcels) <= MOST_ASKED
    assert len(made) == 2


def cut(entries: list[PollOrder]) -> list[tuple[int, int]]:
    """Of each message: orders, and parcels, each with what is known of it."""
    ttns = dict.fromkeys(one for entry in entries for one in entry.ttns)
    known = {one: parcel(one) for one in ttns}
    large = Group(
        orders=tuple(entries),
        parcels=tuple(PollParcel(ttn=one, ask=True, known=known[one]) for one in ttns),
        due=START,
    )
    made = pack([large], run="r", run_at=START, expires_at=START)
    for one in made:
        assert all(each.known == known[each.ttn] for each in one.message.parcels)
    return [(len(one.message.orders), len(one.message.parcels)) for one in made]


def parcel(ttn: str) -> ParcelState:
    return ParcelState(ttn=ttn, revision=1, version=1, observed_at=START, first_seen_at=START)


def test_slices_of_one_group_in_one_message_bring_each_parcel_once() -> None:
    """Chained orders of a hundred and one numbers: the second slice is small enough to join another message."""
    chain = orders(*((str(n), (ttn(n), ttn(n + 1))) for n in range(MOST_ASKED)))
    ttns = [ttn(n) for n in range(MOST_ASKED + 1)]
    asked = {ttn(n) for n in (0, MOST_ASKED)}
    large = Group(
        orders=tuple(chain),
        parcels=tuple(PollParcel(ttn=one, ask=one in asked, known=None) for one in ttns),
        due=START,
    )
    entries = orders(*((f"x{n}", (ttn(500 + n),)) for n in range(150)))
    wide = replace(large, orders=(*chain, *entries), parcels=(
        *large.parcels, *(PollParcel(ttn=ttn(500 + n), ask=False, known=None) for n in range(150))))  # fmt: skip
    made = pack([wide], run="r", run_at=START, expires_at=START)
    for one in made:
        numbers = [parcel.ttn for parcel in one.message.parcels]
        assert len(set(numbers)) == len(numbers)
        assert PollMessage.from_json(one.message.to_json()) == one.message
    assert sorted(parcel.ttn for one in made for parcel in one.message.parcels if parcel.ask) == sorted(asked)


def test_a_group_of_long_orders_is_cut_where_its_bytes_are_full() -> None:
    entries = [replace(entry, order=replace(entry.order, shown="ї" * 2000)) for entry in orders(
        *((str(n), (A,)) for n in range(90)))]  # fmt: skip
    large = Group(orders=tuple(entries), parcels=(PollParcel(ttn=A, ask=True, known=parcel(A)),), due=START)
    made = pack([large], run="r", run_at=START, expires_at=START)
    assert [len(one.message.orders) for one in made] == [47, 43]
    assert all(MOST_BYTES * 0.8 < len(one.message.to_json().encode()) <= MOST_BYTES for one in made)
    assert [one.message.parcels[0].ask for one in made] == [True, False]


def test_a_group_is_cut_where_a_hundred_numbers_are_full() -> None:
    singles = orders(*((str(n), (ttn(n),)) for n in range(250)))
    assert cut(singles) == [(100, 100), (100, 100), (50, 50)]
    pairs = orders(*((str(n), (ttn(2 * n), ttn(2 * n + 1))) for n in range(120)))
    assert cut(pairs) == [(50, 100), (50, 100), (20, 40)]
    threes = orders(*((str(n), (ttn(3 * n), ttn(3 * n + 1), ttn(3 * n + 2))) for n in range(70)))
    assert cut(threes) == [(33, 99), (33, 99), (4, 12)]
    chained = orders(*((str(n), (ttn(n), ttn(n + 1))) for n in range(210)))
    assert cut(chained) == [(99, 100), (99, 100), (12, 13)]


def padded(n: int, size: int) -> Group:
    """A group of exactly this size, which is that of its tracking field for the most part."""
    small = grouped([ttn(n)], key=str(n), ask=False)
    (entry,) = small.orders
    pad = "x" * (size - size_of(small))
    return replace(small, orders=(replace(entry, order=replace(entry.order, tracking=entry.order.tracking + pad)),))


def test_a_message_holds_exactly_so_many_bytes() -> None:
    half = MOST_BYTES // 2
    assert size_of(padded(1, half)) == half
    assert packed(padded(1, half), padded(2, MOST_BYTES - half)) == [(0, 2)]
    assert packed(padded(1, half), padded(2, MOST_BYTES - half + 1)) == [(0, 1), (0, 1)]


@pytest.mark.parametrize(("more", "orders"), [(0, [2, 2, 1]), (1, [2, 1, 2])])
def test_a_group_is_cut_where_exactly_so_many_bytes_are_full(more: int, orders: list[int]) -> None:
    half = MOST_BYTES // 2
    sizes = (half, MOST_BYTES - half + more) * 2 + (2_000,)
    parts = [padded(n, size) for n, size in enumerate(sizes)]
    whole = replace(
        parts[0],
        orders=tuple(order for part in parts for order in part.orders),
        parcels=tuple(parcel for part in parts for parcel in part.parcels),
    )
    made = pack([whole], run="r", run_at=START, expires_at=START)
    # Where the first two are a byte too many, the third stands beside the first.
    assert [len(one.message.orders) for one in made] == orders


def test_a_run_says_what_the_open_parcels_want_and_how_long_it_took(world: World) -> None:
    world.order("TWC1", f"{A}, {B}")
    world.order("TWC2", C)
    world.order("TWC3", "not a number")
    for ttn, code in ((A, "7"), (B, "9"), (C, "7")):
        world.carrier.set(ttn, code)
    world.run(timedelta(hours=1))
    states = world.parcels.states

    def slow(ttns: Iterable[str]) -> dict[str, ParcelState]:
        world.clock.advance(timedelta(seconds=4))
        return states(ttns)

    world.parcels.states = slow  # type: ignore[method-assign]
    world.dispatch()
    run, _ = world.memory.runs[max(world.memory.runs)]
    assert run.load is not None
    a_branch = 14 * 2 + 10 / 3
    assert (run.load.orders, run.load.parcels, run.load.wanted) == (3, 2, round(2 * a_branch))
    assert run.load.seconds >= 4
