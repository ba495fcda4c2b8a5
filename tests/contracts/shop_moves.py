"""What every shop must do with order rules: subclass MovesContract and give `rows`, `shop` and `moving`.

`moving` is the shop with these rules, and `shop` the same one without any:

    received   prep, ship → done; payment, of unpaid and partial, if partial: paid
    refused    prep, ship → cancelled
"""

from dataclasses import replace
from importlib import resources

import pytest

from tests.contracts.shop import TTN, ShopRows
from vistka.domain.rules import Event, Move, Moved, Outcome
from vistka.ports import Shop
from vistka.shop.schema import ShopSchema, parse_schema


def move_of(key: str, number: str = "A1", *, tracking: str = TTN, event: Event = Event.RECEIVED) -> Move:
    return Move(order_key=key, order_number=number, tracking=tracking, event=event)


def ruled_text() -> str:
    """The built-in schema file with the order rules of its comments switched on, as a person would."""
    text = resources.files("vistka").joinpath("schemas", "twocomms.toml").read_text(encoding="utf-8")
    head, mark, rules = text.partition("# [rules]\n")
    return head + "".join(line.removeprefix("# ") for line in (mark + rules).replace("\n#\n", "\n").splitlines(True))


def ruled_schema() -> ShopSchema:
    """That file, but for what the contract has otherwise."""
    parsed = parse_schema(ruled_text(), "twocomms.toml")
    by_event = dict(parsed.rules.by_event)
    del by_event[Event.RETURNED]
    by_event[Event.RECEIVED] = replace(by_event[Event.RECEIVED], payment_from=("unpaid", "partial"))
    return replace(parsed, rules=replace(parsed.rules, by_event=by_event))


class MovesContract:
    @pytest.fixture
    def moving(self, rows: ShopRows) -> Shop:
        raise NotImplementedError

    def test_without_a_rule_no_status_moves_f9(self, rows: ShopRows, shop: Shop) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status="ship")
        before = rows.others(key)
        assert shop.rules() == {}
        assert [done.outcome for done in shop.move([move_of(key)])] == [Outcome.OFF]
        assert rows.others(key) == before

    def test_the_rules_that_are_on_are_told_in_words(self, moving: Shop) -> None:
        assert list(moving.rules()) == [Event.RECEIVED, Event.REFUSED]
        assert all(moving.rules().values())

    @pytest.mark.parametrize("status", ["prep", "ship"])
    def test_an_order_moves_from_the_statuses_that_the_rule_names(
        self, rows: ShopRows, moving: Shop, status: str
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status=status)
        rows.edit(key, pay_type="full")
        before = rows.others(key)
        assert list(moving.move([move_of(key)])) == [Moved(outcome=Outcome.MOVED)]
        assert rows.others(key) == {**before, "status": "done"}

    @pytest.mark.parametrize("status", ["new", "cancelled", "ship ", "SHIP", "shíp"])
    @pytest.mark.parametrize("event", [Event.RECEIVED, Event.REFUSED])
    def test_from_no_other_status_and_a_cancelled_order_stays_cancelled_f9(
        self, rows: ShopRows, moving: Shop, status: str, event: Event
    ) -> None:
        """R5."""
        key = rows.add_order(number="A1", tracking=TTN, status=status)
        rows.edit(key, pay_type="partial", payment_status="partial")
        before = rows.others(key)
        there = (status, event) == ("cancelled", Event.REFUSED)
        (done,) = moving.move([move_of(key, event=event)])
        assert done.outcome is (Outcome.THERE if there else Outcome.ELSEWHERE)
        assert rows.others(key) == before

    @pytest.mark.parametrize(
        ("way", "paid", "after"),
        [
            ("partial", "partial", "paid"),
            ("partial", "unpaid", "paid"),
            ("partial", "checking", "checking"),  # of these the rule says nothing
            ("partial", "refunded", "refunded"),
            ("full", "unpaid", "unpaid"),
            ("PARTIAL", "unpaid", "unpaid"),
        ],
    )
    def test_the_payment_status_follows_the_way_of_paying_from_the_statuses_named(
        self, rows: ShopRows, moving: Shop, way: str, paid: str, after: str
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status="ship")
        rows.edit(key, pay_type=way, payment_status=paid)
        before = rows.others(key)
        assert [done.outcome for done in moving.move([move_of(key)])] == [Outcome.MOVED]
        assert rows.others(key) == {**before, "status": "done", "payment_status": after}

    def test_a_refusal_moves_by_its_own_rule_f10_f22(self, rows: ShopRows, moving: Shop) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status="ship")
        rows.edit(key, pay_type="partial", payment_status="partial")
        before = rows.others(key)
        assert [done.outcome for done in moving.move([move_of(key, event=Event.REFUSED)])] == [Outcome.MOVED]
        assert rows.others(key) == {**before, "status": "cancelled"}

    def test_nothing_else_of_the_row_is_touched_f8(self, rows: ShopRows, moving: Shop) -> None:
        """F8, R5: what the shop's people changed meanwhile stays, the two tracking columns too."""
        key = rows.add_order(number="A1", tracking=TTN, status="ship", phone="380670000001", shown="Їде")
        rows.edit(key, phone="380670000009", shown="Чужий текст", pay_type="full")
        other = rows.add_order(number="A2", tracking=TTN, status="ship")
        before, beside = rows.others(key), rows.others(other)
        moving.move([move_of(key)])
        assert rows.others(key) == {**before, "status": "done"}
        assert rows.others(other) == beside
        assert (rows.shown(key), rows.updated(key)) == ("Чужий текст", None)

    def test_a_second_move_finds_the_status_there(self, rows: ShopRows, moving: Shop) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status="ship")
        rows.edit(key, pay_type="full")
        outcomes = [[done.outcome for done in moving.move([move_of(key)])] for _ in range(2)]
        assert outcomes == [[Outcome.MOVED], [Outcome.THERE]]

    def test_what_an_admin_set_is_found_and_their_payment_left(self, rows: ShopRows, moving: Shop) -> None:
        key = rows.add_order(number="A1", tracking=TTN, status="done")
        rows.edit(key, pay_type="partial", payment_status="unpaid")
        before = rows.others(key)
        assert [done.outcome for done in moving.move([move_of(key)])] == [Outcome.THERE]
        assert rows.others(key) == before

    def test_a_row_that_is_not_the_one_meant_is_left_alone(self, rows: ShopRows, moving: Shop) -> None:
        key = rows.add_order(number="A1", tracking=f" {TTN}", status="ship")
        before = rows.others(key)
        meant = move_of(key, tracking=f" {TTN}")
        wrong = [
            replace(meant, order_number="A2"),
            replace(meant, order_number="a1"),
            replace(meant, tracking=TTN),
            replace(meant, tracking=""),
            replace(meant, order_key="999999"),
            replace(meant, order_key="no key"),
        ]
        assert [done.outcome for done in moving.move(wrong)] == [Outcome.CHANGED] * len(wrong)
        assert rows.others(key) == before
        rows.edit(key, pay_type="full")
        assert [done.outcome for done in moving.move([meant])] == [Outcome.MOVED]

    def test_each_of_many_is_told_in_its_place(self, rows: ShopRows, moving: Shop) -> None:
        statuses = ["ship", "cancelled", "done", "prep"]
        keys = [rows.add_order(number=f"A{n}", tracking=TTN, status=status) for n, status in enumerate(statuses)]
        done = moving.move([move_of(key, f"A{n}") for n, key in enumerate(keys)])
        assert [each.outcome for each in done] == [Outcome.MOVED, Outcome.ELSEWHERE, Outcome.THERE, Outcome.MOVED]

    def test_a_row_that_the_database_refuses_is_named_and_the_others_move(self, rows: ShopRows, moving: Shop) -> None:
        """F40."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN, status="ship") for each in range(3)]
        rows.refuse("A1")
        done = moving.move([move_of(key, f"A{each}") for each, key in enumerate(keys)])
        assert [each.outcome for each in done] == [Outcome.MOVED, Outcome.REFUSED, Outcome.MOVED]
        assert done[1].text
        assert TTN not in done[1].text
        assert [rows.others(key)["status"] for key in keys] == ["done", "ship", "done"]

    def test_no_moves_ask_nothing(self, rows: ShopRows, moving: Shop) -> None:
        assert list(moving.move([])) == []

    def test_a_sound_shop_with_rules_has_only_good_findings(self, rows: ShopRows, moving: Shop) -> None:
        for number, status in (("A1", "ship"), ("A2", "prep"), ("A3", "done"), ("A4", "cancelled")):
            key = rows.add_order(number=number, tracking=TTN, status=status)
            rows.edit(key, pay_type="partial", payment_status="paid" if status == "done" else "partial")
        rows.add_order(number="A5", tracking=TTN, status="ship")
        findings = moving.check()
        assert findings
        assert all(finding.ok for finding in findings)
