"""The main job in this process: what it asks and writes, against the original's way, and over a bare loop."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.figures import Runs, Table
from benchmarks.floor import Work
from benchmarks.invented import STEP_HOURS, STEPS
from benchmarks.original import update_tracking_statuses
from benchmarks.scene import DISTANT, MINISTACK, Scene, asked_in, scenes
from vistka.domain.messages import MOST_ASKED, PollMessage

DUE: Final = 250
SIZES: Final = (13, 50, 200, 1000)
PARCELS: Final = 200
ANSWER_MS: Final = 200
#: So long after a step all have fallen due again and none has moved.
LATER: Final = 0.4
#: The original is asked about more than so many only when the whole of it is wanted.
_QUICKLY: Final = 200
_ORIGINAL_ROUNDS: Final = 3


def count(_rounds: int) -> list[Table]:
    """A run of 250 due parcels: at first sight, unchanged, and all changed."""
    rows: list[list[object]] = []
    values: dict[str, float] = {}
    with scenes(parcels=DUE) as found:
        scene = found[MINISTACK]
        for hours, name in ((0.0, "first sight"), (LATER, "unchanged"), (float(STEP_HOURS), "all changed")):
            scene.at(hours)
            dispatched, bodies = _counted(scene, scene.dispatch)
            before = scene.carrier_requests()
            tracked, _ = _counted(scene, partial(scene.track, bodies))
            asked = sum(parcel.ask for body in bodies for parcel in PollMessage.from_json(body).parcels)
            made = scene.carrier_requests() - before
            rows.append([name, asked, made, _listed(dispatched), _listed(tracked)])
            written = sum(tracked[name] for name in ("PutItem", "UpdateItem", "TransactWriteItems"))
            statements = sum(number for verb, number in tracked.items() if verb.startswith("SQL"))
            values |= {f"{name}: requests": made, f"{name}: writes": written / len(bodies)}
            values |= {f"{name}: statements": statements / len(bodies)}
    return [
        Table(
            name="counts",
            title=f"One run of {DUE} due parcels, {len(bodies)} messages",
            columns=("run", "parcels asked", "carrier requests", "the dispatcher's", "the tracker's"),
            rows=rows,
            values=values,
        )
    ]


def _counted[T](scene: Scene, work: Callable[[], T]) -> tuple[Counter[str], T]:
    scene.counted.clear()
    done = work()
    return Counter(scene.counted), done


def compare(rounds: int, *, whole: bool = False) -> list[Table]:
    """Dispatcher and tracker against the original's way, over the same carrier and the same shop."""
    rows, values = [], {}
    rounds = min(rounds, (STEPS - 1) // len(SIZES))
    with scenes(parcels=SIZES[-1], answer_ms=ANSWER_MS) as found:
        scene = found[MINISTACK]
        for number, size in enumerate(SIZES):
            scene.open(size)
            _run(scene)  # at first sight
            ours: dict[str, list[float]] = {"changed": [], "unchanged": []}
            counted = {}
            for step in range(number * rounds + 1, (number + 1) * rounds + 1):
                for kind, later in (("changed", 0.0), ("unchanged", LATER)):
                    scene.at(step * STEP_HOURS + later)
                    counted[kind], seconds = _counted(scene, partial(_seconds, partial(_run, scene)))
                    ours[kind].append(seconds)
            really = whole or size <= _QUICKLY
            if really:
                theirs = _original(scene, 1 if size > _QUICKLY else _ORIGINAL_ROUNDS)
                shown = theirs.shown(digits=1)
            else:
                theirs = Runs((theirs.median / _QUICKLY * size,))
                shown = f"{theirs.shown(digits=1)} ({size // _QUICKLY} times {_QUICKLY}'s)"
            for kind, times in ours.items():
                mine = Runs(tuple(times))
                faster = values[f"{size} {kind}: faster"] = theirs.median / mine.median
                made = _sums(counted[kind])
                rows.append(
                    [
                        f"{size} {kind}",
                        f"{size} / {size + 1}",
                        shown,
                        f"{-(-size // MOST_ASKED)} / {made['SQL']} / {made['AWS']}",
                        mine.shown(digits=2),
                        f"**{faster:.0f}**",
                    ]
                )
    return [
        Table(
            name="original",
            title=f"A carrier that takes {ANSWER_MS} ms an answer, the pace off, our store on MiniStack; {rounds} runs",
            columns=(
                "parcels",
                "the original: carrier requests / SQL",
                "s",
                "ours: carrier requests / SQL / AWS",
                "s",
                "times faster",
            ),
            rows=rows,
            values=values,
        )
    ]


def _sums(counted: Counter[str]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for name, times in counted.items():
        sums["SQL" if name.startswith("SQL") else "AWS"] += times
    return sums


def _run(scene: Scene) -> None:
    scene.track(scene.dispatch())


def _original(scene: Scene, rounds: int) -> Runs:
    with tempfile.TemporaryDirectory(prefix="vistka-original-") as folder:
        shop = Path(shutil.copy(scene.shop_file, folder))
        url = scene.world.facts.nova_poshta_url
        return Runs(tuple(_seconds(lambda: update_tracking_statuses(shop, url)) for _ in range(rounds)))


@dataclass(kw_only=True)
class _Sides:
    """Seconds by the wall's clock and of the processor, ours and the bare loop's, run by run."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ours_cpu: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)

    def row(self, store: str, kind: str) -> list[object]:
        ours, bare = Runs(tuple(self.ours)), Runs(tuple(self.bare))
        cpu, bare_cpu = Runs(tuple(self.ours_cpu)), Runs(tuple(self.bare_cpu))
        each = 1e6 / PARCELS
        return [
            store,
            kind,
            bare.ms,
            ours.ms,
            f"**{ours.over(bare).ratio}**",
            bare_cpu.shown(times=each),
            cpu.shown(times=each),
            f"**{cpu.over(bare_cpu).ratio}**",
        ]


def floor(rounds: int) -> list[Table]:
    """200 parcels: the tracker over the bare loop that makes the same requests and the same writes."""
    rows, values = [], {}
    rounds = min(rounds, STEPS - 2)
    with scenes(parcels=PARCELS, answer_ms=ANSWER_MS) as found:
        for store in (MINISTACK, DISTANT):
            scene = found[store]
            scene.at(0)
            _run(scene)
            recorded = {}
            for kind, later in (("all changed", 0.0), ("unchanged", LATER)):
                scene.at(STEP_HOURS + later)
                recorded[kind] = scene.record(scene.dispatch())
            sides = {kind: _Sides() for kind in recorded}
            for step in range(2, rounds + 2):
                for kind, later in (("all changed", 0.0), ("unchanged", LATER)):
                    scene.at(step * STEP_HOURS + later)
                    _side_by_side(scene, recorded[kind], sides[kind])
            for kind, side in sides.items():
                rows.append(side.row(store, kind))
                values[f"{store}, {kind}: over floor"] = Runs(tuple(side.ours)).over(Runs(tuple(side.bare))).median
                cpu = Runs(tuple(side.ours_cpu)).over(Runs(tuple(side.bare_cpu))).median
                values[f"{store}, {kind}: cpu over floor"] = cpu
    return [
        Table(
            name="floor",
            title=f"{PARCELS} parcels in 2 messages, {ANSWER_MS} ms an answer, the pace off; {rounds} runs",
            columns=(
                "store",
                "parcels",
                "bare loop, ms",
                "tracker, ms",
                "ratio",
                "bare loop, µs of CPU a parcel",
                "tracker, µs of CPU a parcel",
                "ratio",
            ),
            rows=rows,
            values=values,
        )
    ]


def _side_by_side(scene: Scene, recorded: Sequence[Work], sides: _Sides) -> None:
    bodies = scene.dispatch()
    asked = sum(parcel.ask for body in bodies for parcel in PollMessage.from_json(body).parcels)
    if asked != PARCELS or len(bodies) != len(recorded):
        raise RuntimeError(f"{asked} parcels fell due in {len(bodies)} messages, not {PARCELS} in {len(recorded)}")
    works = [replace(work, body=body, asked=asked_in(body)) for work, body in zip(recorded, bodies, strict=True)]
    with scene.floor() as bare:
        for done, cpu, work in (
            (sides.bare, sides.bare_cpu, lambda: bare.run(works)),
            (sides.ours, sides.ours_cpu, lambda: scene.track(bodies)),
        ):
            began = time.process_time()
            done.append(_seconds(work))
            cpu.append(time.process_time() - began)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(counted.items()))
