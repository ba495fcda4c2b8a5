"""An update: batches from the dispatcher, page by page, each asked by the tracker, one after another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Protocol

from vistka.cli.failures import Busy, Failure, WrongUse, of_function
from vistka.cli.functions import Function, Functions, ask
from vistka.cli.rows import Report, Row, unanswered
from vistka.domain.errors import BadMessage
from vistka.domain.messages import PollMessage
from vistka.ports import JsonObject

#: Pauses before a batch is tried again that found the carrier's pace, or AWS, taken by others.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15))

#: After these, asking for the other batches cannot end better.
_HOPELESS: Final = frozenset({"CredentialRefused", "ConfigurationError"})


class Progress(Protocol):
    def planned(self, parcels: int) -> None:
        """So many more will be asked about."""
        ...

    def done(self, parcels: int) -> None: ...


class Update:
    """Fills `report` as it goes, so that an interrupted one still tells what it did. Raises nothing of its own."""

    def __init__(
        self,
        functions: Functions,
        *,
        dry_run: bool,
        overwrite: bool = False,
        progress: Progress,
        sleep: Callable[[timedelta], None],
    ) -> None:
        self.report = Report(dry_run=dry_run)
        # Not sent unless it is asked for: a stack of an older version takes no such word.
        self._overwrite: JsonObject = {"overwrite": True} if overwrite else {}
        self._functions = functions
        self._progress = progress
        self._sleep = sleep
        self._hopeless: Failure | None = None

    def one(self, order_number: str) -> None:
        """One order, open or not, due or not."""
        event = {"order_number": order_number, "dry_run": self.report.dry_run, **self._overwrite}
        try:
            rows, failure = _read(self._ask(Function.TRACKER, event))
        except Failure as caught:
            self.report.failures.append(caught)
            return
        self.report.rows.extend(rows)
        if failure is not None:
            self._tell(failure)

    def everything(self) -> None:
        """All open orders. A batch that fails does not stop the others, unless they would fail alike."""
        after: str | None = None
        seen: set[str] = set()
        while True:
            try:
                page = self._ask(Function.DISPATCHER, {"plan": {"after": after}, "dry_run": self.report.dry_run})
                messages = [PollMessage.from_dict(message) for message in page.get("messages") or ()]
            except BadMessage as error:
                self.report.failures.append(WrongUse(f"the dispatcher's plan: {error}"))
                return
            except Failure as failure:
                self.report.failures.append(failure)
                return
            self.report.rows.extend(_planned_rows(page))
            self._progress.planned(sum(len(message.parcels) for message in messages))
            for message in messages:
                self._batch(message)
                self._progress.done(len(message.parcels))
            after = page.get("after")
            if after is None:
                return
            if after in seen:
                self.report.failures.append(Failure("the dispatcher's plan has no end; deploy this version"))
                return
            seen.add(after)

    def _batch(self, message: PollMessage) -> None:
        if self._hopeless is not None:
            self.report.rows.extend(unanswered(message, (), self._hopeless.message))
            return
        event = {"poll": message.to_dict(), "dry_run": self.report.dry_run, **self._overwrite}
        rows: list[Row] = []
        failure: Failure | None
        try:
            rows, failure = _read(self._ask(Function.TRACKER, event))
        except Failure as caught:
            failure = caught
        if failure is not None and (isinstance(failure, WrongUse) or failure.kind in _HOPELESS):
            self._hopeless = failure
        if failure is not None:
            self._tell(failure)
        reason = failure.message if failure else "the tracker gave no answer for this parcel; try again"
        self.report.rows.extend(rows)
        self.report.rows.extend(unanswered(message, rows, reason))

    def _tell(self, failure: Failure) -> None:
        """Once for all batches that fail alike."""
        if all(failure.message != told.message for told in self.report.failures):
            self.report.failures.append(failure)

    def _ask(self, function: Function, event: JsonObject) -> JsonObject:
        for pause in PAUSES:
            try:
                answer = ask(self._functions, function, event)
            except Busy:
                self._sleep(pause)
                continue
            except Failure as failure:
                if failure.kind != "SlotTaken":
                    raise
                self._sleep(pause)
                continue
            if _kind(answer) != "SlotTaken":
                return answer
            self._sleep(pause)
        return ask(self._functions, function, event)


def _planned_rows(page: JsonObject) -> list[Row]:
    """Rows of what the plan does not ask about, and one for each order that could not be read at all."""
    rows = [Row.from_dict(row) for row in page.get("parcels") or ()]
    told = {f"order {row.order_number}: {row.error}" for row in rows if row.error}
    problems = [str(problem) for problem in page.get("problems") or ()]
    rows.extend(
        Row(order_number="", ttn="", error=problem, outcome="failed") for problem in problems if problem not in told
    )
    return rows


def _read(answer: JsonObject) -> tuple[list[Row], Failure | None]:
    rows = [Row.from_dict(row) for row in answer.get("parcels") or ()]
    error: Any = answer.get("error")
    if not error:
        return rows, None
    text = str(error.get("text") or "") if isinstance(error, dict) else str(error)
    return rows, of_function(Function.TRACKER, _kind(answer), text)


def _kind(answer: JsonObject) -> str:
    """The class of the error an answer tells of beside its rows."""
    error = answer.get("error")
    return str(error.get("kind") or "") if isinstance(error, dict) else str(answer.get("kind") or "")
