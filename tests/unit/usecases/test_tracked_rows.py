"""What goes out to the carrier with a batch, whom a change is told to when the shop has moved on, and what rows say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.carrier import FakeCarrier
from tests.unit.usecases.world import World
from vistka.domain.errors import CarrierUnavailable, ShopUnavailable
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Kind, Notice, NoticeState
from vistka.domain.projection import fingerprint
from vistka.ports import Answers, Document

A, B, C = "20450000000017", "20450000000024", "20450000000031"


@pytest.fixture
def world() -> World:
    return World()


def beside(world: World) -> PollMessage:
    """Two orders of one parcel; the message brings the first alone."""
    world.order("TWC1", A, chat=7001)
    world.order("TWC2", A, chat=7002)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=1))
    world.dispatch()
    (message,) = world.messages()
    world.carrier.set(A, "7")
    return replace(message, orders=message.orders[:1])


def waiting(world: World) -> dict[str, Notice]:
    return {notice.order_key: notice for notice in world.notices() if notice.kind is Kind.WAITING}


def test_the_carrier_is_given_the_phone_where_the_shop_has_one() -> None:
    class Noting(FakeCarrier):
        def ask(self, documents: Sequence[Document]) -> Answers:
            noted.extend(documents)
            return super().ask(documents)

    noted: list[Document] = []
    world = World()
    world.carrier = Noting(world.clock)
    world.order("TWC1", A, phone="380671112233")
    world.order("TWC2", B)
    world.run()
    assert noted == [Document(ttn=A, phone="380671112233"), Document(ttn=B, phone="")]


def test_an_order_that_the_shop_has_deleted_hears_nothing_more(world: World) -> None:
    message = beside(world)
    del world.shop.rows[2]
    world.tracker.track(message)
    assert set(waiting(world)) == {"1"}


def test_another_order_that_has_got_the_number_of_one_hears_nothing_in_its_place(world: World) -> None:
    message = beside(world)
    world.shop.rows[3] = world.shop.rows.pop(2)
    world.tracker.track(message)
    assert set(waiting(world)) == {"1"}


def test_while_the_shop_is_away_the_link_says_whom_to_tell_and_how(world: World) -> None:
    message = beside(world)
    world.memory.links["2", A] = replace(world.memory.links["2", A], language="en")
    world.shop.outage = ShopUnavailable("gone away")
    world.tracker.track(message)
    told = waiting(world)["2"]
    assert (told.order_number, told.chat_id, told.language, told.state) == ("TWC2", 7002, "en", NoticeState.NEW)


def test_while_the_shop_is_away_the_link_says_why_nobody_is_told(world: World) -> None:
    message = beside(world)
    link = world.memory.links["2", A]
    world.memory.links["2", A] = replace(link, chat_id=None, unreachable="no_profile")
    world.shop.outage = ShopUnavailable("gone away")
    world.tracker.track(message)
    assert (waiting(world)["2"].chat_id, waiting(world)["2"].reason) == (None, "no_profile")


def test_a_row_says_what_the_carriers_outage_was_r7(world: World) -> None:
    world.order("TWC1", A)
    world.dispatch()
    world.carrier.outage = CarrierUnavailable("Nova Poshta answered HTTP 502")
    (done,) = world.track()
    assert [(row["outcome"], row["error"]) for row in done.rows] == [("failed", "Nova Poshta answered HTTP 502")]


@pytest.mark.parametrize(("code", "changed"), [("7", True), ("5", False)])
def test_a_row_that_the_shop_refused_says_still_whether_the_parcel_changed(
    world: World,
    code: str,
    changed: bool,  # noqa: FBT001
) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5", "Прямує")
    world.run(timedelta(hours=1))
    world.shop.edit(key, shown=None)
    world.shop.refuse("TWC1")
    world.carrier.set(A, code, "Стоїть")
    (done,) = world.run()
    assert [(row["outcome"], row["changed"]) for row in done.rows] == [("failed", changed)]


def test_beside_a_row_that_is_refused_a_foreign_text_is_found_all_the_same_f45(world: World) -> None:
    keys = [world.order(f"TWC{n}", ttn) for n, ttn in enumerate((A, B))]
    for ttn in (A, B):
        world.carrier.set(ttn, "5", "Прямує")
    world.run()
    world.shop.refuse("TWC1")
    for _ in range(2):
        world.shop.edit(keys[0], shown="В пути - старый крон")
        world.shop.edit(keys[1], shown=None)
        world.run()
    assert world.shop.shown(keys[0]) == "В пути - старый крон"
    assert [notice.kind for notice in world.notices() if notice.kind is Kind.FOREIGN_TEXT] == [Kind.FOREIGN_TEXT]


def test_what_the_queue_does_not_take_is_not_counted_as_sent(world: World) -> None:
    for number, ttn in (("TWC1", A), ("TWC2", B), ("TWC3", C)):
        world.order(number, ttn, chat=7000 + int(number[3:]))
        world.carrier.set(ttn, "5")
    world.run()
    new = world.notices()
    body = world.notice_queue.sent[1].body
    world.notice_queue.sent.clear()
    world.notice_queue.seen.clear()
    world.notice_queue.refuses.add(body)
    assert len(new) == 3
    assert world.sender.send(new) == 2 == len(world.notice_queue.sent)


def test_a_dry_run_in_shadow_shows_what_would_be_written() -> None:
    world = World(live=False)
    world.order("TWC1", A)
    world.carrier.set(A, "5", "Прямує")
    (message,), _ = world.dispatcher.plan(after=None)
    assert [row["now"] for row in world.tracker.track(message, dry_run=True).rows] == ["В дорозі - Прямує"]
    assert [row["now"] for row in world.tracker.track(message).rows] == [None]


def test_a_foreign_text_is_known_by_its_fingerprint_from_when_it_was_replaced_not_read_f45(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5", "Прямує")
    world.run()
    world.shop.edit(key, shown="В пути - старый крон")
    world.dispatch()
    world.clock.advance(timedelta(minutes=5))
    world.track()
    found = world.parcels.foreign_texts([key])[key]
    assert (found.mark, found.at) == (fingerprint("В пути - старый крон"), world.clock.now())
