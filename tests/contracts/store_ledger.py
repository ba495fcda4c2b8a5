"""What every Ledger must do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import MINUTE, OTHER, TTN, Stores, link, notice, state
from tests.fakes.clock import START
from vistka.domain.errors import StoreConflict
from vistka.domain.notices import Audience, Kind, NoticeState
from vistka.ports import Commit


class LedgerContract:
    def test_an_unknown_notice_is_none(self, stores: Stores) -> None:
        assert stores.ledger.get("1", notice().id) is None
        assert stores.parcels.order("1") is None
        assert stores.parcels.order_key("TWC01") is None

    def test_a_new_notice_is_written_once(self, stores: Stores) -> None:
        """F6, R2."""
        assert stores.ledger.put_new(notice())
        assert not stores.ledger.put_new(notice(state=NoticeState.WAITING))
        assert stores.ledger.get("1", notice().id) == notice()

    def test_a_notice_alone_makes_the_order_known(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        record = stores.parcels.order("1")
        assert record is not None
        assert (record.order_number, record.links, record.notices) == ("TWC01", (), (notice(),))

    def test_a_notice_is_replaced_only_at_the_revision_before(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        sending = notice().next(state=NoticeState.SENDING, attempt=1, lease_until=START + MINUTE)
        stores.ledger.update(sending)
        with pytest.raises(StoreConflict):
            stores.ledger.update(sending)
        assert stores.ledger.get("1", notice().id) == sending

    def test_a_notice_that_is_not_there_is_not_replaced(self, stores: Stores) -> None:
        for revision in (0, 1):
            with pytest.raises(StoreConflict):
                stores.ledger.update(notice(revision=revision))
        assert list(stores.ledger.list()) == []

    def test_what_has_ended_is_due_no_more_and_can_be_read(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        ended = notice().ended(NoticeState.SENT, START + MINUTE, message_id=7)
        stores.ledger.update(ended)
        assert stores.ledger.due(before=START + timedelta(days=9), limit=10) == []
        assert stores.ledger.get("1", notice().id) == ended

    def test_a_notice_born_in_the_end_is_never_due(self, stores: Stores) -> None:
        stores.ledger.put_new(notice(state=NoticeState.SHADOW, settled_at=START))
        assert stores.ledger.due(before=START + timedelta(days=9), limit=10) == []
        kept = stores.ledger.get("1", notice().id)
        assert kept is not None
        assert kept.due_at is None

    def test_due_notices_come_oldest_first_up_to_the_moment_and_the_limit(self, stores: Stores) -> None:
        for minutes in (3, 1, 2, 4):
            stores.ledger.put_new(notice(occurrence=str(minutes), due_at=START + minutes * MINUTE))
        due = stores.ledger.due(before=START + 3 * MINUTE, limit=10)
        assert [one.occurrence for one in due] == ["1", "2", "3"]
        assert [one.occurrence for one in stores.ledger.due(before=START + 3 * MINUTE, limit=2)] == ["1", "2"]
        assert stores.ledger.due(before=START, limit=10) == []

    def test_effects_are_due_apart_from_what_is_to_be_told(self, stores: Stores) -> None:
        """Neither is to be found behind a thousand of the others (F30)."""
        effect = notice(audience=Audience.ORDER, chat_id=None)
        for one in (notice(), effect, replace(effect, occurrence="2", due_at=START + 9 * MINUTE)):
            stores.ledger.put_new(one)
        assert stores.ledger.due(before=START + timedelta(days=9), limit=10) == [notice()]
        assert stores.ledger.effects_due(before=START + 8 * MINUTE, limit=10) == [effect]
        assert len(stores.ledger.effects_due(before=START + timedelta(days=9), limit=10)) == 2
        assert len(stores.ledger.effects_due(before=START + timedelta(days=9), limit=1)) == 1
        stores.ledger.update(effect.ended(NoticeState.APPLIED, START))
        assert stores.ledger.effects_due(before=START + 8 * MINUTE, limit=10) == []
        assert len(stores.ledger.of_parcel("1", TTN)) == 3

    def test_calls_are_due_apart_from_what_is_to_be_told(self, stores: Stores) -> None:
        call = notice(audience=Audience.WEBHOOK, chat_id=None)
        for one in (notice(), call, notice(audience=Audience.ORDER, chat_id=None)):
            stores.ledger.put_new(one)
        assert stores.ledger.due(before=START + timedelta(days=9), limit=10) == [notice()]
        assert stores.ledger.calls_due(before=START + timedelta(days=9), limit=10) == [call]
        assert stores.ledger.calls_due(before=START, limit=10) == []
        stores.ledger.put_new(replace(call, occurrence="2"))
        assert len(stores.ledger.calls_due(before=START + timedelta(days=9), limit=1)) == 1
        stores.ledger.update(replace(call, occurrence="2").ended(NoticeState.SENT, START))
        stores.ledger.update(call.ended(NoticeState.SENT, START))
        assert stores.ledger.calls_due(before=START + timedelta(days=9), limit=10) == []

    def test_what_is_put_off_furthest_comes_first_of_each_kind(self, stores: Stores) -> None:
        later = [notice(occurrence=str(hours), due_at=START + timedelta(hours=hours)) for hours in (1, 3, 2)]
        effect = notice(audience=Audience.ORDER, chat_id=None, due_at=START + timedelta(hours=2))
        call = replace(effect, audience=Audience.WEBHOOK)
        for one in (*later, effect, call, notice(occurrence="9", state=NoticeState.SHADOW, settled_at=START)):
            stores.ledger.put_new(one)
        hour = START + timedelta(hours=1)
        assert stores.ledger.put_off(beyond=hour, limit=10) == [later[1], later[2], effect, call]
        assert stores.ledger.put_off(beyond=hour, limit=1) == [later[1], effect, call]
        assert stores.ledger.put_off(beyond=START + timedelta(hours=3), limit=10) == []

    def test_notices_of_a_parcel_are_those_of_the_order_too(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        stores.ledger.put_new(notice(occurrence="2"))
        stores.ledger.put_new(notice(ttn=OTHER))
        stores.ledger.put_new(notice(order_key="10"))
        assert [one.occurrence for one in stores.ledger.of_parcel("1", TTN)] == ["1", "2"]

    def test_the_ledger_is_listed_by_order_and_by_state(self, stores: Stores) -> None:
        stores.ledger.put_new(notice())
        stores.ledger.put_new(notice(occurrence="2", state=NoticeState.WAITING))
        stores.ledger.put_new(notice(order_key="2", state=NoticeState.WAITING))
        stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),)))

        def listed(**only: Any) -> set[tuple[str, str]]:
            return {(one.order_key, one.occurrence) for one in stores.ledger.list(**only)}

        assert listed() == {("1", "1"), ("1", "2"), ("2", "1")}
        assert listed(order_key="1") == {("1", "1"), ("1", "2")}
        assert listed(state=NoticeState.WAITING) == {("1", "2"), ("2", "1")}
        assert listed(state=NoticeState.WAITING, order_key="2") == {("2", "1")}

    def test_many_notices_and_their_summary_change_together(self, stores: Stores) -> None:
        many = [notice(occurrence=str(number)) for number in range(99)]
        for one in many:
            stores.ledger.put_new(one)
        summary = notice(kind=Kind.UNTOLD, audience=Audience.SHOP, chat_id=None)
        ended = [one.ended(NoticeState.UNDELIVERABLE, START, reason="no_chat") for one in many]
        stores.ledger.update_all(ended, summary)
        assert stores.ledger.due(before=START + timedelta(days=9), limit=200) == [summary]
        with pytest.raises(StoreConflict):
            stores.ledger.update_all([], summary)
        stores.ledger.update_all([], summary.next(payload={"no_chat": 100}))
        kept = stores.ledger.get("1", summary.id)
        assert kept is not None
        assert kept.payload == {"no_chat": 100}

    def test_many_notices_change_all_or_none(self, stores: Stores) -> None:
        one, two = notice(), notice(occurrence="2")
        stores.ledger.put_new(one)
        stores.ledger.put_new(two)
        stores.ledger.update(two.next(state=NoticeState.SENDING))
        summary = notice(kind=Kind.UNTOLD, audience=Audience.SHOP)
        with pytest.raises(StoreConflict):
            stores.ledger.update_all([x.ended(NoticeState.MUTED, START) for x in (one, two)], summary)
        assert stores.ledger.get("1", one.id) == one
        assert stores.ledger.get("1", summary.id) is None

    def test_nothing_to_change_is_nothing(self, stores: Stores) -> None:
        stores.ledger.update_all([])
        assert list(stores.ledger.list()) == []

    def test_more_notices_than_a_transaction_takes_are_refused(self, stores: Stores) -> None:
        many = [notice(occurrence=str(number), revision=1) for number in range(100)]
        with pytest.raises(ValueError, match="101 items"):
            stores.ledger.update_all(many, notice(kind=Kind.UNTOLD))
