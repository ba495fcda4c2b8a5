"""The simulation can fail: each planted bug is found, and by a rule that it breaks."""

from typing import Final

import pytest

from tests.simulation import mutants_chains, mutants_moving, mutants_reminding, mutants_telling, mutants_tracking
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutants_run import Found, hunt
from tests.simulation.parallel import spread
from tests.simulation.planting import Before

#: The first seeds of a bug that find it. The rarest, no lease, shows in some four seeds of 300, and whatever changes
#: the story deals the seeds anew: among 400 there may be none.
SEEDS = 1200


#: Seeds that found the rarest bugs when they were last looked for (`make simulate-mutants`), and so are tried first.
LIKELY: Final = {
    "what a transaction has no room for is cut off": 194,
    "an alert whose day is another is told to nobody": 227,
    "a rule closes an order that does not show it yet": 173,
    "an invocation of the mode before forgets since when the shop is live": 94,
    "what may have been told rings in another chat": 82,
    "what a clock ahead has written holds for ever": 55,
    "what may have been told rings when its number is back": 53,
    "what an order rule left is not swept": 51,
    "a parcel that is back where it waited is no news": 58,
    "what still holds in another version is over": 51,
    "what was over in the morning does not come back": 33,
    "what waited for the morning is told though over": 33,
    "a cron of every half hour is not noticed": 32,
    "a date that is named later alerts again": 25,
    "what waited goes past who linked": 20,
    "the row is not guarded by its number": 20,
    "a rule looks at one parcel of the order alone": 20,
    "no lease": 17,
}


def hunt_first(index: int) -> Found:
    return hunt(index, SEEDS, first_only=True, start=LIKELY.get(MUTANTS[index].name, 0))


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
