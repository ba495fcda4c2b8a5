"""What everybody must do who shows orders by their links, or has them asked about at somebody's wish."""

from dataclasses import replace

from tests.contracts.store_samples import MINUTE, OTHER, TTN, Stores, bare_state, link, notice, state
from tests.fakes.clock import START
from vistka.ports import Commit, Link, OrderRecord


class LinkedOrdersContract:
    def test_an_order_is_found_by_key_and_by_number_with_its_links_alone(self, stores: Stores) -> None:
        former = link(ttn=OTHER, current=False, since=START - MINUTE)
        stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),), notices=(notice(),)))
        stores.parcels.commit(Commit(state=bare_state(OTHER), expected=None, links=(former,)))
        known = OrderRecord(
            order_key=link().order_key,
            order_number=link().order_number,
            links=(_bare(link()), _bare(former)),
            notices=(),
        )
        found = stores.linked.of_key(link().order_key)
        assert found is not None
        assert sorted(found.links, key=lambda one: one.ttn) == sorted(known.links, key=lambda one: one.ttn)
        assert replace(found, links=known.links) == known
        assert stores.linked.of_numbers([link().order_number]) == {link().order_number: found}

    def test_nobodys_chat_is_read_with_an_order(self, stores: Stores) -> None:
        """R9: a page that anybody may open cannot show what it never had."""
        chatty = link(chat_id=600_000_001, language="uk", unreachable="blocked")
        stores.parcels.commit(Commit(state=state(), expected=None, links=(chatty,)))
        found = stores.linked.of_key(chatty.order_key)
        assert found is not None
        assert [(one.chat_id, one.language, one.unreachable) for one in found.links] == [(None, "", "")]

    def test_an_order_without_a_parcel_is_none(self, stores: Stores) -> None:
        stores.ledger.put_new(notice(order_key="5", order_number="TWC5"))
        assert stores.linked.of_key("5") is None
        assert stores.linked.of_key("6") is None
        assert stores.linked.of_numbers(["TWC5", "TWC6"]) == {}
        assert stores.linked.of_numbers([]) == {}

    def test_of_many_numbers_those_that_are_known_are_found(self, stores: Stores) -> None:
        links = tuple(link(order_key=str(key), order_number=f"TWC{key}") for key in range(3))
        stores.parcels.commit(Commit(state=state(), expected=None, links=links))
        found = stores.linked.of_numbers(["TWC2", "TWC0", "TWC7", "TWC2"])
        assert {number: order.order_key for number, order in found.items()} == {"TWC0": "0", "TWC2": "2"}
        assert [one.ttn for one in found["TWC2"].links] == [TTN]


class RefreshesContract:
    def test_an_order_has_one_turn_in_a_while(self, stores: Stores) -> None:
        assert stores.refreshes.take("TWC01", now=START, interval=5 * MINUTE) is None
        for minutes in (0, 1, 4):
            again = stores.refreshes.take("TWC01", now=START + minutes * MINUTE, interval=5 * MINUTE)
            assert again == START + 5 * MINUTE
        assert stores.refreshes.take("TWC02", now=START, interval=5 * MINUTE) is None
        assert stores.refreshes.take("TWC01", now=START + 5 * MINUTE, interval=5 * MINUTE) is None

    def test_a_turn_that_came_to_nothing_is_given_back(self, stores: Stores) -> None:
        stores.refreshes.take("TWC01", now=START, interval=5 * MINUTE)
        stores.refreshes.give_back(["TWC01"])
        assert stores.refreshes.take("TWC01", now=START, interval=5 * MINUTE) is None

    def test_a_turn_taken_by_a_clock_that_ran_ahead_holds_nobody_back(self, stores: Stores) -> None:
        stores.refreshes.take("TWC01", now=START + 600 * MINUTE, interval=5 * MINUTE)
        assert stores.refreshes.take("TWC01", now=START, interval=5 * MINUTE) is None


def _bare(one: Link) -> Link:
    return replace(one, chat_id=None, language="", unreachable="")
