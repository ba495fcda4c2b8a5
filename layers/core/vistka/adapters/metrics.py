"""Metrics as lines of the log (EMF), through powertools."""

from collections.abc import Callable

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from vistka.metrics import Metric


class EmfMetrics:
    """`vistka.ports.Metrics`. `service` is the one dimension: the stack's name, so that two stacks of an account are
    told apart. Counted values go out together at `flush`, at the end of an invocation; `heard` is told of each at
    once."""

    def __init__(
        self,
        *,
        namespace: str = "Vistka",
        service: str,
        heard: Callable[[Metric, float], None] = lambda _metric, _value: None,
    ) -> None:
        self._metrics = Metrics(namespace=namespace, service=service)
        self._heard = heard

    def count(self, name: str, value: float = 1) -> None:
        """Raises ValueError for a name that `vistka.metrics` does not have."""
        metric = Metric(name)
        unit = MetricUnit.Seconds if metric.endswith("Seconds") else MetricUnit.Count
        self._metrics.add_metric(name=str(metric), unit=unit, value=value)
        self._heard(metric, value)

    def flush(self) -> None:
        # powertools warns of an invocation without metrics; that is nothing to warn of.
        if self._metrics.metric_set:
            self._metrics.provider.flush_metrics()
