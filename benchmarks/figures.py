"""Several runs as one figure, and tables of them: of this machine, kept for the report."""

import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

#: What the figures depend on, beside Python.
_PACKAGES: Final = ("boto3", "SQLAlchemy", "pynamodb")


@dataclass(frozen=True, slots=True)
class Runs:
    """One value of each run."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def over(self, other: "Runs") -> "Runs":
        """The ratios of run to run."""
        return Runs(tuple(mine / theirs for mine, theirs in zip(self.values, other.values, strict=True)))

    def shown(self, *, times: float = 1, digits: int = 0) -> str:
        """The median, then the least and the most."""
        middle, low, high = (
            f"{value * times:.{digits}f}" for value in (self.median, min(self.values), max(self.values))
        )
        return f"{middle} ({low}-{high})" if len(self.values) > 1 else middle

    @property
    def ms(self) -> str:
        """Of seconds."""
        return self.shown(times=1000)

    @property
    def ratio(self) -> str:
        return self.shown(digits=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """`name` is its place in the report. `values` are figures that a target is set for, `lines` those of its
    plots, by what is plotted and then by whose it is."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    values: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [f"| {' | '.join(self.columns)} |", f"|{'---|' * len(self.columns)}"]
        lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in self.rows]
        return "\n".join(lines)


def machine() -> str:
    """Processor, cores and versions; a busy machine shows by its load."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = next(iter(names), cpu)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = ".".join(map(str, sys.version_info[:3]))
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}{load}; Python {python}, {packages}"
