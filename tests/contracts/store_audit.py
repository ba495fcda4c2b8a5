"""What every store must do with the audit trail."""

from datetime import timedelta

from tests.contracts.store_chats import bare
from tests.contracts.store_samples import Stores
from tests.fakes.clock import START
from vistka.domain.audit import Act, Actor, Audit
from vistka.ports import Binding

FIRST = Audit(order_key="1", at=START, actor=Actor.BUYER, act=Act.LINKED, detail={"chats": 2, "note": "№ & <б>"})


class AuditContract:
    def test_the_trail_of_an_order_is_read_as_it_was_written_oldest_first(self, stores: Stores) -> None:
        later = Audit(order_key="1", at=START + timedelta(microseconds=1), actor=Actor.OPERATOR, act=Act.ASKED)
        other = Audit(order_key="2", at=START, actor=Actor.OPERATOR, act=Act.ERASED)
        for audit in (later, other, FIRST):
            stores.audits.put(audit)
        assert list(stores.audits.of("1")) == [FIRST, later]
        assert list(stores.audits.of("2")) == [other]
        assert list(stores.audits.of("3")) == []

    def test_a_tap_brings_its_entry_with_it(self, stores: Stores) -> None:
        stores.chats.write(Binding(recipient=bare(), audit=FIRST))
        assert list(stores.audits.of("1")) == [FIRST]
        assert stores.parcels.order("1") is None
