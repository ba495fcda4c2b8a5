"""The statements of order rules: one guarded UPDATE of the order's own status, and a look at a row that it missed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from vistka.adapters.shop_rows import text_of
from vistka.adapters.shop_statements import Statements, only_these
from vistka.domain.rules import Move, Outcome
from vistka.shop.rules import Rule, Status


class MovingStatements(Statements):
    """What a shop's rules write, beside what is always read and written."""

    def rule(self, move: Move) -> Rule | None:
        return self._schema.rules.by_event.get(move.event)

    def move(self, move: Move, rule: Rule) -> sa.Update:
        """Touches the status, and the payment status where the rule has one, of this row alone, and only from the
        statuses that the rule names."""
        orders, target = self._schema.orders, self._target
        values = self._changes(rule)
        return (
            sa.update(target)
            .where(
                target.c[orders.key] == self._values.of("orders.key", move.order_key),
                self._exactly("number", move.order_number),
                self._exactly("tracking", move.tracking),
                self._is_one_of(target.c[orders.status], rule.from_statuses),
                *only_these(target, orders.only),
            )
            .values(values)
        )

    def row_of(self, move: Move) -> sa.Select[Any]:
        orders, o = self._schema.orders, self._orders
        return sa.select(
            self._field("number", o).label("number"),
            self._values.text(self._field("tracking", o)).label("tracking"),
            self._values.text(self._field("status", o)).label("status"),
        ).where(o.c[orders.key] == self._values.of("orders.key", move.order_key), *only_these(o, orders.only))

    @staticmethod
    def outcome(move: Move, rule: Rule, row: sa.RowMapping | None) -> Outcome:
        """Why the move missed the row."""
        if row is None or (text_of(row["number"]), row["tracking"]) != (move.order_number, move.tracking):
            return Outcome.CHANGED
        if text_of(row["status"]) == str(rule.status):
            return Outcome.THERE
        # One that was changed back in between is moved by the next attempt.
        return Outcome.CHANGED if text_of(row["status"]) in map(str, rule.from_statuses) else Outcome.ELSEWHERE

    def move_of_nothing(self) -> sa.Update:
        """Asks for the privileges that the rules need, and writes no row."""
        target, orders = self._target, self._schema.orders
        same = {target.c[column]: target.c[column] for column in self._schema.rules.written(orders)}
        return sa.update(target).where(target.c[orders.key].is_(None), sa.false()).values(same)

    def values_in(self, field: str, most: int) -> sa.Select[Any]:
        """The values that stand in this field of the orders, such as orders.status, each once."""
        o = self._orders
        column = next(column for name, _, column in self._schema.columns() if name == field)
        value = self._values.text(o.c[column])
        return sa.select(value).select_from(o).where(*only_these(o, self._schema.orders.only)).distinct().limit(most)

    def _changes(self, rule: Rule) -> dict[Any, Any]:
        rules, target = self._schema.rules, self._target
        status = target.c[self._schema.orders.status]
        changes: dict[Any, Any] = {status: self._values.put("orders.status", rule.status)}
        if rule.payment:
            paid, pays = target.c[rules.payment_status], target.c[rules.pay_type]
            may = self._is_one_of(paid, rule.payment_from)
            ways = [
                (sa.and_(may, self._values.exactly(pays, way)), self._values.put("rules.payment_status", value))
                for way, value in rule.payment.items()
            ]
            changes[paid] = sa.case(*ways, else_=paid)
        return changes

    def _exactly(self, name: str, value: str) -> sa.ColumnElement[bool]:
        return self._values.exactly(self._field(name, self._target), value)

    def _is_one_of(self, column: sa.ColumnElement[Any], values: Sequence[Status]) -> sa.ColumnElement[bool]:
        # Byte by byte: a collation takes `Ship` for `ship`, and numbers have one spelling.
        return sa.or_(*(self._values.exactly(column, str(value)) for value in values))
