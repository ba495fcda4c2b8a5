"""Several parcels written at once: what may stand beside what, and that their order does not show."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.fakes.together import OneByOne
from tests.unit.usecases.world import World
from vistka.domain.errors import ConfigurationError, StoreUnavailable
from vistka.domain.parcels import ParcelState
from vistka.ports import Commit

TTNS = [f"2045{n:010}" for n in range(20)]


@dataclass
class Noted(OneByOne):
    """Remembers how many steps stood beside each other."""

    sizes: list[int] = field(default_factory=list)

    def do[T](self, steps: Sequence[Callable[[], T]]) -> list[T | Exception]:
        if steps:
            self.sizes.append(len(steps))
        return super().do(steps)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def world(noted: Noted) -> World:
    return World(together=noted)


def orders(world: World, count: int, code: str = "5") -> None:
    for n, ttn in enumerate(TTNS[:count]):
        world.order(f"TWC{n}", ttn, chat=7000 + n)
        world.carrier.set(ttn, code)


def test_what_changed_is_written_eight_at_a_time(world: World, noted: Noted) -> None:
    orders(world, 20)
    world.run(timedelta(hours=1))
    assert noted.sizes == [8, 8, 4]
    assert set(world.memory.states) == set(TTNS)


def test_what_did_not_change_is_not_written(world: World, noted: Noted) -> None:
    orders(world, 20)
    world.run(timedelta(hours=1))
    noted.sizes.clear()
    for ttn in TTNS[::2]:
        world.carrier.set(ttn, "7")
    world.run()
    assert noted.sizes == [8, 2]


def test_parcels_that_one_order_is_new_to_are_never_written_beside_each_other(world: World, noted: Noted) -> None:
    """Both transactions would write the order's number, and DynamoDB refuses one of them."""
    world.order("TWC1", f"{TTNS[0]}, {TTNS[1]}")
    world.order("TWC2", TTNS[2])
    for ttn in TTNS[:3]:
        world.carrier.set(ttn, "5")
    world.run(timedelta(hours=1))
    assert noted.sizes == [1, 2]
    noted.sizes.clear()
    for ttn in TTNS[:3]:
        world.carrier.set(ttn, "7")
    world.run()
    assert noted.sizes == [3]


@pytest.mark.parametrize("order", [range, lambda count: range(count)[::-1]])
def test_notices_and_rows_come_in_the_order_of_the_message_whatever_was_written_first_r4(
    order: Callable[[int], Sequence[int]],
) -> None:
    world = World(together=OneByOne(order=order))
    orders(world, 12)
    (done,) = world.run()
    assert [row["ttn"] for row in done.rows] == TTNS[:12]
    world.deliver()
    assert [chat for chat, _ in world.texts()] == list(range(7000, 7012))


def test_a_parcel_that_fails_in_the_midst_of_others_fails_alone(world: World) -> None:
    orders(world, 20)
    failing(world, {TTNS[3]: StoreUnavailable("throttled"), TTNS[11]: StoreUnavailable("throttled")})
    (done,) = world.run()
    assert set(done.failed) == {TTNS[3], TTNS[11]}
    assert set(world.memory.states) == set(TTNS) - {TTNS[3], TTNS[11]}
    assert len(world.notices()) == 18


def test_what_no_parcel_is_to_blame_for_stops_the_batch(world: World) -> None:
    orders(world, 20)
    failing(world, {TTNS[2]: ConfigurationError("the table is not there")})
    with pytest.raises(ConfigurationError, match="not there"):
        world.run()


def test_contended_parcels_are_read_again_in_one_request(world: World) -> None:
    orders(world, 12)
    world.run(timedelta(hours=1))
    for ttn in TTNS[:12]:
        world.carrier.set(ttn, "7")
    world.dispatch()
    (message,) = world.messages()
    for ttn in TTNS[:6]:
        found = world.memory.states[ttn]
        world.memory.states[ttn] = found.next(told=found.told)
    read: list[list[str]] = []
    states = world.parcels.states

    def noted(ttns: Iterable[str]) -> dict[str, ParcelState]:
        read.append(list(ttns))
        return states(read[-1])

    world.parcels.states = noted  # type: ignore[method-assign]
    world.tracker.track(message)
    assert [sorted(ttns) for ttns in read] == [TTNS[:6]]
    assert [world.memory.states[ttn].revision for ttn in TTNS[:12]] == [3] * 6 + [2] * 6


def failing(world: World, faults: dict[str, Exception]) -> None:
    whole = world.parcels.commit

    def commit(commit: Commit) -> None:
        if commit.state.ttn in faults:
            raise faults[commit.state.ttn]
        whole(commit)

    world.parcels.commit = commit  # type: ignore[method-assign]
