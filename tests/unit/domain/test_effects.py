"""What a rule that is switched on makes of a change: an effect on the order, entered into the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vistka.domain.decisions import Decision, decide
from vistka.domain.notices import Audience, Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts
from vistka.domain.policy import Policy
from vistka.domain.rules import Event
from vistka.domain.stages import stage_of

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TTN = "20450000000017"
ORDER = Order(key="1", number="TWC1", tracking=TTN, shown=None, chat_id=None, unreachable=None)


def received(**changes: Any) -> Decision:
    """Of a parcel that was under way."""
    values: dict[str, Any] = {
        "now": NOW,
        "live_since": NOW - timedelta(days=90),
        "is_live": lambda number: number == "TWC1",
        "has_shop_chat": False,
        "notice_due": timedelta(minutes=5),
        "default_language": "en",
        "fit": str,
        "rules": {Event.RECEIVED: "sent -> done"},
    }
    policy, known = Policy(**values | changes), None
    for code, at in (("5", NOW - timedelta(hours=2)), ("9", NOW)):
        facts = Facts(code=code, text=f"стан {code}", stage=stage_of(code), moved_at=NOW - timedelta(minutes=1))
        orders = {"ttn": TTN, "known": known, "orders": (ORDER,), "others": ()}
        decision = decide(**orders, answer=facts, sent_at=at, policy=policy)  # type: ignore[arg-type]
        known = decision.state
    return decision


def effect(**changes: Any) -> Notice:
    decision = received(**changes)
    (found,) = (notice for notice in decision.notices if notice.audience is Audience.ORDER)
    return found


def test_an_effect_on_an_order_that_is_live_waits_to_be_applied() -> None:
    made = effect()
    assert (made.state, made.settled_at, made.due_at) == (NoticeState.NEW, None, NOW + timedelta(minutes=5))
    assert made.language == "en"


def test_an_effect_in_shadow_has_ended_and_is_due_no_more() -> None:
    made = effect(is_live=lambda _number: False)
    assert (made.state, made.settled_at, made.due_at) == (NoticeState.SHADOW, NOW, None)


def test_what_a_parcel_has_come_to_is_remembered_though_no_rule_is_on() -> None:
    state = received(rules={}).state
    assert state is not None
    assert Event.RECEIVED in state.told
    assert all(isinstance(what, str) for what in state.told)  # under way, it had come to nothing
