"""Metrics kept in memory, by name."""

from collections import defaultdict

from vistka.metrics import Metric


class FakeMetrics:
    def __init__(self) -> None:
        self.values: dict[Metric, list[float]] = defaultdict(list)

    def count(self, name: str, value: float = 1) -> None:
        self.values[Metric(name)].append(value)

    def total(self, name: str) -> float:
        return sum(self.values.get(Metric(name), []))

    def largest(self, name: str) -> float | None:
        return max(self.values.get(Metric(name), []), default=None)
