"""What the store says: why it did not take something, and nothing where nothing is wrong."""

import logging

import pytest

from tests.contracts.store_samples import Stores, change, link, notice, state
from tests.integration.store.answers import Answers
from vistka.domain.errors import StoreUnavailable
from vistka.ports import Commit


def test_all_reasons_of_a_cancelled_transaction_are_named(stores: Stores, answers: Answers) -> None:
    codes = [{"Code": code} for code in ("ThrottlingError", "None", "ProvisionedThroughputExceeded")]
    answers.error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=codes)
    with pytest.raises(StoreUnavailable, match=r"TransactWriteItems: ProvisionedThroughputExceeded, ThrottlingError$"):
        stores.parcels.commit(Commit(state=state(), expected=None, change=change()))


def test_an_order_s_notices_are_read_without_a_word_about_its_links(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),), notices=(notice(),)))
    with caplog.at_level(logging.WARNING):
        found = list(stores.ledger.list(order_key=notice().order_key))
    assert [one.id for one in found] == [notice().id]
    assert [said for said in caplog.records if said.name.startswith("vistka")] == []


def test_an_order_is_shown_without_a_word_about_its_notices(stores: Stores, caplog: pytest.LogCaptureFixture) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),), notices=(notice(),)))
    with caplog.at_level(logging.WARNING):
        found = stores.linked.of_key(link().order_key)
    assert found is not None
    assert [one.ttn for one in found.links] == [link().ttn]
    assert [said for said in caplog.records if said.name.startswith("vistka")] == []
