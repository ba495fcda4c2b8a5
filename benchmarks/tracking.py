"""The main job in this process: what it asks and writes, and its time over that of the carrier's answers alone."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import requests

from benchmarks.figures import Times, show
from benchmarks.scene import STEP_HOURS, Scene, scenes

DUE: Final = 250
PARCELS: Final = 200
ANSWER_MS: Final = 200
#: So long after a step all have fallen due again and none has moved.
UNCHANGED_HOURS: Final = 1.1


def count() -> None:
    """A run of 250 due parcels: at first sight, unchanged, and all changed."""
    rows = []
    with scenes(parcels=DUE) as found:
        scene = found["MiniStack"]
        for hours, name in ((0.0, "first sight"), (UNCHANGED_HOURS, "unchanged"), (float(STEP_HOURS), "all changed")):
            scene.at(hours)
            scene.counted.clear()
            before = scene.carrier_requests()
            messages = scene.dispatch()
            dispatched = Counter(scene.counted)
            scene.counted.clear()
            scene.track(messages)
            asked = sum(parcel.ask for one in messages for parcel in one.parcels)
            requests_made = scene.carrier_requests() - before
            rows.append([name, asked, requests_made, _listed(dispatched), _listed(scene.counted)])
    show(
        f"One run of {DUE} parcels in one process",
        ("run", "parcels asked", "carrier requests", "the dispatcher's", "the tracker's, 3 messages"),
        rows,
    )


def measure(rounds: int) -> None:
    """200 parcels whose carrier takes 200 ms an answer, against the same two requests without us."""
    rows = []
    with scenes(parcels=PARCELS, answer_ms=ANSWER_MS) as found:
        for name, scene in found.items():
            for kind, runs in _runs(scene, rounds).items():
                ours, alone = (Times(seconds) for seconds in zip(*runs, strict=True))
                rows.append([name, kind, len(runs), alone, ours, ours.over(alone)])
    show(
        f"{PARCELS} parcels at {ANSWER_MS} ms an answer, pace off; ms: median (least-most)",
        ("store", "parcels", "runs", "2 answers alone", "tracked", "ratio"),
        rows,
    )


def _runs(scene: Scene, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds with us and without, of each run."""
    scene.at(0)
    measured = {"first sight": [_one(scene)], "changed": [], "unchanged": []}
    for number in range(1, rounds + 1):
        scene.at(number * STEP_HOURS)
        measured["changed"].append(_one(scene))
        scene.at(number * STEP_HOURS + UNCHANGED_HOURS)
        measured["unchanged"].append(_one(scene))
    return measured


def _one(scene: Scene) -> tuple[float, float]:
    messages = scene.dispatch()
    asked = sum(parcel.ask for one in messages for parcel in one.parcels)
    if asked != PARCELS:
        raise RuntimeError(f"{asked} parcels fell due, not {PARCELS}")
    bodies = scene.bodies(messages)
    alone = _seconds(lambda: _ask(scene.world.facts.nova_poshta_url, bodies))
    ours = _seconds(lambda: scene.track(messages))
    return ours, alone


def _ask(url: str, bodies: Sequence[dict[str, Any]]) -> None:
    with requests.Session() as session:
        for body in bodies:
            session.post(url, json=body, timeout=30).raise_for_status()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(counted.items()))
