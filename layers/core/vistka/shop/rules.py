"""The section [rules] of a schema file: what becomes of an order's own status. Off where it is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from vistka.domain.rules import Event
from vistka.shop.reading import SchemaReader
from vistka.shop.tables import OrdersTable

type Status = str | int

_PAYMENT_COLUMNS: Final = ("pay_type", "payment_status")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """From one of `from_statuses` to `status`. Where the order's way of paying is a key of `payment`, and its payment
    status one of `payment_from`, that becomes the key's value in the same statement."""

    event: Event
    from_statuses: tuple[Status, ...]
    status: Status
    payment_from: tuple[Status, ...] = ()
    payment: Mapping[str, Status] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """As in `prep, ship → done; payment if partial: paid`."""
        ways = [f"payment if {way}: {status}" for way, status in self.payment.items()]
        return "; ".join([f"{', '.join(map(str, self.from_statuses))} → {self.status}", *ways])


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRules:
    """The rules that are switched on, and the statuses of cancelled orders, which no rule leaves. `pay_type` and
    `payment_status` are columns of the orders, "" where no rule needs them."""

    by_event: Mapping[Event, Rule] = field(default_factory=dict)
    cancelled_statuses: tuple[Status, ...] = ()
    pay_type: str = ""
    payment_status: str = ""

    def columns(self) -> Iterator[tuple[str, str]]:
        """Those that are named here, as (field, column)."""
        for name in _PAYMENT_COLUMNS:
            if column := getattr(self, name):
                yield f"rules.{name}", column

    def written(self, orders: OrdersTable) -> tuple[str, ...]:
        """The columns that the rules write; none where no rule is switched on."""
        pays = any(rule.payment for rule in self.by_event.values())
        return (*([orders.status] if self.by_event else []), *([self.payment_status] if pays else []))

    def contradictions(self, orders: OrdersTable) -> Iterator[str]:
        """What is wrong between fields that are right each by itself."""
        for event, rule in self.by_event.items():
            where = f"rules.{event}"
            for status in rule.from_statuses:
                if status in self.cancelled_statuses:
                    yield f"{where}.from: {status!r} is a cancelled status; a cancelled order is never revived"
            if rule.status in rule.from_statuses:
                yield f"{where}.status: {rule.status!r} stands in its own from; there would be nothing to change"
            if rule.status in self.cancelled_statuses and event is Event.RECEIVED:
                yield f"{where}.status: {rule.status!r} is a cancelled status, and the parcel was received"
            if orders.open_statuses:
                kind = type(orders.open_statuses[0])
                named = (*rule.from_statuses, rule.status, *self.cancelled_statuses)
                if not all(isinstance(each, kind) for each in named if each != ""):
                    what = "texts" if kind is str else "whole numbers"
                    yield f"{where}: statuses must be {what}, as those in orders.open_statuses are"
            yield from self._of_payment(rule, where)

    def _of_payment(self, rule: Rule, where: str) -> Iterator[str]:
        if rule.payment_from and not rule.payment:
            yield f"{where}.payment: missing; payment_from says what may be changed, payment to what"
        for name in _PAYMENT_COLUMNS:
            if rule.payment and not getattr(self, name):
                yield f"rules.{name}: missing; {where}.payment needs this column of the orders"
        for way, status in rule.payment.items():
            if status in rule.payment_from:
                yield f"{where}.payment.{way}: {status!r} stands in payment_from; there would be nothing to change"


def read_rules(section: SchemaReader) -> OrderRules:
    sections = [(event, section.section(event, required=False)) for event in Event]
    return OrderRules(
        by_event={event: _read_rule(one, event) for event, one in sections if event in section.names()},
        cancelled_statuses=section.statuses(
            "cancelled_statuses", what="the statuses of cancelled orders, which no rule ever changes"
        ),
        pay_type=section.column("pay_type", required=False),
        payment_status=section.column("payment_status", required=False),
    )


def _read_rule(section: SchemaReader, event: Event) -> Rule:
    payment = section.values("payment")
    return Rule(
        event=event,
        from_statuses=section.statuses("from", what="the statuses that the rule may change"),
        status=section.value("status"),
        payment_from=section.statuses(
            "payment_from", required=bool(payment), what="the payment statuses that the rule may change"
        ),
        payment=payment,
    )
