import pytest

from tests.unit.cli.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()
