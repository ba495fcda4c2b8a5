"""What every ParcelStore must do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.store_samples import MINUTE, OTHER, TTN, Stores, bare_state, change, facts, link, notice, state
from tests.fakes.clock import START
from vistka.domain.errors import RecordUnreadable, StoreConflict
from vistka.domain.foreign import ForeignText
from vistka.domain.notices import Audience, NoticeState
from vistka.domain.stages import Role, Stage
from vistka.ports import Commit


class ParcelStoreContract:
    def test_an_unknown_parcel_has_no_state(self, stores: Stores) -> None:
        assert stores.parcels.states([TTN]) == {}
        assert stores.parcels.states([]) == {}

    def test_a_state_is_read_as_it_was_written(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.parcels.commit(Commit(state=bare_state(OTHER), expected=None))
        assert stores.parcels.states([TTN, OTHER, TTN]) == {TTN: state(), OTHER: bare_state(OTHER)}

    def test_more_states_than_a_request_reads_are_all_read(self, stores: Stores) -> None:
        ttns = [f"2045{number:010d}" for number in range(205)]
        for ttn in ttns:
            stores.parcels.commit(Commit(state=bare_state(ttn), expected=None))
        assert set(stores.parcels.states([*ttns, "20459999999999"])) == set(ttns)

    def test_a_first_state_must_not_exist_yet(self, stores: Stores) -> None:
        """F7, R10: of two runs that saw the parcel first, one writes."""
        stores.parcels.commit(Commit(state=state(), expected=None))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state(version=2), expected=None))
        assert stores.parcels.states([TTN]) == {TTN: state()}

    def test_a_state_is_replaced_only_at_the_revision_that_was_read(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.parcels.commit(Commit(state=state().next(version=2), expected=0))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state().next(version=3), expected=0))
        assert stores.parcels.states([TTN])[TTN].version == 2

    def test_a_state_that_is_gone_is_a_conflict(self, stores: Stores) -> None:
        with pytest.raises(StoreConflict):
            stores.parcels.commit(Commit(state=state(revision=4), expected=3))

    def test_a_state_that_cannot_be_read_is_named_and_never_written_over(self, stores: Stores) -> None:
        """F40: neither as one that is not there, nor as the one it was."""
        stores.parcels.commit(Commit(state=state(), expected=None))
        stores.parcels.commit(Commit(state=bare_state(OTHER), expected=None))
        stores.damage(TTN)
        assert stores.parcels.states([TTN, OTHER]) == {OTHER: bare_state(OTHER)}
        for commit in (Commit(state=state(), expected=None), Commit(state=state(revision=8), expected=7)):
            with pytest.raises(RecordUnreadable, match=f"PARCEL#{TTN} STATE cannot be read"):
                stores.parcels.commit(commit)
        assert stores.parcels.states([TTN]) == {}

    def test_a_commit_writes_all_that_comes_with_the_state(self, stores: Stores) -> None:
        former = link(ttn=OTHER, current=False, chat_id=None, language="", unreachable="no_chat")
        both = (notice(), notice(audience=Audience.SHOP, chat_id=None))
        stores.parcels.commit(
            Commit(state=state(), expected=None, change=change(), links=(link(), former), notices=both)
        )
        record = stores.parcels.order("1")
        assert record is not None
        assert (record.order_key, record.order_number) == ("1", "TWC01")
        assert record.links == (link(), former)
        assert {one.id for one in record.notices} == {one.id for one in both}
        assert stores.ledger.get("1", notice().id) == notice()
        assert stores.parcels.history(TTN) == [change()]
        assert stores.parcels.order_key("TWC01") == "1"
        assert stores.parcels.links([("1", TTN), ("1", OTHER), ("9", TTN)]) == {
            ("1", TTN): link(),
            ("1", OTHER): former,
        }

    def test_a_commit_that_conflicts_writes_nothing(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(
                Commit(state=state(), expected=None, change=change(), links=(link(),), notices=(notice(),))
            )
        assert stores.parcels.history(TTN) == []
        assert stores.parcels.order("1") is None
        assert stores.parcels.order_key("TWC01") is None
        assert list(stores.ledger.list()) == []

    def test_a_former_link_gives_the_order_no_number(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None, links=(link(current=False),)))
        assert stores.parcels.order_key("TWC01") is None
        assert stores.parcels.order("1") is not None

    def test_a_child_and_its_links_come_with_its_parent_or_not_at_all(self, stores: Stores) -> None:
        """R10: of a return that was taken up half nobody would ask."""
        stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),)))
        child = state(OTHER, chain=(TTN,), role=Role.RETURN)
        linked = link(ttn=OTHER, root=TTN, parent=TTN, via=Role.RETURN)
        after = state().next(children=(OTHER,), ended="continued")
        stores.parcels.commit(Commit(state=after, expected=0, child=child, links=(linked,)))
        assert stores.parcels.states([TTN, OTHER]) == {TTN: after, OTHER: child}
        assert stores.parcels.links([("1", OTHER)]) == {("1", OTHER): linked}

        second = Commit(state=after.next(), expected=1, child=child.next(), child_expected=7)
        for commit in (second, replace(second, child_expected=None), replace(second, expected=0, child_expected=0)):
            with pytest.raises(StoreConflict):
                stores.parcels.commit(commit)
        assert stores.parcels.states([TTN, OTHER]) == {TTN: after, OTHER: child}
        stores.parcels.commit(replace(second, child_expected=0))

    def test_a_child_that_cannot_be_read_is_named_and_never_written_over(self, stores: Stores) -> None:
        """F40."""
        stores.parcels.commit(Commit(state=state(OTHER), expected=None))
        stores.damage(OTHER)
        with pytest.raises(RecordUnreadable, match=f"PARCEL#{OTHER} STATE cannot be read"):
            stores.parcels.commit(Commit(state=state(), expected=None, child=state(OTHER)))
        assert stores.parcels.states([TTN]) == {}

    def test_what_comes_back_or_waits_for_money_is_followed_until_it_ends(self, stores: Stores) -> None:
        """F31."""
        refused = state(TTN, facts=facts(code="103", stage=Stage.REFUSED), stage=Stage.REFUSED)
        money = state(OTHER, facts=facts(code="10", stage=Stage.DELIVERED), stage=Stage.DELIVERED)
        for one in (refused, money, state("20450000000033"), state("20450000000044", role=Role.REDIRECT)):
            stores.parcels.commit(Commit(state=one, expected=None))
        assert list(stores.parcels.followed()) == [TTN, OTHER, "20450000000044"]

        stores.parcels.commit(Commit(state=refused.next(ended="final"), expected=0))
        stores.parcels.commit(Commit(state=money.next(orders=frozenset()), expected=0))
        assert list(stores.parcels.followed()) == ["20450000000044"]

    def test_all_that_is_followed_is_found_in_the_order_of_its_numbers(self, stores: Stores) -> None:
        """F30."""
        ttns = [f"2045{number:010d}" for number in range(30)]
        for ttn in ttns:
            stores.parcels.commit(Commit(state=state(ttn, role=Role.RETURN), expected=None))
        assert list(stores.parcels.followed()) == ttns

    def test_superseded_notices_end_with_the_commit(self, stores: Stores) -> None:
        waiting = notice(state=NoticeState.WAITING)
        stores.parcels.commit(Commit(state=state(), expected=None, notices=(waiting,)))
        stores.parcels.commit(
            Commit(
                state=state().next(orders=frozenset()),
                expected=0,
                superseded=(waiting.ended(NoticeState.SUPERSEDED, START, reason="another number"),),
            )
        )
        assert stores.parcels.states([TTN])[TTN].orders == frozenset()
        ended = stores.ledger.get("1", waiting.id)
        assert ended is not None
        assert ended.state is NoticeState.SUPERSEDED
        assert ended.reason == "another number"
        assert stores.ledger.due(before=START + timedelta(days=1), limit=10) == []

    def test_a_superseded_notice_that_was_changed_meanwhile_stops_the_commit(self, stores: Stores) -> None:
        waiting = notice(ttn=OTHER)
        stores.ledger.put_new(waiting)
        stores.ledger.update(waiting.next(state=NoticeState.SENDING))
        with pytest.raises(StoreConflict):
            stores.parcels.commit(
                Commit(state=state(), expected=None, superseded=(waiting.ended(NoticeState.SUPERSEDED, START),))
            )
        assert stores.parcels.states([TTN]) == {}

    def test_the_largest_commit_is_taken_and_one_item_more_refused(self, stores: Stores) -> None:
        def commit(ttn: str, count: int) -> Commit:
            notices = tuple(notice(ttn=ttn, occurrence=str(number)) for number in range(count))
            return Commit(state=state(ttn), expected=None, notices=notices)

        stores.parcels.commit(commit(TTN, 99))
        assert len(stores.ledger.of_parcel("1", TTN)) == 99
        with pytest.raises(ValueError, match="101 items"):
            stores.parcels.commit(commit(OTHER, 100))
        assert stores.parcels.states([OTHER]) == {}

    def test_twenty_orders_of_one_parcel_told_to_buyer_and_shop_fit_one_commit(self, stores: Stores) -> None:
        keys = [str(number) for number in range(20)]
        links = tuple(link(order_key=key, order_number=f"TWC{key}") for key in keys)
        notices = tuple(
            notice(order_key=key, order_number=f"TWC{key}", audience=audience)
            for key in keys
            for audience in (Audience.BUYER, Audience.SHOP)
        )
        stores.parcels.commit(Commit(state=state(), expected=None, change=change(), links=links, notices=notices))
        assert [stores.parcels.order_key(f"TWC{key}") for key in keys] == keys

    def test_two_items_for_one_key_are_refused(self, stores: Stores) -> None:
        with pytest.raises(ValueError, match=r"^two items of one transaction have the same key$"):
            stores.parcels.commit(Commit(state=state(), expected=None, notices=(notice(), notice())))

    def test_a_notice_that_no_sweep_would_find_is_refused(self, stores: Stores) -> None:
        """R3: a notice has ended, or it is visibly waiting."""
        with pytest.raises(ValueError, match="no due_at"):
            stores.parcels.commit(Commit(state=state(), expected=None, notices=(notice(due_at=None),)))
        with pytest.raises(ValueError, match="no due_at"):
            stores.ledger.put_new(notice(due_at=None))
        assert stores.parcels.states([TTN]) == {}

    def test_the_history_is_oldest_first_and_of_this_parcel_alone(self, stores: Stores) -> None:
        versions = [change(version, at=START + version * MINUTE, stage=None) for version in (1, 2, 10, 11)]
        current = state(version=0)
        stores.parcels.commit(Commit(state=current, expected=None))
        for one in versions:
            current = current.next(version=one.version)
            stores.parcels.commit(Commit(state=current, expected=current.revision - 1, change=one))
        stores.parcels.commit(Commit(state=state(OTHER), expected=None, change=change(ttn=OTHER)))
        assert stores.parcels.history(TTN) == versions
        assert stores.parcels.history("20459999999999") == []

    def test_what_is_known_of_a_foreign_text_is_read_as_it_was_written(self, stores: Stores) -> None:
        """F45."""
        first = ForeignText(mark="8d777f38", since=START, at=START + MINUTE)
        stopped = ForeignText(mark="0badf00d", since=START, at=START + MINUTE, stopped=True, tries=3)
        assert stores.parcels.foreign_texts(["1"]) == stores.parcels.foreign_texts([]) == {}
        stores.parcels.put_foreign_text("1", first)
        stores.parcels.put_foreign_text("2", stopped)
        assert stores.parcels.foreign_texts(["1", "2", "3", "1"]) == {"1": first, "2": stopped}
        assert stores.parcels.order("1") is None

    def test_of_two_who_deal_with_one_foreign_text_one_is_told_so(self, stores: Stores) -> None:
        """F45, R10."""
        first = ForeignText(mark="8d777f38", since=START, at=START)
        stores.parcels.put_foreign_text("1", first)
        with pytest.raises(StoreConflict):
            stores.parcels.put_foreign_text("1", replace(first, mark="0badf00d"))
        second = replace(first, stopped=True, revision=1)
        stores.parcels.put_foreign_text("1", second)
        with pytest.raises(StoreConflict):
            stores.parcels.put_foreign_text("1", replace(second, tries=1))
        assert stores.parcels.foreign_texts(["1"]) == {"1": second}
