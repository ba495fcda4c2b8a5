"""What travels in the queues, byte for byte, and what is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.errors import BadMessage
from vistka.domain.messages import NoticeMessage, PollMessage, PollOrder, PollParcel
from vistka.domain.notices import Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.stages import Stage

NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
TTN, OTHER = "20450000000017", "59000000000011"
KNOWN = ParcelState(
    ttn=TTN,
    revision=3,
    version=2,
    observed_at=NOW,
    first_seen_at=NOW,
    facts=Facts(code="7", text="Прибув", stage=Stage.AT_BRANCH),
    stage=Stage.AT_BRANCH,
)
POLL = PollMessage(
    run="2026#1",
    batch=4,
    run_at=NOW,
    expires_at=NOW + timedelta(minutes=20),
    parcels=(
        PollParcel(ttn=TTN, ask=True, known=KNOWN, phone="380671112233"),
        PollParcel(ttn=OTHER, ask=False, known=None),
    ),
    orders=(
        PollOrder(
            order=Order(key="1", number="TWC1", tracking=TTN, shown="Є", chat_id=7001, unreachable=None, language="en"),
            ttns=(TTN, OTHER),
        ),
        PollOrder(order=Order(key="2", number="TWC2", tracking=OTHER, shown=None), ttns=(OTHER,)),
    ),
)
WIRE: dict[str, Any] = {
    "v": 1,
    "run": "2026#1",
    "batch": 4,
    "run_at": "2026-01-13T08:00:00.000000Z",
    "expires_at": "2026-01-13T08:20:00.000000Z",
    "parcels": [
        {"ttn": TTN, "ask": True, "known": KNOWN.to_dict(), "phone": "380671112233"},
        {"ttn": OTHER, "ask": False},
    ],
    "orders": [
        {"key": "1", "number": "TWC1", "tracking": TTN, "shown": "Є", "ttns": [TTN, OTHER], "chat_id": 7001,
         "language": "en"},
        {"key": "2", "number": "TWC2", "tracking": OTHER, "shown": None, "ttns": [OTHER], "unreachable": "no_chat"},
    ],
}  # fmt: skip


def test_a_poll_has_this_form_and_comes_back_the_same() -> None:
    assert POLL.to_dict() == WIRE
    assert PollMessage.from_dict(WIRE) == POLL
    assert PollMessage.from_json(POLL.to_json()) == POLL


def test_a_poll_spends_no_byte_on_form() -> None:
    body = POLL.to_json()
    assert body == json.dumps(WIRE, ensure_ascii=False, separators=(",", ":"))
    assert "Прибув" in body


def test_a_poll_that_is_numbered_anew_is_the_same_otherwise_whatever_its_run_is_called() -> None:
    poll = replace(POLL, run='{"batch":9}')
    assert PollMessage.numbered(poll.to_json(), 17) == replace(poll, batch=17).to_json()


def test_a_notice_message_is_a_pointer() -> None:
    message = NoticeMessage(order_key="ключ", notice_id="20450000000017#waiting#2#buyer")
    body = '{"v":1,"order_key":"ключ","notice_id":"20450000000017#waiting#2#buyer"}'
    assert message.to_json() == body
    assert NoticeMessage.from_json(body) == message


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"v": 2}, "a queue message of version 2, this program reads version 1: deploy it again"),
        ({"v": "1"}, "a queue message of version none, this program reads version 1: deploy it again"),
        ({}, "a queue message of version none, this program reads version 1: deploy it again"),
    ],
)
def test_another_version_is_refused_and_says_what_to_do(fields: dict[str, Any], text: str) -> None:
    for kind in (PollMessage, NoticeMessage):
        with pytest.raises(BadMessage) as caught:
            kind.from_json(json.dumps(fields))
        assert str(caught.value) == text


@pytest.mark.parametrize(("body", "text"), [("{", "a queue message is not JSON"),
                                            ("[]", "a queue message is not a JSON object")])  # fmt: skip
def test_what_is_no_object_is_refused(body: str, text: str) -> None:
    for kind in (PollMessage, NoticeMessage):
        with pytest.raises(BadMessage) as caught:
            kind.from_json(body)
        assert str(caught.value) == text
    with pytest.raises(BadMessage) as caught:
        PollMessage.from_dict([WIRE])
    assert str(caught.value) == "a poll is not a JSON object"


@pytest.mark.parametrize("name", ["run", "batch", "run_at", "expires_at", "parcels", "orders"])
def test_a_field_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(BadMessage) as caught:
        PollMessage.from_dict({key: value for key, value in WIRE.items() if key != name})
    assert str(caught.value) == f"a poll cannot be read: KeyError in '{name}'"


@pytest.mark.parametrize("part", ["ttn", "ask"])
def test_a_parcel_that_lacks_something_is_refused(part: str) -> None:
    bad = {key: value for key, value in WIRE["parcels"][1].items() if key != part}
    with pytest.raises(BadMessage, match=f"KeyError in '{part}'"):
        PollMessage.from_dict(WIRE | {"parcels": [bad]})


@pytest.mark.parametrize("part", ["key", "number", "tracking", "ttns"])
def test_an_order_that_lacks_something_is_refused(part: str) -> None:
    bad = {key: value for key, value in WIRE["orders"][1].items() if key != part}
    with pytest.raises(BadMessage, match=f"KeyError in '{part}'"):
        PollMessage.from_dict(WIRE | {"orders": [bad]})


@pytest.mark.parametrize(
    ("order", "kind"),
    [({"key": 1}, "TypeError"), ({"number": None}, "TypeError"), ({"tracking": 5}, "TypeError"),
     ({"shown": 5}, "TypeError"), ({"chat_id": "x"}, "ValueError"), ({"unreachable": "?"}, "ValueError"),
     ({"ttns": [5]}, "TypeError"), ({"chat_id": float("inf")}, "ValueError")],
)  # fmt: skip
def test_a_field_of_another_type_is_refused_without_its_value(order: dict[str, Any], kind: str) -> None:
    with pytest.raises(BadMessage) as caught:
        PollMessage.from_dict(WIRE | {"orders": [WIRE["orders"][1] | order]})
    assert str(caught.value) == f"a poll cannot be read: {kind} in one of its fields"


def poll(**changes: Any) -> dict[str, Any]:
    return WIRE | changes


def parcel(**changes: Any) -> dict[str, Any]:
    """WIRE with something else in its first parcel."""
    return poll(parcels=[WIRE["parcels"][0] | changes, WIRE["parcels"][1]])


def known(**changes: Any) -> dict[str, Any]:
    return parcel(known=KNOWN.to_dict() | changes)


def order(**changes: Any) -> dict[str, Any]:
    """WIRE with something else in its first order."""
    return poll(orders=[WIRE["orders"][0] | changes, WIRE["orders"][1]])


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "no parcel": (poll(parcels=[], orders=[]), "it has no parcel"),
    "101 to ask": (
        poll(parcels=[{"ttn": f"2045{n:010}", "ask": True} for n in range(101)], orders=[]),
        "101 parcels to ask, and one request takes 100",
    ),
    "a parcel twice": (poll(parcels=[*WIRE["parcels"], WIRE["parcels"][1]]), "the same parcel twice"),
    "an order twice": (poll(orders=[WIRE["orders"][1]] * 2), "the same order twice"),
    "an order without numbers": (order(ttns=[]), "an order whose numbers are not those of its parcels"),
    "a number twice in an order": (order(ttns=[TTN, TTN]), "an order whose numbers are not those of its parcels"),
    "a number that is no parcel": (order(ttns=["1" * 14]), "an order whose numbers are not those of its parcels"),
    "the run's name": (poll(run="r" * 1001), "the name of its run is longer than a key of the store"),
}


@pytest.mark.parametrize(("data", "why"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_poll_that_cannot_be_is_refused_at_once_with_its_reason(data: dict[str, Any], why: str) -> None:
    with pytest.raises(BadMessage) as caught:
        PollMessage.from_json(json.dumps(data))
    assert str(caught.value) == f"a poll that cannot be: {why}"


UNREADABLE: dict[str, dict[str, Any]] = {
    "batch below zero": poll(batch=-1),
    "batch as text": poll(batch="4"),
    "batch as truth": poll(batch=True),
    "batch beyond counting": poll(batch=2**53 + 1),
    "run is no text": poll(run=5),
    "half a character in run": poll(run="\ud800"),
    "no zone": poll(run_at="2026-01-13T08:00:00"),
    "no zone in expiry": poll(expires_at="2026-01-13"),
    "the end of time": poll(expires_at="9999-12-31T23:59:59+00:00"),
    "its beginning": poll(run_at="0001-01-01T00:00:00+14:00"),
    "parcels as text": poll(parcels="20450000000017"),
    "ttn of 13 digits": parcel(ttn="2045000000001"),
    "ttn of other digits": parcel(ttn="²0450000000017"),
    "ask is no truth": parcel(ask=1),
    "phone is no text": parcel(phone=380671112233),
    "half a character in phone": parcel(phone="\udc00"),
    "known of another parcel": known(ttn=OTHER),
    "revision below zero": known(revision=-1),
    "version below zero": known(version=-1),
    "version of a half": known(version=2.5),
    "version beyond counting": known(version=2**64),
    "misses below zero": known(not_found=-3),
    "observed without a zone": known(observed_at="2026-01-13T08:00:00"),
    "half a character in an order's key": known(orders=["\ud800"]),
    "half a character in a text": known(facts={"code": "7", "text": "\ud83d"}),
    "key is empty": order(key=""),
    "key of 2001 bytes": order(key="k" * 2001),
    "half a character in key": order(key="\ud800"),
    "number is empty": order(number=""),
    "number of 2001 bytes": order(number="я" * 1000 + "x"),
    "half a character in number": order(number="TWC\udfff"),
    "half a character in tracking": order(tracking="\ud800"),
    "half a character in shown": order(shown="\ud800"),
    "chat of a group": order(chat_id=-7001),
    "chat zero": order(chat_id=0),
    "chat of 2^52": order(chat_id=2**52),
    "chat of 2^63": order(chat_id=2**63),
    "chat as truth": order(chat_id=True),
    "chat as text": order(chat_id="7001"),
    "chat of a half": order(chat_id=7001.5),
    "language is no text": order(language=["uk"]),
    "unreachable is no reason": order(unreachable={"a": 1}),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_a_field_that_cannot_be_is_refused_without_its_value(data: dict[str, Any]) -> None:
    with pytest.raises(BadMessage) as caught:
        PollMessage.from_json(json.dumps(data))
    assert str(caught.value).startswith("a poll cannot be read: ")
    str(caught.value).encode()


def test_the_largest_that_can_be_is_read() -> None:
    hundred = [{"ttn": f"2045{n:010}", "ask": True} for n in range(100)]
    along = [{"ttn": f"5900{n:010}", "ask": False} for n in range(100)]
    assert len(PollMessage.from_dict(poll(parcels=hundred + along, orders=[])).parcels) == 200
    PollMessage.from_dict(poll(run="r" * 1000, batch=2**53))
    PollMessage.from_dict(order(key="k" * 2000, number="я" * 1000, chat_id=2**52 - 1))
    (entry, _) = PollMessage.from_dict(order(number="Я \n# \x00📦")).orders
    assert entry.order.number == "Я \n# \x00📦"


def test_a_phone_that_was_left_out_is_known_of_its_order() -> None:
    message = PollMessage.from_dict(order(bad_phone=True))
    assert [entry.bad_phone for entry in message.orders] == [True, False]
    assert PollMessage.from_dict(message.to_dict()) == message


def test_an_order_may_have_less() -> None:
    bare = {"key": "1", "number": "TWC1", "tracking": TTN, "ttns": [TTN]}
    (entry,) = PollMessage.from_dict(WIRE | {"orders": [bare]}).orders
    assert entry.order == Order(key="1", number="TWC1", tracking=TTN, shown=None, unreachable=None)
    (entry,) = PollMessage.from_dict(WIRE | {"orders": [bare | {"unreachable": "no_user"}]}).orders
    assert entry.order.unreachable is Unreachable.NO_USER


@pytest.mark.parametrize(
    "fields",
    [{"order_key": "1"}, {"notice_id": "x"}, {"order_key": "", "notice_id": "x"}, {"order_key": "1", "notice_id": ""},
     {"order_key": 1, "notice_id": "x"}, {"order_key": "1", "notice_id": 5}, {"order_key": None, "notice_id": None}],
)  # fmt: skip
def test_a_notice_message_names_order_and_notice(fields: dict[str, Any]) -> None:
    with pytest.raises(BadMessage) as caught:
        NoticeMessage.from_json(json.dumps({"v": 1, **fields}))
    assert str(caught.value) == "a notice message names no ledger entry (order_key, notice_id)"


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"order_key": "k" * 2001, "notice_id": "x"}, " (order_key, notice_id)"),
     ({"order_key": "\ud800", "notice_id": "x"}, " (order_key, notice_id)"),
     ({"order_key": "1", "notice_id": "\udfff"}, " (order_key, notice_id)"),
     ({"order_key": "1", "notice_id": "x" * 1001}, ": notice_id is longer than a key of the store")],
)  # fmt: skip
def test_a_notice_that_no_store_can_hold_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(BadMessage) as caught:
        NoticeMessage.from_json(json.dumps({"v": 1, **fields}))
    assert str(caught.value) == f"a notice message names no ledger entry{why}"
    NoticeMessage.from_json(json.dumps({"v": 1, "order_key": "k" * 2000, "notice_id": "x" * 1000}))
