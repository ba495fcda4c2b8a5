"""Polling plans over invented lives of parcels: how often they ask, how often that is news, how late it comes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from math import ceil
from random import Random
from statistics import fmean, quantiles
from typing import Final

from benchmarks.figures import Table
from vistka.domain import polling
from vistka.domain.kyiv import kyiv
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage

RUNS_EVERY: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What a parcel's life is taken to be: no carrier publishes it. Hours are Kyiv's; change them and look."""

    parcels: int = 2000
    first_day: datetime = datetime(2026, 10, 19, tzinfo=UTC)  # summer time ends within
    over_days: int = 14
    #: from the waybill to the counter, where it is handed over by day
    handed_over_hours: tuple[float, float] = (1, 30)
    transit_hours: tuple[float, float] = (14, 44)
    #: in the recipient's city, before it is ready or with the courier
    sorting_hours: tuple[float, float] = (2, 9)
    to_the_door: float = 0.15
    in_a_locker: float = 0.35
    #: the carrier names an expected day; it is right, or a day late
    expected_known: float = 0.93
    expected_right: float = 0.85
    fetched_hours: float = 30  # on average
    refused: float = 0.06
    money_comes_back: float = 0.3
    money_days: tuple[float, float] = (1, 3)


@dataclass(frozen=True, kw_only=True)
class Scan:
    at: datetime
    code: str
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class Life:
    ttn: str
    listed_at: datetime
    expected_at: datetime | None
    scans: tuple[Scan, ...]


@dataclass(kw_only=True)
class Course:
    """What became of one plan. Delays in minutes, by stage."""

    polls: int = 0
    news: int = 0
    delays: dict[Stage, list[float]] = field(default_factory=lambda: defaultdict(list))


def lives(assumed: Assumptions, random: Random) -> Iterator[Life]:
    for number in range(assumed.parcels):
        yield _life(f"2045{number:010}", assumed, random)


def follow(life: Life, plan: PollingPlan, course: Course) -> None:
    """One parcel under a plan, run by run, from its order to its end."""
    state: ParcelState | None = None
    asked_at = life.listed_at
    told = -1
    while state is None or state.live:
        due = polling.due_at(state, since=asked_at, plan=plan)
        assert due is not None
        asked_at = _run_at(max(due, life.listed_at, asked_at + timedelta(seconds=1)))
        course.polls += 1
        now = sum(scan.at <= asked_at for scan in life.scans) - 1
        if now == told:
            continue
        course.news += 1
        for scan in life.scans[told + 1 : now + 1] if told >= 0 else ():
            course.delays[scan.stage].append((asked_at - scan.at).total_seconds() / 60)
        told = now
        state = _state(life, life.scans[now], asked_at, last=now == len(life.scans) - 1)


def compare(assumed: Assumptions, plans: dict[str, PollingPlan], *, seed: int = 1) -> dict[str, Course]:
    """Every plan follows the same lives."""
    known = list(lives(assumed, Random(seed)))
    courses = {}
    for name, plan in plans.items():
        courses[name] = course = Course()
        for life in known:
            follow(life, plan, course)
    return courses


PLANS: Final = {
    "every 10 minutes": PollingPlan(fixed=timedelta(minutes=10)),
    "every 30 minutes": PollingPlan(fixed=timedelta(minutes=30)),
    "adaptive": PollingPlan(),
}
#: What people are told, or the shop acts on.
SHOWN: Final = (
    ("on its way", (Stage.IN_TRANSIT,)),
    ("in the city", (Stage.ARRIVED_CITY,)),
    ("waiting for you", (Stage.AT_BRANCH, Stage.AT_LOCKER)),
    ("with the courier", (Stage.OUT_FOR_DELIVERY,)),
    ("received, paid", (Stage.DELIVERED,)),
    ("refused", (Stage.REFUSED,)),
)


def measure(_rounds: int) -> list[Table]:
    assumed = Assumptions()
    courses = compare(assumed, PLANS)
    waiting = fmean(_delays(courses["adaptive"], (Stage.AT_BRANCH, Stage.AT_LOCKER)))
    return [
        Table(
            name="polls",
            title=f"{assumed.parcels} invented lives, runs every {RUNS_EVERY.total_seconds() / 60:.0f} minutes",
            columns=("plan", "polls a parcel", "of them news"),
            rows=[
                [name, f"{course.polls / assumed.parcels:.0f}", f"{course.news / course.polls:.1%}"]
                for name, course in courses.items()
            ],
            values={"adaptive over 10 minutes": courses["adaptive"].polls / courses["every 10 minutes"].polls},
        ),
        Table(
            name="delays",
            title="The same lives: minutes from scan to notice, mean (95th percentile)",
            columns=("news", *courses),
            rows=[
                [label, *(_delay(_delays(course, stages)) for course in courses.values())] for label, stages in SHOWN
            ],
            values={"minutes to waiting for you": waiting},
        ),
    ]


def _delays(course: Course, stages: Iterable[Stage]) -> list[float]:
    return [minutes for stage in stages for minutes in course.delays[stage]]


def _delay(minutes: Sequence[float]) -> str:
    return f"{fmean(minutes):.0f} ({quantiles(minutes, n=20)[-1]:.0f})" if len(minutes) > 1 else "–"


def _run_at(moment: datetime) -> datetime:
    every = RUNS_EVERY.total_seconds()
    return datetime.fromtimestamp(ceil(moment.timestamp() / every) * every, UTC)


def _state(life: Life, scan: Scan, asked_at: datetime, *, last: bool) -> ParcelState:
    return ParcelState(
        ttn=life.ttn,
        revision=1,
        version=1,
        observed_at=asked_at,
        first_seen_at=life.listed_at,
        changed_at=scan.at,
        stage=scan.stage,
        facts=Facts(code=scan.code, text="…", stage=scan.stage, expected_at=life.expected_at, moved_at=scan.at),
        ended="final" if last else "",
    )


def _life(ttn: str, assumed: Assumptions, random: Random) -> Life:
    listed_at = _by_day(assumed.first_day + timedelta(days=random.uniform(0, assumed.over_days)), 8, 22, random)
    scans = [Scan(at=listed_at, code="1", stage=Stage.CREATED)]

    def then(code: str, stage: Stage, at: datetime) -> datetime:
        scans.append(Scan(at=max(at, scans[-1].at + timedelta(minutes=1)), code=code, stage=stage))
        return scans[-1].at

    def later(hours: tuple[float, float]) -> timedelta:
        return timedelta(hours=random.uniform(*hours))

    at = then("5", Stage.IN_TRANSIT, _by_day(listed_at + later(assumed.handed_over_hours), 9, 20, random))
    at = then("6", Stage.ARRIVED_CITY, at + later(assumed.transit_hours))
    ready = _by_day(at + later(assumed.sorting_hours), 8, 20, random)
    expected = ready if random.random() < assumed.expected_right else ready - timedelta(days=1)
    known = random.random() < assumed.expected_known
    if random.random() < assumed.to_the_door:
        at = then("101", Stage.OUT_FOR_DELIVERY, ready)
        end = at + timedelta(hours=random.uniform(1, 6))
    else:
        locker = random.random() < assumed.in_a_locker
        at = then("8" if locker else "7", Stage.AT_LOCKER if locker else Stage.AT_BRANCH, ready)
        end = _by_day(at + timedelta(hours=random.expovariate(1 / assumed.fetched_hours)), 8, 21, random)
    if random.random() < assumed.refused:
        then("103", Stage.REFUSED, end)
    elif random.random() < assumed.money_comes_back:
        then("10", Stage.DELIVERED, end)
        then("11", Stage.DELIVERED, _by_day(end + timedelta(days=random.uniform(*assumed.money_days)), 9, 19, random))
    else:
        then("9", Stage.DELIVERED, end)
    return Life(ttn=ttn, listed_at=listed_at, expected_at=expected if known else None, scans=tuple(scans))


def _by_day(moment: datetime, opens: int, closes: int, random: Random) -> datetime:
    """The moment, or, outside these hours in Kyiv, one in the first three hours of the next day that has them."""
    local = moment.astimezone(kyiv())
    if opens <= local.hour < closes:
        return moment
    day = local.date() + timedelta(days=local.hour >= closes)
    return datetime.combine(day, time(opens), kyiv()).astimezone(UTC) + timedelta(hours=random.uniform(0, 3))
