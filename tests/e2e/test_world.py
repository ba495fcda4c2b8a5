"""The local world comes up whole or not at all, and leaves nothing behind."""

from dataclasses import replace
from pathlib import Path

import pytest

from local.world.failure import WorldError
from local.world.processes import Process, alive, family_lives, start, stop
from local.world.state import State
from local.world.wishes import QUICK, Wishes
from local.world.world import World, end


def test_a_world_beside_another_one_ends_with_all_its_children_and_twice_is_fine(world: World, tmp_path: Path) -> None:
    other = World.start(Wishes(folder=tmp_path))
    assert other.facts.endpoint_url != world.facts.endpoint_url
    assert other.invoke("NotifierFunction", {"check": True})["findings"]
    processes = State(tmp_path).processes()
    assert {process.pid for process in processes} == set(other.facts.pids.values())
    found = World.find(tmp_path)
    assert found is not None
    assert found.facts == other.facts
    assert end(tmp_path) is True
    assert World.find(tmp_path) is None
    assert not [process for process in processes if family_lives(process)]
    assert not (tmp_path / "temporary").exists()
    assert end(tmp_path) is False
    assert World.find(world.folder) is not None


def test_a_deployment_that_is_refused_says_why_and_leaves_nothing_running(tmp_path: Path) -> None:
    started: list[Process] = []

    def note(_: str) -> None:
        started.extend(State(tmp_path).processes())

    refused = Wishes(folder=tmp_path, parameters={**QUICK, "IntervalMinutes": "7"})
    with pytest.raises(WorldError, match=r"(?s)sam deploy failed.*IntervalMinutes"):
        World.start(refused, say=note)
    assert started
    assert not [process for process in started if family_lives(process)]
    assert World.find(tmp_path) is None


def test_what_a_killed_start_left_is_ended_by_the_next_call(tmp_path: Path) -> None:
    state = State(tmp_path)
    tmp_path.mkdir(exist_ok=True)
    # As after a kill between two steps: a process is noted, and no world was made.
    sleeping = start("left over", ["/bin/sleep", "600"], environ={}, log=tmp_path / "log")
    state.write_processes([sleeping])
    assert World.find(tmp_path) is None
    assert end(tmp_path) is True
    assert not alive(sleeping)


def test_a_process_that_was_given_the_number_of_ours_is_left_alone(tmp_path: Path) -> None:
    somebodys = start("somebody's", ["/bin/sleep", "600"], environ={}, log=tmp_path / "log")
    try:
        stop(replace(somebodys, born="1"))
        assert alive(somebodys)
    finally:
        stop(somebodys)
    assert not alive(somebodys)


def test_a_process_that_ignores_the_polite_way_ends_all_the_same(tmp_path: Path) -> None:
    deaf = "trap '' TERM; /bin/sleep 600 & wait; /bin/sleep 600"
    process = start("deaf", ["/bin/sh", "-c", deaf], environ={}, log=tmp_path / "log")
    stop(process, patience=0.3)
    assert not family_lives(process)
