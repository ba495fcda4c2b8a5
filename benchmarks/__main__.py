"""`python -m benchmarks [what …]`: prints tables as README.md has them. Ratios of one run; nothing is asserted."""

import argparse
import sys

from benchmarks import bill, demo, lives, starts, tracking
from benchmarks.figures import machine
from local.world.processes import unwind_when_terminated

_WHAT = {
    "starts": starts.measure,
    "counts": lambda _rounds: tracking.count(),
    "tracking": tracking.measure,
    "polling": lives.measure,
    "bill": bill.show,
    "demo": demo.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[[], *_WHAT], help="default: all but demo")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    print(machine())
    for name in chosen.what or [name for name in _WHAT if name != "demo"]:
        _WHAT[name](chosen.rounds)
    return 0


if __name__ == "__main__":
    unwind_when_terminated()
    sys.exit(main())
