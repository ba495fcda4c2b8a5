"""What every store must do so that a person can be forgotten."""

from dataclasses import replace

import pytest

from tests.contracts.store_chats import CHAT, FINGERPRINT, OTHER_CHAT, bare, chats, recipient, use
from tests.contracts.store_samples import OTHER, TTN, Stores, change, link, state
from tests.fakes.clock import START
from vistka.domain.errors import StoreConflict
from vistka.ports import Binding, Commit


class MemoriesContract:
    def test_chats_are_replaced_only_at_the_revision_before(self, stores: Stores) -> None:
        stores.memories.put_chats(chats())
        erased = chats().erased(START)
        stores.memories.put_chats(erased)
        assert stores.chats.of_orders(["1"]) == {"1": erased}
        for late in (erased, chats(), replace(erased, revision=4)):
            with pytest.raises(StoreConflict):
                stores.memories.put_chats(late)
        assert stores.chats.of_orders(["1"]) == {"1": erased}

    def test_a_recipient_is_replaced_and_forgotten_only_at_its_revision(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=recipient()))
        with pytest.raises(StoreConflict):
            stores.memories.put_recipient(bare())
        heard = bare(revision=2, wished=True)
        stores.memories.put_recipient(heard)
        with pytest.raises(StoreConflict):
            stores.memories.forget_recipient(recipient())
        assert stores.chats.recipient(CHAT) == heard
        stores.memories.forget_recipient(heard)
        assert stores.chats.recipient(CHAT) is None
        with pytest.raises(StoreConflict):
            stores.memories.forget_recipient(heard)

    def test_a_used_link_stays_used_when_its_chat_is_forgotten(self, stores: Stores) -> None:
        other = replace(use(OTHER_CHAT), order_key="2", fingerprint="f" * 32)
        stores.chats.write(Binding(recipient=bare(), use=use()))
        stores.chats.write(Binding(recipient=bare(chat_id=OTHER_CHAT), use=other))
        assert list(stores.memories.uses("1")) == [FINGERPRINT]
        stores.memories.forget_use("1", FINGERPRINT)
        stores.memories.forget_use("1", FINGERPRINT)
        stores.memories.forget_use("1", "e" * 32)
        assert list(stores.memories.uses("1")) == []
        assert stores.chats.tapped(order_key="1", fingerprint=FINGERPRINT, chat_id=CHAT).used_by == 0
        assert stores.chats.tapped(order_key="1", fingerprint="e" * 32, chat_id=CHAT).used_by is None
        assert stores.chats.tapped(order_key="2", fingerprint="f" * 32, chat_id=CHAT).used_by == OTHER_CHAT

    def test_a_parcels_history_goes_and_its_state_stays(self, stores: Stores) -> None:
        stores.parcels.commit(Commit(state=state(), expected=None, change=change(1), links=(link(),)))
        stores.parcels.commit(Commit(state=state(revision=1), expected=0, change=change(2)))
        stores.parcels.commit(Commit(state=state(OTHER), expected=None, change=change(1, ttn=OTHER)))
        assert stores.memories.forget_history(TTN, dry_run=True) == 2
        assert stores.parcels.history(TTN) == [change(1), change(2)]
        assert stores.memories.forget_history(TTN, dry_run=False) == 2
        assert stores.memories.forget_history(TTN, dry_run=False) == 0
        assert stores.parcels.history(TTN) == []
        assert stores.parcels.history(OTHER) == [change(1, ttn=OTHER)]
        assert stores.parcels.states([TTN]) == {TTN: state(revision=1)}
