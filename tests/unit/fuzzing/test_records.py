"""What is stored and sent comes back the same; what is no record of ours is refused, and nothing else happens."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.fuzzing.strategies import FACTS, JSON, LATER, NOTICES, NOW, STATES, TEXTS, TTNS, spoiled
from tests.unit.usecases.world import World
from vistka.domain.errors import BadMessage, VistkaError
from vistka.domain.messages import NoticeMessage, PollMessage, PollOrder, PollParcel
from vistka.domain.notices import Notice, Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.waybills import parse_numbers

ORDERS = st.builds(
    Order,
    key=TEXTS.filter(bool),
    number=TEXTS.filter(bool),
    tracking=TEXTS,
    shown=st.none() | TEXTS,
    chat_id=st.none() | st.integers(1, 2**52 - 1),
    unreachable=st.none() | st.sampled_from(Unreachable),
    language=st.sampled_from(["", "uk", "en"]),
)
PARCELS = st.builds(PollParcel, ttn=TTNS, ask=st.booleans(), known=st.none() | STATES, phone=TEXTS)


def _whole(parcel: PollParcel) -> PollParcel:
    return replace(parcel, known=replace(parcel.known, ttn=parcel.ttn) if parcel.known else None)


@st.composite
def polls(draw: st.DrawFn) -> PollMessage:
    """Orders with parcels of the same poll, no order and no parcel twice."""
    parcels = draw(st.lists(PARCELS.map(_whole), min_size=1, max_size=3, unique_by=lambda parcel: parcel.ttn))
    ttns = st.lists(st.sampled_from([parcel.ttn for parcel in parcels]), min_size=1, max_size=2, unique=True)
    entries = st.builds(PollOrder, order=ORDERS, ttns=ttns.map(tuple), bad_phone=st.booleans())
    return PollMessage(
        run=draw(TEXTS),
        batch=draw(st.integers(0, 1000)),
        run_at=NOW,
        expires_at=LATER,
        parcels=tuple(parcels),
        orders=tuple(draw(st.lists(entries, max_size=3, unique_by=lambda entry: entry.order.key))),
    )


@given(FACTS)
def test_facts_survive_the_store(facts: Facts) -> None:
    assert Facts.from_dict(json.loads(json.dumps(facts.to_dict()))) == facts


@given(STATES)
def test_a_state_survives_the_store(state: ParcelState) -> None:
    assert ParcelState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


@given(NOTICES)
def test_a_notice_survives_the_store(notice: Notice) -> None:
    assert Notice.from_dict(json.loads(json.dumps(notice.to_dict()))) == notice


@given(polls())
@settings(max_examples=50)
def test_a_poll_survives_the_queue(poll: PollMessage) -> None:
    assert PollMessage.from_json(poll.to_json()) == poll
    assert PollMessage.from_dict(poll.to_dict()) == poll


@given(TEXTS.filter(bool), TEXTS.filter(bool))
def test_a_notice_message_survives_the_queue(order_key: str, notice_id: str) -> None:
    message = NoticeMessage(order_key=order_key, notice_id=notice_id)
    assert NoticeMessage.from_json(message.to_json()) == message


@given(JSON)
def test_any_json_is_a_message_or_refused_as_none(payload: Any) -> None:
    for kind in (PollMessage, NoticeMessage):
        for body in (payload, {**payload, "v": 1} if isinstance(payload, dict) else payload):
            with pytest.raises(BadMessage):
                kind.from_json(json.dumps(body))


@given(st.text())
@example("[" * 100_000)
@example('{"v":' + "9" * 5000 + "}")
def test_any_text_is_refused_as_a_message(body: str) -> None:
    for kind in (PollMessage, NoticeMessage):
        with pytest.raises(BadMessage):
            kind.from_json(body)


def whole_poll() -> dict[str, Any]:
    """One as the dispatcher sends it, of a parcel that is known."""
    world = World()
    world.order("TWC1", "20450000000017, 59000000000011", chat=7001)
    world.carrier.set("20450000000017", "7", place_number="12")
    world.carrier.set("59000000000011", "5")
    world.run()
    (message,), _ = world.dispatcher.plan(after=None)
    return message.to_dict()


@given(spoiled(whole_poll()))
@settings(max_examples=300)
def test_a_poll_with_something_wrong_in_it_is_refused_or_done_and_breaks_nothing(data: Any) -> None:
    try:
        message = PollMessage.from_json(json.dumps(data))
    except BadMessage:
        return
    world = World()
    world.carrier.set("20450000000017", "9", "Отримано")
    try:
        world.tracker.track(replace(message, expires_at=LATER))
    except VistkaError:
        return
    json.dumps([state.to_dict() for state in world.memory.states.values()]).encode()


@given(st.text(max_size=60) | st.text("0123456789 ,;/+-.№\n|SHPLN", max_size=60))
@example("2045 0000 0000 17")
def test_any_text_in_the_tracking_field_is_numbers_and_problems(typed: str) -> None:
    numbers = parse_numbers(typed)
    assert len(set(numbers.ttns)) == len(numbers.ttns)
    assert all(len(ttn) == 14 and ttn.isascii() and ttn.isdigit() and set(ttn) != {"0"} for ttn in numbers.ttns)
    assert numbers.ttns or numbers.problems or not typed.strip(" \t\n\r\v\f,;/+|\x1c\x1d\x1e\x1f\x85\xa0")
    for problem in numbers.problems:
        problem.encode()
        assert problem.isprintable()
