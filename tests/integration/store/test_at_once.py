"""Parcels written in several threads over one connection, as the tracker does."""

import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import boto3
import pytest

from tests.aws_stand_in import REGION, served_aws
from tests.contracts.store_samples import change, link, state
from tests.fakes.clock import FakeClock
from tests.template import table_definition
from vistka.adapters.store_months import CountedParcels, DynamoMonths
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_table import Table
from vistka.adapters.threads import Threads
from vistka.domain.errors import StoreConflict
from vistka.domain.months import Counted
from vistka.edge.carrierside import COMMITS_AT_ONCE
from vistka.ports import Commit

TTNS = [f"2045{n:010}" for n in range(40)]


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that interrupt each other wherever they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def served(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """A table behind a socket, and a connection to it that nobody has used yet."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "test")
    name = f"store-{uuid.uuid4().hex[:12]}"
    with served_aws() as url:
        boto3.client("dynamodb", endpoint_url=url, region_name=REGION).create_table(**table_definition(name))
        # Server and client share one process: on a busy machine 4 s for an answer are too few.
        yield Table(name, clock=clock, region=REGION, host=url, read_seconds=60)


def commit(ttn: str) -> Commit:
    its_own = link(ttn=ttn, order_key=ttn, order_number=ttn)
    return Commit(state=state(ttn), expected=None, change=change(ttn=ttn), links=(its_own,))


@pytest.mark.usefixtures("hasty")
def test_many_are_written_at_once_and_each_fails_alone(served: Table) -> None:
    parcels = DynamoParcels(served)
    steps = [partial(parcels.commit, commit(ttn)) for ttn in (*TTNS, TTNS[7])]
    outcomes = Threads(COMMITS_AT_ONCE).do(steps)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [StoreConflict]
    assert outcomes[7] is None or outcomes[-1] is None
    assert set(parcels.states(TTNS)) == set(TTNS)
    assert all(len(parcels.history(ttn)) == 1 for ttn in TTNS)


def test_counted_parcels_are_written_in_threads_too(served: Table, clock: FakeClock) -> None:
    months = DynamoMonths(served, clock=clock, unusual=timedelta(hours=1), say=print)
    parcels = CountedParcels(served, months)
    Threads(COMMITS_AT_ONCE).do([partial(parcels.commit, commit(ttn)) for ttn in TTNS])
    months.flush()
    month = months.read(f"{clock.now():%Y-%m}")
    assert month is not None
    assert (month.counts[Counted.PARCELS], month.counts[Counted.CHANGES]) == (40, 40)


def test_no_more_are_written_at_once_than_the_client_keeps_connections(table: Table) -> None:
    assert table._connection.client.meta.config.max_pool_connections >= COMMITS_AT_ONCE
