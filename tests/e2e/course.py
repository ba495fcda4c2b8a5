"""The main job from first sight to the third day, and what was to be seen after each step."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import scenario
from local.scenario import Expectation, Scenario
from local.world.world import World
from tests.e2e.shop_rows import Row, ShopRows
from tests.e2e.watching import Watched

type Rows = Mapping[str, Mapping[int, Row]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What there was when everything was through; `messages` are those of this step alone."""

    messages: Sequence[Mapping[str, Any]]
    rows: Rows
    stages: Mapping[str, str | None]
    notices: Sequence[Mapping[str, Any]]
    requests: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """`second` was run by two dispatchers at once; `again` is the same run repeated; `third` is of the third day."""

    world: World
    scenario: Scenario
    expected: Sequence[Expectation]
    before: Rows
    first: Step
    second: Step
    swept: Step
    again: Step
    third: Step

    @property
    def steps(self) -> Sequence[Step]:
        return (self.first, self.second, self.swept, self.again, self.third)


def take_course(world: World, *, database_url: str = "") -> Course:
    """`database_url`: where the shop's rows are, for a shop that the world reaches over HTTP."""
    told = scenario.load(Path(world.folder) / "standins" / "scenario.json")
    expected = scenario.expected(told)
    shop, eye = ShopRows(database_url or world.facts.shop_database_url), _Eye(world)
    before = shop.all()
    eye.run()
    first = eye.step(shop)
    eye.at(expected[1].hours)
    with ThreadPoolExecutor(max_workers=2) as both:
        runs = list(both.map(lambda _: eye.dispatch(), range(2)))
    eye.until("both runs are complete", lambda: all(map(eye.is_complete, runs)) and eye.is_quiet())
    second = eye.step(shop)
    eye.run()
    swept = eye.step(shop)
    eye.run()
    again = eye.step(shop)
    eye.at(expected[2].hours)
    eye.run()
    third = eye.step(shop)
    shop.close()
    return Course(
        world=world,
        scenario=told,
        expected=expected,
        before=before,
        first=first,
        second=second,
        swept=swept,
        again=again,
        third=third,
    )


class _Eye(Watched):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._seen = 0
        self._asked = 0

    def step(self, shop: ShopRows) -> Step:
        messages = self.messages(after=self._seen)
        self._seen += len(messages)
        asked, self._asked = self._asked, self.carrier_requests()
        return Step(
            messages=messages,
            rows=shop.all(),
            stages=self.stages(),
            notices=self.notices(),
            requests=self._asked - asked,
        )
