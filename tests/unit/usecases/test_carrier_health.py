"""An expired key and the carrier's silence are told to the shop's chat, once each time; good polls cost nothing."""

from datetime import datetime, timedelta

import pytest

from tests.fakes.health import FakeHealth
from tests.unit.usecases.world import World
from vistka.domain.errors import CarrierLimited, CarrierUnavailable, CredentialRefused, SlotTaken, StoreUnavailable
from vistka.domain.notices import SHOP_KEY, Kind, Notice
from vistka.domain.parcels import to_iso
from vistka.texts.render import Messages
from vistka.usecases.carrier_health import HealthWatch, Pulse, Trouble

A = "20450000000017"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def world() -> World:
    made = World()
    made.order("TWC1", A)
    made.carrier.set(A, "5")
    return made


def watch(world: World) -> HealthWatch:
    return HealthWatch(
        book=world.health,
        announcer=world.announcer,
        clock=world.clock,
        silent_after=3 * HOUR,
        refused_after=30 * MINUTE,
        stale=HOUR,
    )


def poll(world: World) -> None:
    """A batch of one parcel, whatever is due; then the dispatcher's duty."""
    messages, _ = world.dispatcher.plan(after=None)
    for message in messages:
        world.tracker.track(message)
    watch(world).tell()


def goes_on(world: World, time: timedelta, *, every: timedelta = 10 * MINUTE) -> None:
    end = world.clock.now() + time
    while world.clock.now() < end:
        poll(world)
        world.clock.advance(every)


def told(world: World) -> list[Notice]:
    kinds = {Kind.KEY_REFUSED, Kind.CARRIER_SILENT}
    return [one for one in world.memory.notices.values() if one.kind in kinds]


def kinds(world: World) -> list[str]:
    return [str(one.kind) for one in told(world)]


def test_silence_is_told_once_after_its_hours_and_not_before(world: World) -> None:
    goes_on(world, HOUR)
    began = world.clock.now()
    world.carrier.outage = CarrierUnavailable("no answer")
    goes_on(world, 3 * HOUR)
    assert told(world) == []
    goes_on(world, 20 * HOUR)
    (one,) = told(world)
    assert (one.kind, one.order_key, one.occurrence) == (Kind.CARRIER_SILENT, SHOP_KEY, to_iso(began))
    assert "Нова пошта не відповідає з 13\u00a0січня, 11:00" in Messages().render(one, now=world.clock.now())


def test_silence_that_comes_back_is_told_again(world: World) -> None:
    for _ in range(2):
        world.carrier.outage = CarrierUnavailable("no answer")
        goes_on(world, 4 * HOUR)
        world.carrier.outage = None
        goes_on(world, HOUR)
    assert kinds(world) == ["carrier_silent"] * 2


def test_one_good_answer_ends_the_silence(world: World) -> None:
    for _ in range(5):
        world.carrier.outage = CarrierLimited("the day's limit is spent", retry_after=HOUR, daily=True)
        goes_on(world, 2 * HOUR)
        world.carrier.outage = None
        poll(world)
    assert told(world) == []


def test_a_key_that_is_refused_for_long_is_told_once_and_again_when_it_comes_back(world: World) -> None:
    world.carrier.keyless = True
    goes_on(world, 30 * MINUTE)
    assert told(world) == []
    goes_on(world, 48 * HOUR, every=HOUR)
    assert kinds(world) == ["key_refused"]
    world.carrier.keyless = False
    goes_on(world, HOUR)
    world.carrier.keyless = True
    goes_on(world, 2 * HOUR)
    assert kinds(world) == ["key_refused"] * 2


def test_a_key_that_has_just_been_changed_is_nobodys_alarm(world: World) -> None:
    """An environment that still has the old key is refused for some minutes after another one was answered."""
    other = Pulse(book=world.health, clock=world.clock, every=15 * MINUTE, say=world.say)
    goes_on(world, HOUR)
    world.carrier.keyless = True
    poll(world)  # the old key
    world.carrier.keyless = False
    for _ in range(12):
        poll(world)
        other.answered(world.carrier.ask([]))
        world.clock.advance(5 * MINUTE)
    assert told(world) == []


def test_a_carrier_that_takes_no_poll_without_a_key_is_a_refused_key_and_no_silence(world: World) -> None:
    world.carrier.outage = CredentialRefused("the key is refused")
    goes_on(world, 5 * HOUR)
    assert kinds(world) == ["key_refused"]


def test_what_is_not_the_carriers_fault_tells_nothing_of_it(world: World) -> None:
    world.carrier.outage = SlotTaken("the pace has no slot soon enough", wait=MINUTE)
    goes_on(world, 5 * HOUR)
    assert (told(world), world.memory.health) == ([], {})


def test_polls_that_go_well_write_nothing_trouble_is_noted_four_times_an_hour_and_dry_runs_never(world: World) -> None:
    noted: list[str] = []

    class Counted(FakeHealth):
        def note(self, trouble: Trouble, _at: datetime) -> None:
            noted.append(f"{trouble}")

        def clear(self, trouble: Trouble) -> None:
            noted.append(f"{trouble} is over")

    world.pulse = Pulse(book=Counted(world.memory), clock=world.clock, every=15 * MINUTE, say=world.say)
    goes_on(world, 2 * HOUR, every=MINUTE)
    assert noted == []
    world.carrier.keyless = True
    messages, _ = world.dispatcher.plan(after=None)
    world.tracker.track(messages[0], dry_run=True)
    assert noted == []
    goes_on(world, HOUR, every=MINUTE)
    assert noted == ["refused"] * 4
    world.carrier.keyless = False
    goes_on(world, HOUR, every=MINUTE)
    assert noted == ["refused"] * 4 + ["refused is over"]


def test_trouble_whose_witness_is_gone_is_over_when_nobody_notes_it_any_more(world: World) -> None:
    world.carrier.outage = CarrierUnavailable("no answer")
    goes_on(world, 2 * HOUR)
    world.carrier.outage = None
    world.pulse = Pulse(book=world.health, clock=world.clock, every=15 * MINUTE, say=world.say)
    goes_on(world, 3 * HOUR)
    assert (told(world), world.memory.health) == ([], {})


def test_a_store_that_does_not_take_the_note_fails_no_poll(world: World) -> None:
    class Away(FakeHealth):
        def note(self, *_: object, **__: object) -> None:
            raise StoreUnavailable("the store did not answer UpdateItem")

    world.pulse = Pulse(book=Away(world.memory), clock=world.clock, every=15 * MINUTE, say=world.say)
    world.carrier.keyless = True
    messages, _ = world.dispatcher.plan(after=None)
    assert world.tracker.track(messages[0]).error is None
    assert ("how the carrier is was not noted", {"reason": "the store did not answer UpdateItem"}) in world.said
