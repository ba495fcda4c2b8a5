"""What travels in the queues, byte for byte, and what is refused."""

import json
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
     ({"ttns": [5]}, "TypeError"), ({"chat_id": float("inf")}, "OverflowError")],
)  # fmt: skip
def test_a_field_of_another_type_is_refused_without_its_value(order: dict[str, Any], kind: str) -> None:
    with pytest.raises(BadMessage) as caught:
        PollMessage.from_dict(WIRE | {"orders": [WIRE["orders"][1] | order]})
    assert str(caught.value) == f"a poll cannot be read: {kind} in one of its fields"


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
