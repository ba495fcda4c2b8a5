"""All that is kept of the past, as DynamoDB has it."""

from datetime import timedelta

from tests.contracts.store_samples import OTHER, Stores, change, link, notice, state
from tests.fakes.clock import START
from vistka.adapters.store_archive import DynamoArchive
from vistka.adapters.store_table import Table
from vistka.ports import Commit


def test_changes_from_a_moment_on_and_every_link_are_read(stores: Stores, table: Table) -> None:
    old = Commit(state=state(), expected=None, change=change(), links=(link(),), notices=(notice(),))
    later = change(ttn=OTHER, observed_at=START + timedelta(days=2))
    new = Commit(state=state(OTHER), expected=None, change=later, links=(link(ttn=OTHER, current=False),))
    stores.parcels.commit(old)
    stores.parcels.commit(new)
    archive = DynamoArchive(table)
    changes, links = archive.stored(since=START + timedelta(days=1))
    assert changes == [later]
    assert sorted((one.ttn, one.current) for one in links) == sorted([(link().ttn, True), (OTHER, False)])
    assert sorted(one.ttn for one in archive.stored(since=START)[0]) == sorted([change().ttn, OTHER])
    assert archive.chats(["1"]) == {}
