"""Messages: a notice becomes Telegram HTML, from one template for each audience and kind."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from vistka.domain.errors import ConfigurationError
from vistka.domain.languages import DEFAULT_LANGUAGE, LANGUAGES
from vistka.domain.notices import Notice
from vistka.texts.details import details
from vistka.texts.own import files_in, is_text, languages_of
from vistka.texts.rooms import room, written


class Messages:
    """ports.Texts. What is not ours is escaped in every template, without being asked to (F14).

    Texts of the shop's `own` folder take the place of the built-in ones. None of them can lose a notice: where one is
    broken the built-in one is told, and `broken` hears of it, with the file and what is wrong with it; also of those
    that are found broken, or that nothing is told by, when the first message is made.
    """

    def __init__(self, own: Path | None = None, *, broken: Callable[[str, str], None] | None = None) -> None:
        self._own = own
        self._broken = broken or (lambda _file, _reason: None)

    def render(self, notice: Notice, *, now: datetime) -> str:
        """The message as Telegram HTML, dated as seen at `now` (aware), in Kyiv time.

        A payload that lacks something makes a shorter message. Raises ConfigurationError for an audience and kind that
        have no text.
        """
        name, values = f"{notice.audience}_{notice.kind}.j2", details(notice, now=now)
        code = _known(notice.language)
        if code in self._languages and (message := self._by_own(code, name, values)):
            return message
        return rendered(name, code, values)

    @cached_property
    def _languages(self) -> frozenset[str]:
        if self._own is None:
            return frozenset()
        for path in files_in(self._own):
            if reason := first_fault(path, self._own):
                self._broken(path.relative_to(self._own).as_posix(), reason)
        return languages_of(self._own)

    def _by_own(self, code: str, name: str, values: dict[str, Any]) -> str:
        try:
            message = written(room(code, self._own), name, values)
        except TemplateNotFound as error:
            if error.name == name:
                return ""
            reason = "includes what there is not"
        except Exception as error:  # noqa: BLE001 -- whatever a file of the shop's does, the notice goes out
            reason = described(error)
        else:
            if message:
                return message
            reason = "says nothing"
        self._broken(f"{code}/{name}", reason)
        return ""


def rendered(name: str, language: str, values: dict[str, Any]) -> str:
    """By the built-in texts. Raises ConfigurationError for a text that there is not, or that is broken."""
    code = _known(language)
    try:
        return written(room(code), name, values)
    except TemplateNotFound as error:
        raise ConfigurationError(f"there is no text {code}/{error.name}") from None
    except TemplateError as error:
        raise ConfigurationError(f"the text {code}/{name} is broken ({type(error).__name__})") from None


def first_fault(path: Path, own: Path) -> str:
    """What is wrong with a file of the shop's as it lies there; "" for one that can be used."""
    if not is_text(path, own):
        return "is no text that is told"
    try:
        room(path.parent.name, own).get_template(path.name)
    except Exception as error:  # noqa: BLE001 -- see Messages
        return described(error)
    return ""


def described(error: Exception) -> str:
    """What kind of error, and where in a template: nothing that is told to anybody stands in it."""
    if isinstance(error, TemplateSyntaxError):
        return f"cannot be read: line {error.lineno}"
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"cannot be told: {type(error).__name__}{f' in line {lines[-1]}' if lines else ''}"


def _known(language: str) -> str:
    return language if language in LANGUAGES else DEFAULT_LANGUAGE
