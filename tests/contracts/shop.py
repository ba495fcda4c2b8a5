"""What every shop must do, whatever stands behind it: subclass ShopContract and give it `rows` and `shop`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from vistka.domain.notices import Unreachable
from vistka.domain.orders import Order, Projection
from vistka.ports import Shop

CHANGED_AT = datetime(2025, 9, 10, 12, 30, 45, 678_900, tzinfo=UTC)
TEXT = "В дорозі - Відправлення прямує до міста Київ"
TTN = "20450000000017"


class ShopRows(Protocol):
    """The shop as its own people see it: how a test seeds it, edits it and looks at it.

    Columns that may be edited: number, tracking, status, phone, shown; where order rules are under test pay_type and
    payment_status. Names like these, not the shop's own, are used.
    """

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        """Returns the key."""
        ...

    def add_profile(self, *, user: int, chat: int | None) -> None: ...

    def edit(self, key: str, **values: str | None) -> None: ...

    def shown(self, key: str) -> str | None: ...

    def updated(self, key: str) -> datetime | None:
        """Aware, in UTC."""
        ...

    def others(self, key: str) -> dict[str, object]:
        """Every column of the order but the two that are ours."""
        ...

    def refuse(self, number: str) -> None:
        """From now on the database takes no change of this order's row."""
        ...


def told(order: Order, text: str = TEXT, *, changed_at: datetime = CHANGED_AT) -> Projection:
    """What the tracker writes for an order as it read it."""
    return Projection(
        order_key=order.key,
        order_number=order.number,
        tracking=order.tracking,
        shown=order.shown,
        text=text,
        changed_at=changed_at,
    )


class ShopContract:
    #: characters that the shop takes of a text
    room = 100

    @pytest.fixture
    def rows(self) -> ShopRows:
        raise NotImplementedError

    @pytest.fixture
    def shop(self, rows: ShopRows) -> Shop:
        raise NotImplementedError

    # --- reading ------------------------------------------------------------------------------------------------

    def test_only_open_orders_with_something_in_the_tracking_field_are_listed(self, rows: ShopRows, shop: Shop) -> None:
        for number, tracking, status in (
            ("A1", TTN, "new"),
            ("A2", TTN, "ship"),
            ("A3", TTN, "done"),
            ("A4", TTN, "cancelled"),
            ("A5", None, "ship"),
            ("A6", "", "ship"),
            ("A7", "   ", "ship"),
            ("A8", "typed wrong", "prep"),
        ):
            rows.add_order(number=number, tracking=tracking, status=status)
        page = shop.open_orders(after=None, limit=100)
        assert [order.number for order in page.orders] == ["A1", "A2", "A8"]
        assert page.after is None
        assert page.problems == ()

    def test_an_order_is_read_as_the_shop_has_it(self, rows: ShopRows, shop: Shop) -> None:
        typed = " 20450000000017, 20450000000024 "
        key = rows.add_order(number="TWC01", tracking=typed, phone="+380 (67) 000-00-01", shown="Їхній текст №1 ’")
        (order,) = shop.open_orders(after=None, limit=10).orders
        assert order == Order(
            key=key,
            number="TWC01",
            tracking=typed,
            shown="Їхній текст №1 ’",
            phone="+380 (67) 000-00-01",
            unreachable=Unreachable.NO_USER,
        )
        assert shop.order("TWC01") == order

    def test_an_empty_text_and_none_are_told_apart(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_order(number="A1", tracking=TTN, shown=None)
        rows.add_order(number="A2", tracking=TTN, shown="")
        assert [order.shown for order in shop.open_orders(after=None, limit=10).orders] == [None, ""]

    def test_pages_follow_the_key_as_a_number_and_end(self, rows: ShopRows, shop: Shop) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(12)]
        seen: list[str] = []
        after: str | None = None
        pages = 0
        while True:
            page = shop.open_orders(after=after, limit=5)
            seen += [order.key for order in page.orders]
            pages += 1
            if page.after is None:
                break
            after = page.after
        assert seen == keys
        assert pages == 3

    def test_a_page_that_is_just_full_is_the_last(self, rows: ShopRows, shop: Shop) -> None:
        for each in range(4):
            rows.add_order(number=f"A{each}", tracking=TTN)
        assert shop.open_orders(after=None, limit=4).after is None

    def test_an_order_that_closes_between_two_pages_skips_no_other(self, rows: ShopRows, shop: Shop) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(6)]
        first = shop.open_orders(after=None, limit=3)
        rows.edit(keys[0], status="done")
        rows.edit(keys[2], status="done")
        second = shop.open_orders(after=first.after, limit=3)
        assert [order.key for order in second.orders] == keys[3:]

    def test_an_empty_shop_has_an_empty_page(self, rows: ShopRows, shop: Shop) -> None:
        page = shop.open_orders(after=None, limit=10)
        assert (page.orders, page.after, page.problems) == ((), None, ())

    def test_a_row_that_cannot_be_read_is_named_and_stops_no_other(self, rows: ShopRows, shop: Shop) -> None:
        """F40."""
        rows.add_order(number="A1", tracking=TTN)
        bad = rows.add_order(number="", tracking=TTN)
        rows.add_order(number="A3", tracking=TTN)
        page = shop.open_orders(after=None, limit=10)
        assert [order.number for order in page.orders] == ["A1", "A3"]
        (problem,) = page.problems
        assert f"key {bad}" in problem
        assert "orders.number" in problem

    def test_a_page_of_rows_that_cannot_be_read_still_leads_on(self, rows: ShopRows, shop: Shop) -> None:
        """F40."""
        rows.add_order(number="", tracking=TTN)
        rows.add_order(number="A2", tracking=TTN)
        first = shop.open_orders(after=None, limit=1)
        assert first.orders == ()
        assert [order.number for order in shop.open_orders(after=first.after, limit=1).orders] == ["A2"]

    # --- whom to tell -------------------------------------------------------------------------------------------

    def test_a_missing_recipient_is_named_by_its_reason_and_stops_nothing(self, rows: ShopRows, shop: Shop) -> None:
        """F5."""
        chats = {1: 700_000_001, 2: None, 3: 0, 4: 2**63 - 1, 6: 2**52 - 1, 7: -1_000_000_000_001}
        for user, chat in chats.items():
            rows.add_profile(user=user, chat=chat)
        for buyer in (None, 1, 2, 3, 4, 5, 6, 7):
            rows.add_order(number=f"A{buyer or 0}", tracking=TTN, user=buyer)
        found = {
            order.number: (order.chat_id, order.unreachable) for order in shop.open_orders(after=None, limit=20).orders
        }
        assert found == {
            "A0": (None, Unreachable.NO_USER),
            "A1": (700_000_001, None),
            "A2": (None, Unreachable.NO_CHAT),
            "A3": (None, Unreachable.BAD_CHAT),
            "A4": (None, Unreachable.BAD_CHAT),
            "A5": (None, Unreachable.NO_PROFILE),
            "A6": (2**52 - 1, None),
            "A7": (None, Unreachable.BAD_CHAT),  # a group
        }

    def test_a_second_profile_of_one_user_does_not_double_the_order(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_profile(user=1, chat=None)
        rows.add_profile(user=1, chat=700_000_001)
        rows.add_order(number="A1", tracking=TTN, user=1)
        rows.add_order(number="A2", tracking=TTN, user=1)
        page = shop.open_orders(after=None, limit=2)
        assert [(order.number, order.chat_id) for order in page.orders] == [("A1", 700_000_001), ("A2", 700_000_001)]
        assert page.after is None

    def test_two_different_chats_of_one_user_are_none(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_profile(user=1, chat=700_000_001)
        rows.add_profile(user=1, chat=700_000_002)
        rows.add_order(number="A1", tracking=TTN, user=1)
        (order,) = shop.open_orders(after=None, limit=2).orders
        assert (order.chat_id, order.unreachable) == (None, Unreachable.BAD_CHAT)

    # --- one order ----------------------------------------------------------------------------------------------

    def test_one_order_is_found_open_or_not_with_a_number_or_without(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_order(number="A1", tracking=TTN, status="cancelled")
        rows.add_order(number="A2", tracking=None)
        closed, empty = shop.order("A1"), shop.order("A2")
        assert closed is not None
        assert (closed.tracking, closed.open) == (TTN, False)
        assert empty is not None
        assert (empty.tracking, empty.open) == ("", True)

    def test_an_order_number_must_match_exactly(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_order(number="TWC01", tracking=TTN)
        for wrong in ("twc01", "TWC01 ", "TWC0", "TWC%", "", "' OR '1'='1"):
            assert shop.order(wrong) is None

    # --- finding a person ---------------------------------------------------------------------------------------

    def test_a_person_is_found_by_phone_however_it_was_typed_in_orders_open_or_not(
        self, rows: ShopRows, shop: Shop
    ) -> None:
        typed = ["380670000001", "+38 (067) 000-00-01", "067 000 00 01", "0670000001"]
        keys = [rows.add_order(number=f"O-{place}", phone=phone) for place, phone in enumerate(typed)]
        keys.append(rows.add_order(number="O-done", phone=typed[0], status="done", tracking=TTN))
        for place, other in enumerate(["380670000002", "", "6700000010", "380 67 0 000 0001 9", "16700000017"]):
            rows.add_order(number=f"X-{place}", phone=other)
        found = shop.of_phone("380670000001")
        assert [order.key for order in found] == keys
        assert [order.open for order in found] == [True] * 4 + [False]
        assert shop.of_phone("380670000003") == []

    # --- writing ------------------------------------------------------------------------------------------------

    def test_text_and_time_are_written_for_all_rows_in_one_statement(self, rows: ShopRows, shop: Shop) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=f"2045000000{each:04}") for each in range(100)]
        orders = shop.open_orders(after=None, limit=100).orders
        result = shop.write(
            [
                told(order, f"{TEXT} {each}", changed_at=CHANGED_AT + timedelta(minutes=each))
                for each, order in enumerate(orders)
            ]
        )
        assert (result.written, result.statements, result.refused) == (100, 1, {})
        assert [rows.shown(key) for key in keys] == [f"{TEXT} {each}" for each in range(100)]
        whole = CHANGED_AT.replace(microsecond=0)
        assert [rows.updated(key) for key in keys] == [whole + timedelta(minutes=each) for each in range(100)]

    def test_no_other_column_is_touched(self, rows: ShopRows, shop: Shop) -> None:
        """F8."""
        key = rows.add_order(number="A1", tracking=TTN, phone="380670000001", user=7)
        before = rows.others(key)
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert shop.write([told(order)]).written == 1
        assert rows.others(key) == before

    def test_a_status_changed_while_the_carrier_was_asked_is_not_undone(self, rows: ShopRows, shop: Shop) -> None:
        """F8, R5."""
        key = rows.add_order(number="A1", tracking=TTN, status="ship")
        (order,) = shop.open_orders(after=None, limit=1).orders
        rows.edit(key, status="cancelled", phone="380670000009")
        assert shop.write([told(order)]).written == 1
        assert rows.others(key)["status"] == "cancelled"
        assert rows.others(key)["phone"] == "380670000009"
        assert rows.shown(key) == TEXT

    @pytest.mark.parametrize(
        ("before", "now"),
        [
            ({"tracking": TTN}, {"tracking": "20450000000024"}),
            ({"tracking": TTN}, {"tracking": TTN + " "}),
            ({"tracking": TTN}, {"tracking": None}),
            ({"tracking": "np a"}, {"tracking": "NP A"}),
            ({"shown": None}, {"shown": ""}),
            ({"shown": ""}, {"shown": None}),
            ({"shown": None}, {"shown": "Чужий текст"}),
            ({"shown": "їде"}, {"shown": "іде"}),
            ({"shown": "Їде"}, {"shown": "їде"}),
            ({"shown": "їде"}, {"shown": "їде "}),
            ({"shown": "їде"}, {"shown": None}),
        ],
    )
    def test_a_row_that_is_not_as_it_was_read_is_left_alone(
        self, rows: ShopRows, shop: Shop, before: dict[str, str | None], now: dict[str, str | None]
    ) -> None:
        """The guards compare byte by byte, null to null."""
        key = rows.add_order(number="A1", tracking=TTN)
        rows.edit(key, **before)
        (order,) = shop.open_orders(after=None, limit=1).orders
        rows.edit(key, **now)
        result = shop.write([told(order)])
        assert (result.written, result.refused) == (0, {})
        assert rows.shown(key) == now.get("shown", before.get("shown"))
        assert rows.updated(key) is None

    def test_a_guard_that_misses_keeps_no_other_row_back(self, rows: ShopRows, shop: Shop) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(3)]
        orders = shop.open_orders(after=None, limit=3).orders
        rows.edit(keys[1], shown="Чужий текст")
        assert shop.write([told(order) for order in orders]).written == 2
        assert [rows.shown(key) for key in keys] == [TEXT, "Чужий текст", TEXT]

    def test_each_row_is_guarded_by_its_own_values(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_order(number="A1", tracking="20450000000017")
        rows.add_order(number="A2", tracking="20450000000024")
        one, two = shop.open_orders(after=None, limit=2).orders
        swapped = [told(replace(one, tracking=two.tracking)), told(replace(two, tracking=one.tracking))]
        assert shop.write(swapped).written == 0

    def test_the_same_write_twice_changes_nothing_the_second_time(self, rows: ShopRows, shop: Shop) -> None:
        """F7: overlap is harmless."""
        key = rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert shop.write([told(order)]).written == 1
        assert shop.write([told(order, "Старе - Пізня відповідь", changed_at=CHANGED_AT)]).written == 0
        assert rows.shown(key) == TEXT

    def test_a_typed_number_with_quotes_and_backslashes_guards_like_any(self, rows: ShopRows, shop: Shop) -> None:
        typed = "20450000000017 '\"\\ %s :x ;--"
        key = rows.add_order(number="A1", tracking=typed, shown="100% 'їде' \\n :y %(z)s")
        (order,) = shop.open_orders(after=None, limit=1).orders
        text = "Прибув - 50% 'знижка' \\ \"Відділення\" :a ; ’ №5"
        assert shop.write([told(order, text)]).written == 1
        assert rows.shown(key) == text

    def test_of_two_texts_for_one_order_the_later_counts(self, rows: ShopRows, shop: Shop) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert shop.write([told(order, "Перший"), told(order, "Другий")]).written == 1
        assert rows.shown(key) == "Другий"

    def test_nothing_to_write_takes_no_statement(self, rows: ShopRows, shop: Shop) -> None:
        result = shop.write([])
        assert (result.written, result.statements, result.refused) == (0, 0, {})

    def test_an_order_that_is_gone_is_no_error(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert shop.write([told(replace(order, key="999999"))]).written == 0

    def test_a_row_that_the_database_refuses_is_named_and_the_others_are_written(
        self, rows: ShopRows, shop: Shop
    ) -> None:
        """F40."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(9)]
        rows.refuse("A5")
        orders = shop.open_orders(after=None, limit=9).orders
        result = shop.write([told(order) for order in orders])
        assert set(result.refused) == {"A5"}
        assert TTN not in result.refused["A5"]
        assert result.written == 8
        assert [key for key in keys if rows.shown(key) != TEXT] == [keys[5]]

    # --- the column's length ------------------------------------------------------------------------------------

    def test_a_text_that_fits_is_not_changed(self, rows: ShopRows, shop: Shop) -> None:
        assert shop.fit("ї" * self.room) == "ї" * self.room

    def test_a_long_text_is_cut_at_a_word_and_fits_the_column(self, rows: ShopRows, shop: Shop) -> None:
        """F11."""
        key = rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        long = "Прибув у відділення - " + "Відправлення прибуло у відділення, готове до видачі " * (self.room // 25)
        text = shop.fit(long)
        assert len(text) <= self.room
        assert text.endswith("…")
        assert long.startswith(text.removesuffix("…"))
        assert shop.fit(text) == text
        assert shop.write([told(order, text)]).written == 1
        assert rows.shown(key) == text

    def test_a_text_nobody_fitted_is_fitted_when_written(self, rows: ShopRows, shop: Shop) -> None:
        """F11."""
        key = rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        result = shop.write([told(order, "Статус " * self.room)])
        assert (result.written, result.refused) == (1, {})
        assert rows.shown(key) == shop.fit("Статус " * self.room)

    # --- the rest -----------------------------------------------------------------------------------------------

    def test_a_closed_shop_opens_again(self, rows: ShopRows, shop: Shop) -> None:
        """F28."""
        rows.add_order(number="A1", tracking=TTN)
        assert len(shop.open_orders(after=None, limit=1).orders) == 1
        shop.close()
        assert len(shop.open_orders(after=None, limit=1).orders) == 1

    def test_a_sound_shop_has_only_good_findings(self, rows: ShopRows, shop: Shop) -> None:
        rows.add_order(number="A1", tracking=TTN)
        findings = shop.check()
        assert findings
        assert all(finding.ok for finding in findings)
