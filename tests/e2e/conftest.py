"""One world for all end-to-end tests of a session; a test that needs another one starts its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.world.wishes import Wishes
from local.world.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.start(Wishes(folder=Path(tmp_path_factory.mktemp("world")) / ".local")) as started:
        yield started
