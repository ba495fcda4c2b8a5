"""VISTKA["RULES"]: what becomes of an order's own status when its parcels are received, refused or returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

EVENTS = ("received", "refused", "returned")

_WHERE = "VISTKA['RULES']"
_OWN = ("CANCELLED_STATUSES", "PAY_TYPE", "PAYMENT_STATUS")
_OF_RULE = ("FROM", "STATUS", "PAYMENT_FROM", "PAYMENT")


@dataclass(frozen=True)
class Rule:
    """From one of these statuses to `status`. Where the way of paying is a key of `payment`, and the payment status one
    of `payment_from`, that becomes the key's value."""

    from_statuses: tuple[Any, ...]
    status: Any
    payment_from: tuple[Any, ...] = ()
    payment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        ways = [f"payment if {way}: {status}" for way, status in self.payment.items()]
        return "; ".join([f"{', '.join(map(str, self.from_statuses))} → {self.status}", *ways])


@dataclass(frozen=True)
class Rules:
    """Those that are switched on; `pay_type` and `payment_status` are fields of the order, "" where none needs them."""

    by_event: Mapping[str, Rule] = field(default_factory=dict)
    pay_type: str = ""
    payment_status: str = ""


def read(given: Any, problems: list[str]) -> Rules:
    """Off where the setting is empty. What is wrong goes into `problems`, each with the setting's name."""
    if not given:
        return Rules()
    if not isinstance(given, Mapping):
        problems.append(f"{_WHERE}: must be a dictionary")
        return Rules()
    events = [event for event in EVENTS if event.upper() in given]
    known = {*_OWN, *(event.upper() for event in EVENTS)}
    problems += [f"{_WHERE}[{name!r}]: unknown setting" for name in given if name not in known]
    cancelled = _list(given.get("CANCELLED_STATUSES"))
    if not cancelled:
        problems.append(f"{_WHERE}['CANCELLED_STATUSES']: list the statuses of cancelled orders, which no rule changes")
    pay_type, payment_status = given.get("PAY_TYPE") or "", given.get("PAYMENT_STATUS") or ""
    by_event = {event: _rule(given[event.upper()], event, problems) for event in events}
    for event, rule in by_event.items():
        problems += _contradictions(event, rule, cancelled, paid=bool(pay_type and payment_status))
    return Rules(by_event=by_event, pay_type=str(pay_type), payment_status=str(payment_status))


def _rule(given: Any, event: str, problems: list[str]) -> Rule:
    where = f"{_WHERE}[{event.upper()!r}]"
    if not isinstance(given, Mapping):
        problems.append(f"{where}: must be a dictionary")
        return Rule((), "")
    problems += [f"{where}[{name!r}]: unknown setting" for name in given if name not in _OF_RULE]
    from_statuses, payment_from = _list(given.get("FROM")), _list(given.get("PAYMENT_FROM"))
    if not from_statuses:
        problems.append(f"{where}['FROM']: list the statuses that the rule may change")
    if given.get("STATUS") in (None, ""):
        problems.append(f"{where}['STATUS']: missing")
    payment = given.get("PAYMENT") or {}
    if not isinstance(payment, Mapping):
        problems.append(f"{where}['PAYMENT']: must be a dictionary of ways of paying and payment statuses")
        payment = {}
    if bool(payment) != bool(payment_from):
        problems.append(f"{where}: PAYMENT and PAYMENT_FROM, the payment statuses that may be changed, go together")
    ways = {str(way): status for way, status in payment.items()}
    return Rule(from_statuses, given.get("STATUS"), payment_from, ways)


def _contradictions(event: str, rule: Rule, cancelled: tuple[Any, ...], *, paid: bool) -> Iterator[str]:
    where = f"{_WHERE}[{event.upper()!r}]"
    for status in rule.from_statuses:
        if status in cancelled:
            yield f"{where}['FROM']: {status!r} is a cancelled status; a cancelled order is never revived"
    if rule.status in rule.from_statuses:
        yield f"{where}['STATUS']: {rule.status!r} stands in its own FROM; there would be nothing to change"
    if rule.status in cancelled and event == "received":
        yield f"{where}['STATUS']: {rule.status!r} is a cancelled status, and the parcel was received"
    if rule.payment and not paid:
        yield f"{_WHERE}: PAY_TYPE and PAYMENT_STATUS must name fields of the order; {where}['PAYMENT'] needs them"


def _list(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()
