"""`python -m benchmarks [what …]`: measures and prints tables; with --keep they are the report's from then on."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from benchmarks import bill, burst, demo, growth, lives, pages, report, scale, starts, tracking, whole
from benchmarks.figures import Table, machine
from local.world.processes import unwind_when_terminated

#: What there is, by name, in the order in which it is measured; each is told how many runs to make.
_WHAT: Final[Mapping[str, Callable[[int], list[Table]]]] = {
    "starts": starts.measure,
    "counts": tracking.count,
    "floor": tracking.floor,
    "original": tracking.compare,
    "whole-original": partial(tracking.compare, whole=True),
    "pages": pages.measure,
    "polling": lives.measure,
    "burst": burst.measure,
    "bill": bill.measure,
    "scale": scale.measure,
    "whole": whole.measure,
    "growth": growth.measure,
    "demo": demo.measure,
}
#: Too long for every day.
_LONG: Final = frozenset({"whole-original", "whole", "growth", "demo"})


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(sorted({int(one) for one in text.split(",")}))
    if sizes[0] < 100:
        raise ValueError("fewer than a message holds")
    return sizes


def _engines(text: str) -> tuple[str, ...]:
    chosen = tuple(one.strip() for one in text.split(","))
    if unknown := set(chosen) - set(growth.ENGINES):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(growth.ENGINES)}")
    return chosen


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[[], *_WHAT], help=f"default: all but {', '.join(sorted(_LONG))}")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each, where not fewer are enough")
    parser.add_argument("--keep", action="store_true", help="put the figures into benchmarks/README.md")
    parser.add_argument("--orders", type=_sizes, help="for growth and whole, such as 1000,10000")
    parser.add_argument(
        "--engines", type=_engines, default=tuple(growth.ENGINES), help="for growth: all three, or some"
    )
    chosen = parser.parse_args()
    what: dict[str, Callable[[int], list[Table]]] = {
        **_WHAT,
        "growth": partial(growth.measure, sizes=chosen.orders or growth.SIZES, engines=chosen.engines),
        "whole": partial(whole.measure, sizes=chosen.orders or whole.SIZES),
    }
    print(machine())
    for name in chosen.what or [name for name in _WHAT if name not in _LONG]:
        began = time.perf_counter()
        tables = what[name](chosen.rounds)
        for table in tables:
            print(f"\n**{table.title}**\n\n{table.markdown()}", flush=True)
        print(f"\n({name}: {time.perf_counter() - began:.0f} s)", flush=True)
        if chosen.keep and name == "scale":
            scale.write()
        elif chosen.keep:
            report.keep(name.removeprefix("whole-"), tables)
            report.write()
    return 0


if __name__ == "__main__":
    unwind_when_terminated()
    sys.exit(main())
