"""The audit trail: who stepped in; ordinary runs write nothing into it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.fakes.erasure import FakeMemories
from tests.unit.usecases.world import World
from vistka.domain.audit import Audit
from vistka.domain.errors import StoreUnavailable
from vistka.ports import Audits
from vistka.usecases.auditing import Auditor
from vistka.usecases.erasing import Eraser, Forgettable
from vistka.usecases.operating import track_one

A = "20450000000017"


@pytest.fixture
def world() -> World:
    made = World()
    made.order("TWC1", A, chat=7001)
    return made


def acts(world: World) -> list[tuple[str, str, str]]:
    return [(one.order_key, str(one.actor), str(one.act)) for one in world.memory.audits]


def test_ordinary_runs_write_nothing_into_the_trail(world: World) -> None:
    for code in ("1", "5", "7", "9"):
        world.carrier.set(A, code)
        world.run(timedelta(hours=12))
        world.sweep()
        world.deliver()
    assert acts(world) == []


def test_a_question_out_of_turn_is_written_down_and_a_dry_run_is_not(world: World) -> None:
    world.carrier.set(A, "5")
    track_one(world.dispatcher, world.tracker, "TWC1", auditor=world.auditor, dry_run=True)
    assert acts(world) == []
    track_one(world.dispatcher, world.tracker, "TWC1", auditor=world.auditor, dry_run=False)
    assert acts(world) == [("1", "operator", "asked")]


@pytest.mark.parametrize(("overwrite", "actor"), [(True, "operator"), (False, "tracker")])
def test_a_text_of_another_program_that_was_replaced_is_written_down_with_who_wanted_it(
    world: World, *, overwrite: bool, actor: str
) -> None:
    world.carrier.set(A, "5")
    world.run()
    world.shop.edit("1", shown="Чужий текст")
    world.clock.advance(timedelta(hours=12))
    world.dispatch()
    for message in world.messages():
        world.tracker.track(message, overwrite=overwrite)
    assert acts(world) == [("1", actor, "overwritten")]


def test_an_erasure_is_written_down_once_and_with_a_count_alone(world: World) -> None:
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    eraser = Eraser(
        parcels=world.parcels,
        ledger=world.ledger,
        chats=world.chats,
        memories=FakeMemories(world.memory),
        auditor=world.auditor,
        clock=world.clock,
        say=world.say,
    )
    order = Forgettable(key="1", number="TWC1")
    eraser.erase([order], dry_run=True)
    removed = eraser.erase([order]).removed.total()
    eraser.erase([order])
    (entry,) = world.memory.audits
    assert (entry.act, entry.actor, entry.detail) == ("erased", "operator", {"removed": removed})


def test_a_trail_that_cannot_be_written_stops_nothing(world: World) -> None:
    @dataclass
    class Away(Audits):
        def put(self, audit: Audit) -> None:
            raise StoreUnavailable("the store did not answer PutItem")

        def of(self, order_key: str) -> list[Audit]:
            return []

    auditor = Auditor(audits=Away(), clock=world.clock, say=world.say)
    world.carrier.set(A, "5")
    done = track_one(world.dispatcher, world.tracker, "TWC1", auditor=auditor, dry_run=False)
    assert done["parcels"][0]["code"] == "5"
    assert world.said[0] == (
        "the audit trail lacks an entry",
        {"act": "asked", "reason": "the store did not answer PutItem"},
    )
