"""Tries every text of the shop's own on invented parcels, and says what is wrong with it and what to do."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, UndefinedError, meta, nodes

from vistka.domain.languages import LANGUAGES
from vistka.domain.notices import Audience, Kind
from vistka.texts.bounds import TooMuch
from vistka.texts.details import details
from vistka.texts.language import Language
from vistka.texts.markup import TELEGRAM_LIMIT, length, plain
from vistka.texts.own import PARTS, files_in, is_text, replaceable
from vistka.texts.rooms import room, written
from vistka.texts.samples import NOW, OF_NO_ORDER, ORDER, Sample, bare, samples
from vistka.texts.telegram_markup import refused

_NO_ATTRIBUTE: Final = re.compile(r"'?(?P<owner>[\w.]+) object'? has no attribute '(?P<name>\w+)'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """`file` as it lies in the folder; `line` 0 where none is to blame."""

    file: str
    line: int = 0
    text: str
    hint: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    file: str
    faults: tuple[Fault, ...]


def check(folder: Path) -> list[Checked]:
    """One for each file that lies in the folder, in the order of their names."""
    return [_checked(path, folder) for path in files_in(folder)]


def _checked(path: Path, folder: Path) -> Checked:
    file = path.relative_to(folder).as_posix()
    if not is_text(path, folder):
        return Checked(file=file, faults=(_misplaced(path, folder, file),))
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return Checked(file=file, faults=(Fault(file=file, text="is not UTF-8", hint="save it as UTF-8"),))
    own, name = room(path.parent.name, folder), path.name
    try:
        tree = own.parse(source, name, str(path))
        own.compile(source, name, str(path))
    except TemplateSyntaxError as error:
        return Checked(file=file, faults=(_unreadable(error, file),))
    faults = list(_unknown_names(tree, file))
    if not faults:
        tried = _tried(path, file, source, own)
        faults = list({(fault.line, fault.text): fault for fault in reversed(list(tried))}.values())[::-1]
    return Checked(file=file, faults=tuple(faults))


def _misplaced(path: Path, folder: Path, file: str) -> Fault:
    parts = path.relative_to(folder).parts
    if len(parts) != 2 or parts[0] not in LANGUAGES:
        return Fault(
            file=file,
            text="lies in no language's folder",
            hint=f"put it into {', '.join(f'{code}/' for code in LANGUAGES)}",
        )
    close = get_close_matches(path.name, replaceable(), n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return Fault(file=file, text="is the name of no message", hint=f"{meant}`vistka texts preview` lists them")


def _unreadable(error: TemplateSyntaxError, file: str) -> Fault:
    text = (error.message or "cannot be read").rstrip(".")
    hint = "every {{ and {% needs its }} and %}, every if its endif"
    if text.startswith("No filter named"):
        hint = f"ours are {', '.join(sorted(Language(LANGUAGES[0]).filters))}; Jinja has more"
    return Fault(file=file, line=error.lineno, text=text, hint=hint)


def _unknown_names(tree: nodes.Template, file: str) -> Iterator[Fault]:
    known = variables()
    for name in sorted(meta.find_undeclared_variables(tree) - known):
        line = min((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), default=0)
        close = get_close_matches(name, known, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        yield Fault(
            file=file,
            line=line,
            text=f"there is no variable {name!r}",
            hint=f"{meant}there are {', '.join(sorted(known))}",
        )


@cache
def variables() -> frozenset[str]:
    """What every message can speak of."""
    return frozenset(details(bare(Kind.WAITING).notice(Audience.BUYER, LANGUAGES[0]), now=NOW))


def _tried(path: Path, file: str, source: str, own: Environment) -> Iterator[Fault]:
    """What goes wrong when it is told of one parcel after another, and of one of which nothing is known."""
    for name, sample, audience in _told_by(path.name):
        values = details(sample.notice(audience, path.parent.name), now=sample.now)
        try:
            message = written(own, name, values)
        except TemplateNotFound as error:
            yield Fault(file=file, line=_line_of(source, str(error.name)), text=f"there is no file {error.name!r}")
        except Exception as error:  # noqa: BLE001 -- a template can raise whatever Python can
            yield _untellable(error, path, file, values, f"{name.removesuffix('.j2')}, {sample.what}")
        else:
            yield from _refused(message, file, source, sample, name)


def _told_by(name: str) -> Iterator[tuple[str, Sample, Audience]]:
    """The messages that a file has its part in, each with invented parcels."""
    for message in replaceable():
        if message == PARTS or name not in {message, PARTS}:
            continue
        who, _, what = message.removesuffix(".j2").partition("_")
        audience, kind = Audience(who), Kind(what)
        yield from ((message, sample, audience) for sample, _ in samples(kind, audience))
        yield message, bare(kind), audience


def _untellable(error: Exception, path: Path, file: str, values: Mapping[str, Any], case: str) -> Fault:
    lines = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    at = lines[-1].lineno if lines and Path(lines[-1].filename) == path else None
    within = "" if at else f" (in {Path(lines[-1].filename).name})" if lines else ""
    text, hint = str(error) or type(error).__name__, f"seen in: {case}"
    if isinstance(error, UndefinedError) and (found := _NO_ATTRIBUTE.search(text)):
        if found["owner"].endswith("TemplateModule"):
            hint = f"{case.partition(',')[0]} needs it; the built-in {PARTS} has it"
            return Fault(file=file, line=at or 0, text=f"there is no part {found['name']!r}", hint=hint)
        text = f"there is no {found['name']!r} in that"
        owner = next((v for v in values.values() if type(v).__name__ == found["owner"].split(".")[-1]), None)
        if owner is not None:
            hint = f"it has {', '.join(name for name in dir(owner) if not name.startswith('_'))}"
    elif "NoneType" in text:
        text, hint = "speaks of something that may not be known", f"ask first: {{% if … %}} (seen in: {case})"
    elif isinstance(error, TooMuch):
        hint = f"a message is short, and quickly made ({hint})"
    elif not isinstance(error, UndefinedError):
        text = f"{type(error).__name__}: {text}"
    return Fault(file=file, line=at or 0, text=text + within, hint=hint)


def _refused(message: str, file: str, source: str, sample: Sample, name: str) -> Iterator[Fault]:
    case = f"seen in: {name.removesuffix('.j2')}, {sample.what}"
    if not message:
        yield Fault(file=file, text="says nothing", hint=case)
        return
    if found := refused(message):
        text, where = found
        yield Fault(file=file, line=_line_of(source, where), text=text, hint=case)
    if (units := length(plain(message))) > TELEGRAM_LIMIT:
        yield Fault(
            file=file,
            text=f"is {units} characters long, and Telegram takes {TELEGRAM_LIMIT}: it would be cut",
            hint=case,
        )
    if sample.kind not in OF_NO_ORDER and ORDER not in message:
        yield Fault(file=file, text="does not say which order it is about", hint="write {{ order }} where it belongs")


def _line_of(source: str, what: str) -> int:
    """The first line in which that stands; 0 for none."""
    return next((number for number, line in enumerate(source.splitlines(), 1) if what and what in line), 0)
