"""Worlds that the end-to-end tests share; a test that needs another one starts its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.world.wishes import Wishes
from local.world.world import World
from tests.e2e.course import Course, take_course
from tests.e2e.drilling import DrillWorld, wishes
from tests.e2e.mariadb_server import MariadbServer


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.start(Wishes(folder=Path(tmp_path_factory.mktemp("world")) / ".local")) as started:
        yield started


@pytest.fixture(scope="session")
def course_on_sqlite(world: World) -> Course:
    """The main job as it went on the shared world, whose clock then stands on the third day."""
    return take_course(world)


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbServer]:
    server = MariadbServer(Path(tmp_path_factory.mktemp("mariadb")))
    try:
        server.install()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def drill_world(mariadb_server: MariadbServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrillWorld]:
    folder = Path(tmp_path_factory.mktemp("drill")) / ".local"
    with World.start(wishes(folder, mariadb_server.url)) as world:
        yield DrillWorld(world)


@pytest.fixture
def drill(drill_world: DrillWorld, mariadb_server: MariadbServer) -> Iterator[DrillWorld]:
    """The drills' world with nothing broken; what a drill breaks is mended after it, and its orders are done."""
    yield drill_world
    if not mariadb_server.is_up:
        mariadb_server.start()
    for service in ("carrier", "telegram"):
        drill_world.mend(service)
    drill_world.control("POST", "settings", {"carrier_keys": drill_world.api_keys})
    drill_world.forget()
    # What an outage holds back for a minute would only keep the next drill waiting; no later run needs it.
    drill_world.client("sqs").purge_queue(QueueUrl=drill_world.world.facts.outputs["PollsQueueUrl"])
