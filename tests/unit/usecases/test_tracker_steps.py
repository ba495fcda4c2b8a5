"""The tracker in its steps: what it writes, what it says, and what becomes of answers that others overtook."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import INTERVAL, World
from vistka.domain.errors import (
    CarrierUnavailable,
    ShopMismatch,
    ShopUnavailable,
    StoreConflict,
    StoreRefused,
    StoreUnavailable,
)
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Kind, NoticeState
from vistka.domain.orders import Order
from vistka.domain.projection import fingerprint
from vistka.domain.remarks import Unread
from vistka.domain.stages import Stage
from vistka.metrics import Metric
from vistka.ports import Commit, Link, OrderRecord, Run
from vistka.usecases.batch import Tracked
from vistka.usecases.storing import ROUNDS

A, B, C = "20450000000017", "20450000000024", "20450000000031"


@pytest.fixture
def world() -> World:
    return World()


def before_commit(world: World, act: Callable[[Commit], None], *, times: int = 1) -> None:
    """Somebody else acts right before the next commits are written."""
    whole, left = world.parcels.commit, iter(range(times))

    def commit(commit: Commit) -> None:
        if next(left, None) is not None:
            act(commit)
        whole(commit)

    world.parcels.commit = commit  # type: ignore[method-assign]


def one_poll(world: World) -> PollMessage:
    world.dispatch()
    (message,) = world.messages()
    return message


# --- what is written ----------------------------------------------------------------------------------------------


def test_a_link_holds_whom_to_tell(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.order("TWC2", A)
    world.carrier.set(A, "5")
    world.run()
    assert world.memory.links == {
        ("1", A): Link(order_key="1", order_number="TWC1", ttn=A, current=True, since=START, chat_id=7001),
        ("2", A): Link(order_key="2", order_number="TWC2", ttn=A, current=True, since=START, unreachable="no_user"),
    }


def test_a_change_is_kept_as_history(world: World) -> None:
    world.order("TWC1", A)
    for code, text in (("5", "Прямує"), ("7", "Прибув")):
        world.carrier.set(A, code, text)
        world.run(timedelta(hours=1))
    changes = world.parcels.history(A)
    assert [(change.version, change.stage, change.facts.text) for change in changes] == [
        (1, Stage.IN_TRANSIT, "Прямує"),
        (2, Stage.AT_BRANCH, "Прибув"),
    ]


def test_every_parcel_that_was_asked_is_counted(world: World) -> None:
    world.order("TWC1", f"{A}, {B}")
    world.carrier.set(A, "5")
    world.run()
    assert world.metrics.values[Metric.PARCELS_CHECKED] == [2]


def test_a_batch_is_marked_done_under_its_own_number(world: World) -> None:
    for n in range(150):
        world.order(f"TWC{n}", f"2045{n:010}")
    world.dispatch()
    world.track()
    ((run, done),) = world.memory.runs.values()
    assert run.complete
    assert sorted(done) == [0, 1]


def test_a_run_is_good_only_once_all_its_batches_are_in(world: World) -> None:
    for n in range(150):
        world.order(f"TWC{n}", f"2045{n:010}")
    world.dispatch()
    first, second = world.messages()
    world.tracker.track(first)
    assert world.metrics.total(Metric.GOOD_RUNS) == 0
    world.tracker.track(second)
    assert world.metrics.total(Metric.GOOD_RUNS) == 1


def test_a_batch_of_a_run_that_nobody_knows_is_still_done(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    message = one_poll(world)
    world.memory.runs.clear()
    world.tracker.track(message)
    assert A in world.memory.states
    assert world.metrics.total(Metric.GOOD_RUNS) == 0


# --- what is said -------------------------------------------------------------------------------------------------


def test_a_stale_poll_is_named_by_its_run(world: World) -> None:
    world.order("TWC1", A)
    message = one_poll(world)
    world.clock.set(message.expires_at)
    assert not world.tracker.track(message).stale
    world.clock.advance(timedelta(seconds=1))
    assert world.tracker.track(message).stale
    assert world.said == [("stale poll dropped", {"run": message.run, "batch": 0})]


def test_an_unknown_code_is_named_with_its_parcel_f37(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "777")
    world.run()
    assert world.said == [("unknown status code, the stage is kept", {"ttn": A, "code": "777"})]


def test_a_key_that_was_refused_is_named_with_what_to_do(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.carrier.keyless = True
    world.run()
    assert world.said == [("the carrier refused the key; asked without one: renew NOVA_POSHTA_API_KEY", {})]


def test_one_key_of_several_that_was_refused_is_named_too(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.carrier.keys_refused = 1
    world.run()
    text = "the carrier refused one of the keys; asked with another: renew NOVA_POSHTA_API_KEY"
    assert world.said == [(text, {})]
    assert world.metrics.total(Metric.CREDENTIALS_REFUSED) == 1


def test_a_parcel_that_the_store_did_not_take_is_named_and_due_again_f40(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    for ttn in (A, B):
        world.carrier.set(ttn, "5")

    def fail(commit: Commit) -> None:
        if commit.state.ttn == A:
            raise StoreUnavailable("throttled")

    before_commit(world, fail, times=2)
    (done,) = world.run()
    assert done.failed == {A: "throttled"}
    assert world.said == [("parcel left to the next run", {"ttn": A, "error": "StoreUnavailable"})]
    ((run, _),) = world.memory.runs.values()
    assert run.failed == {A}
    assert [(row["ttn"], row["outcome"], row["error"]) for row in done.rows] == [
        (A, "failed", "throttled"),
        (B, "changed", None),
    ]


def test_a_parcel_whose_record_cannot_be_read_is_named_alone_and_its_record_kept_f40(world: World) -> None:
    for number, ttn in (("TWC1", A), ("TWC2", B)):
        world.order(number, ttn)
        world.carrier.set(ttn, "5")
    world.run(timedelta(hours=1))
    kept = world.memory.states[A]
    world.memory.unreadable.add(A)
    for ttn in (A, B):
        world.carrier.set(ttn, "7")
    (done,) = world.run()
    reason = f"the store's item PARCEL#{A} STATE cannot be read"
    assert [(row["ttn"], row["outcome"], row["error"]) for row in done.rows] == [
        (A, "failed", reason),
        (B, "changed", None),
    ]
    assert ("the store takes no such parcel", {"ttn": A, "reason": reason}) in world.said
    assert (world.memory.states[A], world.memory.states[B].stage) == (kept, Stage.AT_BRANCH)
    assert world.metrics.total(Metric.GOOD_RUNS) == 2


def test_a_refused_number_says_what_to_do_and_counts_as_no_answer(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.refuses[A] = "Invalid DocumentNumber"
    (done,) = world.run()
    text = "the carrier refuses this number (Invalid DocumentNumber): correct it in the order"
    assert done.refused == {A: text}
    assert (done.rows[0]["outcome"], done.rows[0]["error"]) == ("failed", text)
    assert world.memory.states[A].not_found == 1


# --- what is wrong in others' words and stops nothing -------------------------------------------------------------


def remarks(done: Tracked) -> dict[tuple[str, str], list[str]]:
    return {(row["order_number"], row["ttn"]): row["remarks"] for row in done.rows if "remarks" in row}


BAD_PHONE = "the phone is no Ukrainian number; asked without it, so a sum to pay may stay unknown: correct it"
BAD_CHAT = "the chat id in the buyer's profile is no chat of a person; nothing is sent there: correct it"


def test_a_bad_phone_and_a_bad_chat_are_named_with_their_order_and_the_rest_goes_on(world: World) -> None:
    world.order("TWC1", f"{A}, {B}", chat=-1009876543210, phone="067 12")
    world.order("TWC2", C, chat=7002, phone="0671112233")
    for ttn in (A, B, C):
        world.carrier.set(ttn, "5")
    (done,) = world.run()
    assert remarks(done) == {("TWC1", A): [BAD_PHONE, BAD_CHAT]}
    assert [(row["outcome"], row["error"]) for row in done.rows] == [("changed", None)] * 3
    assert {notice.chat_id for notice in world.notices()} == {None, 7002}
    assert world.deliver()
    assert {chat for chat, _ in world.texts()} == {7002}
    assert world.said == [
        ("an order needs correcting", {"order_number": "TWC1", "reason": "bad_phone"}),
        ("an order needs correcting", {"order_number": "TWC1", "reason": "bad_chat"}),
    ]


def test_what_the_carrier_says_and_nobody_can_read_is_named_with_its_parcel(world: World) -> None:
    world.order("TWC1", A)
    world.order("TWC2", B)
    world.carrier.set(A, "9")
    world.carrier.set(B, "777")
    world.carrier.unread[A] = (Unread(name="RecipientDateTime", value="99.99.2026"),)
    world.carrier.phoneless = {B}
    (done,) = world.run()
    assert remarks(done) == {
        ("TWC1", A): ["the carrier's RecipientDateTime cannot be read ('99.99.2026'); taken for empty"],
        ("TWC2", B): [
            "status code 777 is unknown to this version; the stage stays",
            "the carrier does not take the phone of its order; asked without it: correct it in the order",
        ],
    }
    assert done.failed == done.refused == {}
    assert world.said == [
        ("unknown status code, the stage is kept", {"ttn": B, "code": "777"}),
        ("the carrier's answer cannot be read in full", {"ttn": A, "fields": ["RecipientDateTime"]}),
        ("the carrier does not take a phone; asked without it", {"ttn": B}),
    ]


def test_a_parcel_that_stays_as_it_is_keeps_no_others_remark_from_the_log(world: World) -> None:
    for number, ttn in (("TWC1", A), ("TWC2", B)):
        world.order(number, ttn)
        world.carrier.set(ttn, "5")
    world.run(timedelta(hours=1))
    world.said.clear()
    world.carrier.set(B, "7")
    world.carrier.phoneless = {B}
    world.run()
    assert world.said == [("the carrier does not take a phone; asked without it", {"ttn": B})]


def test_the_log_hears_of_it_again_only_with_a_change_or_another_order_f20(world: World) -> None:
    world.order("TWC1", A, chat=-5, phone="067 12")
    world.carrier.set(A, "5")
    world.carrier.unread[A] = (Unread(name="DateCreated", value="x"),)
    world.carrier.phoneless = {A}
    world.run(timedelta(hours=1))
    assert len(world.said) == 4
    world.said.clear()
    (done,) = world.run(timedelta(hours=1))
    assert (len(world.said), len(remarks(done)["TWC1", A])) == (0, 4)
    world.carrier.set(A, "7")
    world.run(timedelta(hours=1))
    assert len(world.said) == 4
    world.said.clear()
    world.order("TWC2", A, chat=-6)
    world.run(timedelta(hours=1))
    assert world.said == [("an order needs correcting", {"order_number": "TWC2", "reason": "bad_chat"})]


def test_a_dry_run_remarks_and_leaves_the_log_alone(world: World) -> None:
    world.order("TWC1", A, phone="?")
    world.carrier.set(A, "5")
    (message,), _ = world.dispatcher.plan(after=None)
    assert remarks(world.tracker.track(message, dry_run=True)) == {("TWC1", A): [BAD_PHONE]}
    assert world.said == []


def test_without_an_answer_there_is_nothing_to_remark(world: World) -> None:
    world.order("TWC1", f"{A}, {B}", phone="?")
    world.carrier.set(A, "9", "Отримано")
    world.carrier.set(B, "5", "Прямує")
    world.run(timedelta(hours=1))
    message = one_poll(world)
    assert remarks(world.tracker.track(message)) == {("TWC1", B): [BAD_PHONE]}  # A has ended and is not asked
    world.carrier.outage = CarrierUnavailable("away")
    assert remarks(world.tracker.track(message)) == {}


# --- others write at the same moment ------------------------------------------------------------------------------


def test_an_answer_that_was_overtaken_is_judged_again_by_what_stands_there_r1(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.carrier.set(A, "7")

    def other(commit: Commit) -> None:
        found = world.memory.states[A]
        world.memory.states[A] = found.next(observed_at=found.observed_at, told=found.told)

    before_commit(world, other)
    world.run()
    state = world.memory.states[A]
    assert (state.stage, state.version, state.revision) == (Stage.AT_BRANCH, 2, 3)
    assert [notice.kind for notice in world.notices()] == [Kind.ON_ITS_WAY, Kind.WAITING]


def test_a_newer_state_drops_the_older_answer_r1(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.carrier.set(A, "7")

    def newer(commit: Commit) -> None:
        found = world.memory.states[A]
        world.memory.states[A] = found.next(observed_at=world.clock.now() + timedelta(seconds=1))

    before_commit(world, newer)
    (done,) = world.run()
    assert world.memory.states[A].stage is Stage.IN_TRANSIT
    assert [notice.kind for notice in world.notices()] == [Kind.ON_ITS_WAY]
    assert (done.failed, done.rows[0]["stage"]) == ({}, "in_transit")


@pytest.mark.parametrize("times", [ROUNDS - 1, ROUNDS])
def test_after_four_rounds_a_contended_parcel_is_left_to_the_next_run(world: World, times: int) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")

    def beaten(commit: Commit) -> None:
        raise StoreConflict("somebody else")

    before_commit(world, beaten, times=times)
    (done,) = world.run()
    assert (done.failed == {A: "somebody else"}) is (times == ROUNDS)
    assert (A in world.memory.states) is (times < ROUNDS)


def test_an_order_linked_meanwhile_hears_of_the_change_too(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.carrier.set(A, "7")

    def another(commit: Commit) -> None:
        key = world.order("TWC9", A, chat=7009)
        found = world.memory.states[A]
        world.memory.states[A] = found.next(orders=found.orders | {key})
        link = world.memory.links["1", A]
        world.memory.links[key, A] = replace(link, order_key=key, order_number="TWC9", chat_id=7001)

    before_commit(world, another)
    world.run()
    told = {notice.order_key: notice for notice in world.notices() if notice.kind is Kind.WAITING}
    assert set(told) == {"1", "2"}
    assert (told["2"].order_number, told["2"].chat_id) == ("TWC9", 7009)


# --- orders that the message did not bring ------------------------------------------------------------------------


def alone(world: World, message: PollMessage, key: str) -> PollMessage:
    """The message with one of its orders only."""
    return replace(message, orders=tuple(entry for entry in message.orders if entry.order.key == key))


def three_orders(world: World) -> PollMessage:
    """One parcel on three orders, all told that it is on its way; the message brings the first of them."""
    for number, chat in (("TWC1", 7001), ("TWC2", 7002), ("TWC3", None)):
        world.order(number, A, chat=chat)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    return alone(world, one_poll(world), "1")


def waiting(world: World) -> dict[str, Any]:
    return {notice.order_key: notice for notice in world.notices() if notice.kind is Kind.WAITING}


def test_a_change_is_told_to_the_orders_that_the_message_did_not_bring(world: World) -> None:
    message = three_orders(world)
    world.carrier.set(A, "7")
    world.tracker.track(message)
    told = waiting(world)
    assert set(told) == {"1", "2", "3"}
    assert (told["2"].chat_id, told["2"].order_number) == (7002, "TWC2")
    assert (told["3"].state, told["3"].reason) == (NoticeState.WAITING, "no_user")


def test_a_former_order_is_not_told(world: World) -> None:
    message = three_orders(world)
    world.memory.links["2", A] = replace(world.memory.links["2", A], current=False)
    world.carrier.set(A, "7")
    world.tracker.track(message)
    assert set(waiting(world)) == {"1", "3"}


@pytest.mark.parametrize("outage", [ShopUnavailable("gone away"), ShopMismatch("no such column")])
def test_a_batch_whose_other_order_could_not_be_looked_up_is_not_done_f3(world: World, outage: Exception) -> None:
    message = three_orders(world)
    world.runs.start(Run(id="r", started_at=world.clock.now()))
    world.runs.sent("r", batches=1, covers=world.clock.now())
    message = replace(message, run="r", batch=0)
    world.carrier.set(A, "7")

    def away(_number: str) -> Order | None:
        raise outage

    good, asked, world.shop.order = world.metrics.total(Metric.GOOD_RUNS), world.shop.order, away  # type: ignore[assignment]
    world.tracker.track(message)

    assert set(waiting(world)) == {"1", "2", "3"}  # what the links remember is told all the same
    assert world.metrics.total(Metric.SHOP_OUTAGES) == 1
    assert world.metrics.total(Metric.GOOD_RUNS) == good
    assert not world.memory.runs["r"][0].complete

    world.shop.order = asked  # type: ignore[method-assign]
    world.tracker.track(message)
    assert world.memory.runs["r"][0].complete


def test_an_order_without_a_reason_has_no_chat(world: World) -> None:
    message = three_orders(world)
    world.memory.links["3", A] = replace(world.memory.links["3", A], unreachable="")
    world.carrier.set(A, "7")
    world.shop.outage = ShopUnavailable("gone away")  # then what the link remembers counts
    world.tracker.track(message)
    assert waiting(world)["3"].reason == "no_chat"
    assert waiting(world)["2"].chat_id == 7002


@pytest.mark.parametrize("chat", [-7002, 0, 2**52])
def test_a_chat_that_is_no_buyers_is_not_written_to_from_the_store_either(world: World, chat: int) -> None:
    message = three_orders(world)
    world.memory.links["2", A] = replace(world.memory.links["2", A], chat_id=chat)
    world.carrier.set(A, "7")
    world.shop.outage = ShopUnavailable("gone away")  # then what the link remembers counts
    world.tracker.track(message)
    told = waiting(world)["2"]
    assert (told.state, told.chat_id, told.reason) == (NoticeState.WAITING, None, "bad_chat")


@pytest.mark.parametrize("field", ["", B, f"{B}, 123"])
def test_an_order_whose_field_lists_the_number_no_longer_hears_nothing_of_it(world: World, field: str) -> None:
    message = three_orders(world)
    world.shop.edit("2", tracking=field)
    world.carrier.set(A, "7")
    world.tracker.track(message)
    assert set(waiting(world)) == {"1", "3"}


def test_an_order_is_told_in_the_chat_that_the_shop_names_now(world: World) -> None:
    message = three_orders(world)
    world.shop.profiles = [(user, 7099 if chat == 7002 else chat) for user, chat in world.shop.profiles]
    world.carrier.set(A, "7")
    world.tracker.track(message)
    assert waiting(world)["2"].chat_id == 7099


def test_others_are_looked_up_only_for_what_may_have_changed(world: World) -> None:
    message = three_orders(world)
    looked: list[tuple[tuple[str, str], ...]] = []
    links = world.parcels.links

    def noted(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Link]:
        wanted = tuple(pairs)
        looked.append(wanted)
        return links(wanted)

    world.parcels.links = noted  # type: ignore[method-assign]
    world.tracker.track(message)
    assert looked == []
    world.carrier.set(A, "5", "інше речення")
    world.tracker.track(message)
    assert looked == []
    world.carrier.set(A, "7")
    world.clock.advance(timedelta(hours=1))
    world.tracker.track(alone(world, one_poll(world), "1"))
    assert looked == [(("2", A), ("3", A))]


def test_a_parcel_that_goes_along_is_not_asked_about(world: World) -> None:
    world.order("TWC1", f"{A}, {B}")
    world.carrier.set(A, "9", "Отримано")
    world.carrier.set(B, "5", "Прямує")
    world.run(timedelta(hours=1))
    (done,) = world.run()
    assert world.carrier.asked[1:] == [(B,)]
    assert [(row["ttn"], row["outcome"]) for row in done.rows] == [(A, "skipped"), (B, "unchanged")]


# --- a number that was replaced -----------------------------------------------------------------------------------


def test_a_message_that_was_overtaken_relinks_nothing(world: World) -> None:
    """The order had A when the message was made, and B by the time another run had tracked that."""
    key = world.order("TWC1", A, chat=7001)
    late = one_poll(world)
    world.shop.edit(key, tracking=B)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.clock.advance(timedelta(seconds=30))
    world.run(timedelta(seconds=1))
    (done,) = [world.tracker.track(late)]
    assert done.failed == {}
    assert world.memory.links[key, B].current
    assert (key, A) not in world.memory.links
    assert {notice.ttn for notice in world.notices()} == {B}


def test_an_order_that_is_overtaken_in_the_last_round_leaves_its_parcel_to_the_next_run(world: World) -> None:
    """Others write first three times, and in the fourth round the order turns out to have yet another number."""
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "777")  # unknown: what is said of it is said of what was judged only
    message = one_poll(world)
    rounds = iter(range(ROUNDS))
    order = world.parcels.order

    def read(order_key: str) -> OrderRecord | None:
        if next(rounds) == ROUNDS - 1:
            link = Link(order_key=key, order_number="TWC1", ttn=B, current=True, since=START + timedelta(seconds=1))
            world.memory.links[key, B] = link
        return order(order_key)

    def beaten(commit: Commit) -> None:
        raise StoreConflict("somebody else")

    world.parcels.order = read  # type: ignore[method-assign]
    before_commit(world, beaten, times=ROUNDS)
    done = world.tracker.track(message)
    assert done.failed == {A: "an order has got yet another number"}
    assert (done.rows[0]["outcome"], done.rows[0]["changed"]) == ("failed", False)
    assert world.memory.states == {}


def test_the_former_numbers_open_notices_end_superseded_and_others_stay(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    other = world.order("TWC2", A, chat=7002)
    world.carrier.set(A, "5")
    world.run(INTERVAL)
    sending = next(notice for notice in world.notices() if notice.order_key == key)
    world.shop.edit(key, tracking=B)
    world.carrier.set(B, "5")
    world.run(INTERVAL)
    ended = world.ledger.get(key, sending.id)
    assert ended is not None
    assert (ended.state, ended.reason, ended.settled_at, ended.due_at) == (
        NoticeState.SUPERSEDED, "the order no longer has this number", START + INTERVAL, None
    )  # fmt: skip
    assert world.memory.links[key, A] == replace(world.memory.links[other, A], order_key=key, order_number="TWC1",
                                                 chat_id=7001, current=False)  # fmt: skip
    assert [n.state for n in world.notices() if n.order_key == other] == [NoticeState.NEW]
    assert world.memory.states[A].orders == {other}


@pytest.mark.parametrize("state", [NoticeState.SENDING, NoticeState.SENT])
def test_what_is_being_sent_or_was_sent_is_left_as_it_is(world: World, state: NoticeState) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.run(INTERVAL)
    (notice,) = world.notices()
    held = replace(notice, state=state, attempt=1)
    world.memory.notices[key, notice.id] = held
    world.shop.edit(key, tracking=B)
    world.carrier.set(B, "5")
    world.run(INTERVAL)
    assert world.ledger.get(key, notice.id) == held


@pytest.mark.parametrize(
    ("before", "state"),
    [({}, NoticeState.NEW), ({"attempt": 1}, NoticeState.NEW), ({"lost": True}, NoticeState.UNKNOWN)],
)
def test_what_nobody_was_told_is_told_when_its_number_comes_back(
    world: World, before: dict[str, Any], state: NoticeState
) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.run(INTERVAL)
    world.shop.edit(key, tracking=B)
    world.run(INTERVAL)
    world.notice_queue.sent.clear()
    world.notice_queue.seen.clear()  # the queue's five minutes are over
    (former,) = [notice for notice in world.notices() if notice.ttn == A]
    world.memory.notices[key, former.id] = replace(former, **before)
    world.shop.edit(key, tracking=A)
    world.run(INTERVAL)
    again = world.ledger.get(key, former.id)
    assert again is not None
    assert again.state is state
    assert len(world.notice_queue.sent) == (state is NoticeState.NEW)  # what may have arrived is the sweep's to repeat


# --- a store that is away -----------------------------------------------------------------------------------------


def failing_by(world: World, faults: dict[str, Exception]) -> None:
    whole = world.parcels.commit

    def commit(commit: Commit) -> None:
        if commit.state.ttn in faults:
            raise faults[commit.state.ttn]
        whole(commit)

    world.parcels.commit = commit  # type: ignore[method-assign]


def five(world: World) -> list[str]:
    ttns = [f"2045000000001{n}" for n in range(5)]
    for n, ttn in enumerate(ttns):
        world.order(f"TWC{n}", ttn)
        world.carrier.set(ttn, "5")
    return ttns


def test_a_store_that_is_away_for_three_parcels_running_stops_the_batch(world: World) -> None:
    ttns = five(world)
    failing_by(world, dict.fromkeys(ttns, StoreUnavailable("away")))
    with pytest.raises(StoreUnavailable, match="away"):
        world.run()
    assert len(world.said) == 2


@pytest.mark.parametrize("between", [None, StoreConflict("somebody else")])
def test_a_parcel_that_is_stored_or_contended_in_between_begins_the_count_anew(
    world: World, between: Exception | None
) -> None:
    ttns = five(world)
    faults: dict[str, Exception] = dict.fromkeys(ttns, StoreUnavailable("throttled"))
    del faults[ttns[2]]
    if between is not None:
        faults[ttns[2]] = between
    failing_by(world, faults)
    (done,) = world.run()
    assert set(done.failed) == set(faults)


@pytest.mark.parametrize("refused", [0, 2, 4])
def test_a_parcel_that_the_store_can_never_take_fails_alone_and_is_not_tried_again_at_once_f40(
    world: World, refused: int
) -> None:
    ttns = five(world)
    failing_by(world, {ttns[refused]: StoreRefused("too large")})
    (done,) = world.run()
    assert (done.failed, done.refused) == ({}, {ttns[refused]: "too large"})
    assert set(world.memory.states) == set(ttns) - {ttns[refused]}
    assert ("the store takes no such parcel", {"ttn": ttns[refused], "reason": "too large"}) in world.said
    ((run, _),) = world.memory.runs.values()
    assert (run.complete, run.failed) == (True, frozenset())


# --- what an answer leaves behind ---------------------------------------------------------------------------------


def test_an_answer_counts_from_the_moment_it_was_asked_for_r1(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.carrier.asked_at = START - timedelta(minutes=1)
    world.run()
    assert world.memory.states[A].observed_at == START - timedelta(minutes=1)


def test_the_texts_of_a_former_number_are_remembered_with_the_new_one_f45(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5", "Прямує")
    world.run(INTERVAL)
    world.shop.edit(key, tracking=B)
    world.carrier.set(B, "7", "Прибув")
    world.run(INTERVAL)
    texts = ("В дорозі - Прямує", "Чекає у відділенні - Прибув")
    assert world.memory.states[B].written == tuple(map(fingerprint, texts))


def test_a_dry_run_names_an_unknown_code_too(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "777")
    (message,), _ = world.dispatcher.plan(after=None)
    world.tracker.track(message, dry_run=True)
    assert world.said == [("unknown status code, the stage is kept", {"ttn": A, "code": "777"})]


def test_a_link_keeps_the_buyers_language(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    message = one_poll(world)
    (entry,) = message.orders
    english = replace(entry, order=replace(entry.order, language="en"))
    world.tracker.track(replace(message, orders=(english,)))
    assert world.memory.links["1", A].language == "en"


def test_an_order_without_a_past_hides_no_former_number_of_the_next(world: World) -> None:
    new = world.order("TWC1", "")
    changed = world.order("TWC2", B)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.run(INTERVAL)
    for key in (new, changed):
        world.shop.edit(key, tracking=A)
    world.run(INTERVAL)
    assert not world.memory.links[changed, B].current
    assert world.memory.links[changed, A].current
    assert world.memory.links[new, A].current


def test_a_link_of_the_very_moment_of_the_run_is_no_later_one(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.carrier.set(B, "5")
    world.run(timedelta(0))
    world.shop.edit(key, tracking=B)
    world.run(timedelta(0))
    assert world.memory.links[key, B].current
    assert not world.memory.links[key, A].current
