"""Moves an order's own status as a rule of VISTKA["RULES"] says, and touches nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import Exact

from vistka_django.conf import Shop
from vistka_django.rows import Octets, answers, key_of, read_list, text_of, texts_of, why
from vistka_django.rules import EVENTS, Rule
from vistka_django.signing import Refused


@dataclass(frozen=True)
class Move:
    """What happened to the parcels of one order, and the guard: key, number and tracking field as they were read."""

    key: str
    number: str
    tracking: str
    event: str


def move(shop: Shop, moves: Sequence[Move], *, again: bool) -> list[str]:
    """One guarded UPDATE each; what became of each, in their order. Raises Error when the database is gone.

    `again`: the request before may have been carried out unseen, so a status that is there already is ours.
    """
    outcomes = []
    for one in moves:
        try:
            outcome = _move(shop, one)
        except DatabaseTrouble as error:
            if not answers(shop):
                raise
            outcome = why(error)
        outcomes.append("moved" if again and outcome == "there" else outcome)
    return outcomes


def try_to_move(shop: Shop) -> bool:
    """Whether what the rules change may be written; no row is."""
    fields = [shop.status, *([shop.rules.payment_status] if shop.rules.payment_status else [])]
    try:
        shop.order._base_manager.extra(where=["1 = 0"]).update(**{name: F(name) for name in fields})
    except DatabaseTrouble:
        return False
    return True


def _move(shop: Shop, one: Move) -> str:
    rule = shop.rules.by_event.get(one.event)
    if rule is None:
        return "off"
    try:
        key = key_of(shop, one.key)
    except Refused:
        return "changed"
    guard = _is(shop.number, one.number) & _is(shop.tracking, one.tracking) & _any(shop.status, rule.from_statuses)
    rows = shop.order._base_manager.filter(guard, pk=key)
    if rows.update(**_changes(shop, rule)):
        return "moved"
    found = shop.order._base_manager.filter(pk=key).values_list(shop.number, shop.tracking, shop.status).first()
    if found is None or (text_of(found[0]), found[1]) != (one.number, one.tracking):
        return "changed"
    if text_of(found[2]) == str(rule.status):
        return "there"
    # One that was changed back in between is moved by the next attempt.
    return "changed" if text_of(found[2]) in [str(each) for each in rule.from_statuses] else "elsewhere"


def _changes(shop: Shop, rule: Rule) -> dict[str, Any]:
    changes: dict[str, Any] = {shop.status: rule.status}
    if rule.payment:
        paid, pays = shop.rules.payment_status, shop.rules.pay_type
        may = _any(paid, rule.payment_from)
        ways = [When(may & _is(pays, way), then=Value(status)) for way, status in rule.payment.items()]
        changes[paid] = Case(*ways, default=F(paid))
    return changes


def _is(name: str, value: Any) -> Q:
    # Byte by byte: a collation takes `Ship` for `ship`, and numbers have one spelling.
    return Q(Exact(Octets(F(name)), str(value).encode()))


def _any(name: str, values: Sequence[Any]) -> Q:
    found = Q()
    for value in values:
        found |= _is(name, value)
    return found


def read_moves(content: Any) -> tuple[list[Move], bool]:
    """The body of POST moves, all of it or nothing. Raises Refused."""
    return read_list(content, "moves", _read)


def _read(row: Any, where: str) -> Move:
    key, number, tracking, event = texts_of(row, where, ("key", "number", "tracking", "event"))
    if event not in EVENTS:
        raise Refused("request_wrong", f"{where}.event: must be one of {', '.join(EVENTS)}")
    try:
        for one in (key, number, tracking):
            one.encode()
    except ValueError:
        raise Refused("request_wrong", f"{where}: a text cannot be read") from None
    return Move(key=key, number=number, tracking=tracking, event=event)
