"""Worlds that the end-to-end tests share; a test that needs another one starts its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.world.wishes import Wishes
from local.world.world import World
from tests.e2e.course import Course, take_course


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.start(Wishes(folder=Path(tmp_path_factory.mktemp("world")) / ".local")) as started:
        yield started


@pytest.fixture(scope="session")
def course_on_sqlite(world: World) -> Course:
    """The main job as it went on the shared world, whose clock then stands on the third day."""
    return take_course(world)
