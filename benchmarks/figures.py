"""Times of several runs as one figure, and tables of them."""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds, one of each run."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        """Milliseconds: the median, then the fastest and the slowest."""
        return f"{self.median * 1000:.0f} ({min(self.seconds) * 1000:.0f}-{max(self.seconds) * 1000:.0f})"

    def over(self, other: "Times") -> str:
        """The median of the ratios of run to run, then the smallest and the largest."""
        ratios = [mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True)]
        return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """One table as Markdown has it, to be put into README.md as it is."""
    print(f"\n**{title}**\n")
    print(f"| {' | '.join(columns)} |")
    print(f"|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def machine() -> str:
    """Processor, cores and versions; a busy machine shows by its load."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = next(iter(names), cpu)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {python}{load}"
