"""Questions to a person, each answer checked as it is given; scripts answer by flags."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from rich.status import Status
from rich.text import Text

from vistka.cli.check import findings_table
from vistka.cli.failures import WrongUse
from vistka.cli.prompt import Prompt
from vistka.cli.render import errors, plain
from vistka.domain.orders import Finding

#: What is typed for «none», where nothing typed keeps what there is.
NONE = "-"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One value to settle. `given` came by a flag or a variable, `kept` is what there is already, or the default.

    `check` says what is found of a value: one that is not ok does not stand. `optional`: it may be empty, which is said
    by `empty`.
    """

    name: str
    ask: str
    flag: str
    check: Callable[[str], Sequence[Finding]]
    given: str | None = None
    kept: str = ""
    secret: bool = False
    optional: bool = False
    empty: str = "none"
    hint: str = ""

    @property
    def prompt(self) -> str:
        what = "kept" if self.secret else self.kept
        keep = f"Enter: {what}" if self.kept else (f"Enter: {self.empty}" if self.optional else "")
        none = f"{NONE} for {self.empty}" if self.kept and self.optional else ""
        said = ", ".join(part for part in (keep, none) if part)
        return f"{self.ask} ({said})" if said else self.ask


@dataclass(kw_only=True)
class Asker:
    """`quiet`: nobody is asked; what no flag says is what there is already. `missing` gathers what then lacks."""

    prompt: Prompt
    quiet: bool
    missing: list[str] = field(default_factory=list)
    _spinner: Status | None = None

    def sure(self, question: str, *, default: bool) -> bool:
        """A question in the middle of a check; False where nobody is asked."""
        if self.quiet:
            return False
        if self._spinner is not None:
            self._spinner.stop()
        try:
            return self.prompt.sure(question, default=default)
        finally:
            if self._spinner is not None:
                self._spinner.start()

    def settle(self, question: Question) -> str:
        """The value, checked. Raises WrongUse for one given by a flag that does not stand; "" for one that is missing
        where nobody is asked."""
        if question.given is None and self.quiet:
            if not question.kept and not question.optional:
                self.missing.append(question.flag)
                return ""
            return self._standing(question, question.kept)
        if question.given is not None:
            return self._standing(question, _none(question, question.given.strip()))
        if question.hint:
            errors().print(plain(question.hint), style="dim")
        while True:
            typed = (self.prompt.secret if question.secret else self.prompt.text)(question.prompt).strip()
            value = _none(question, typed) if typed else question.kept
            if not value and not question.optional:
                errors().print(f"{question.name} is needed", style="yellow")
            elif self._found(question, value):
                return value

    def _standing(self, question: Question, value: str) -> str:
        if not value and not question.optional:
            raise WrongUse(f"{question.flag}: {question.name} is empty")
        if wrong := [finding for finding in self._look(question, value) if not finding.ok]:
            raise WrongUse(f"{question.name}: {wrong[0].text}", advice=_advice(question, wrong[0]))
        return value

    def _found(self, question: Question, value: str) -> bool:
        return all(finding.ok for finding in self._look(question, value))

    def _look(self, question: Question, value: str) -> Sequence[Finding]:
        console = errors()
        self._spinner = console.status(f"checking {question.name}") if console.is_terminal else None
        try:
            with self._spinner or nullcontext():
                found = question.check(value)
        finally:
            self._spinner = None
        say_findings(found)
        return found


def say_findings(found: Iterable[Finding]) -> None:
    """A line each, on standard error: what `setup` says is for the person, and nothing is its result."""
    if found := list(found):
        console = errors()
        with console.capture() as captured:
            console.print(findings_table(found))
        for line in captured.get().splitlines():
            console.print(Text.from_ansi(line.rstrip()), soft_wrap=True)


def _none(question: Question, typed: str) -> str:
    return "" if typed == NONE and question.optional else typed


def _advice(question: Question, wrong: Finding) -> str:
    return f"{wrong.hint}; {question.flag}" if wrong.hint else f"correct {question.flag}"
