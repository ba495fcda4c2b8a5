"""The simulation can fail: each planted bug is found, and by a rule that it breaks."""

import pytest

from tests.simulation import mutants_chains, mutants_moving, mutants_reminding, mutants_telling, mutants_tracking
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutants_run import LIKELY, Found, hunt_first
from tests.simulation.parallel import spread
from tests.simulation.planting import Before


@pytest.fixture(scope="module")
def hunted() -> dict[str, Found]:
    return {found.name: found for found in spread(hunt_first, range(len(MUTANTS)))}


@pytest.mark.parametrize("bug", MUTANTS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: object, hunted: dict[str, Found]) -> None:
    found = hunted[bug.name]  # type: ignore[attr-defined]
    assert found.found, f"{found.seeds} seeds, and none broke a rule"


def test_what_a_planted_bug_replaces_is_there() -> None:
    """A part of another name would be planted beside the real one, and the bug be none."""
    parts = (mutants_chains, mutants_moving, mutants_reminding, mutants_telling, mutants_tracking)
    planted = [
        kind for part in parts for kind in vars(part).values() if getattr(kind, "__module__", "") == part.__name__
    ]
    replaced = {
        f"{kind.__name__}.{name}": any(hasattr(base, name) for base in kind.__bases__)
        for kind in planted
        if isinstance(kind, type) and not issubclass(kind, Before)
        for name in vars(kind)
        if not name.startswith("__")
    }
    assert replaced
    assert [name for name, there in replaced.items() if not there] == []


def test_the_bugs_have_names_of_their_own() -> None:
    assert {bug.name for bug in MUTANTS} >= LIKELY.keys()
    assert len({bug.name for bug in MUTANTS}) == len(MUTANTS) >= 20
