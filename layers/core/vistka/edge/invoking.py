"""One invocation from its event to its answer: log context, metrics, and what becomes of a known failure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from vistka.domain.errors import VistkaError
from vistka.edge.direct import is_scheduled, only_looks
from vistka.edge.outside import Outside


def invoke(outside: Outside, event: Any, work: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Run `work`. A scheduled run that fails is an error of the function, which alarms; to a person who asked, the
    failure is the answer. In any case connections are given back, and metrics leave."""
    try:
        report = work(event)
    except VistkaError as error:
        outside.logger.error("failed", extra={"kind": type(error).__name__, "reason": str(error)})
        if is_scheduled(event):
            raise
        return {"error": {"kind": type(error).__name__, "text": str(error)}}
    else:
        if is_scheduled(event):
            outside.logger.info("run", extra=_brief(report))
        return report
    finally:
        if only_looks(event):
            outside.forget_counts()
        for give_back in outside.given_back:
            give_back()
        outside.metrics.flush()


def _brief(report: dict[str, Any]) -> dict[str, Any]:
    """For the log: problems are counted there, and named one by one, once a day, by whoever found them."""
    run = report.get("run")
    if not isinstance(run, dict) or not isinstance(run.get("problems"), list):
        return report
    return {**report, "run": {**run, "problems": len(run["problems"])}}


def remaining(context: Any) -> timedelta:
    """The time that Lambda leaves this invocation."""
    return timedelta(milliseconds=context.get_remaining_time_in_millis())
