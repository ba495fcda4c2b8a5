"""Reads a schema file key by key and gathers everything that is wrong with it."""

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

_COLUMN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")
_TABLE: Final = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_$]{0,62}\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}")


class SchemaReader:
    """One table of the file. Every getter returns a usable value, and notes what was wrong with the one given.

    A key never asked for is an unknown one.
    """

    def __init__(self, data: Mapping[str, Any], path: str = "", *, silent: bool = False) -> None:
        self._data = data
        self._path = path
        self._silent = silent
        self._known: list[str] = []
        self._problems: list[str] = []
        self._sections: list[SchemaReader] = []

    def problems(self) -> list[str]:
        found = list(self._problems)
        for key in self._data:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                found.append(f"{self._path}{key}: unknown key" + (f"; is {near[0]} meant?" if near else ""))
        return found + [problem for section in self._sections for problem in section.problems()]

    def section(self, name: str, *, required: bool) -> "SchemaReader":
        value = self._take(name, dict, "a table", required=required)
        # One line for a table that is missing is enough; its keys need none.
        section = SchemaReader(value or {}, f"{self._path}{name}.", silent=value is None)
        self._sections.append(section)
        return section

    def column(self, name: str, *, required: bool = True) -> str:
        return self._name(name, _COLUMN, required=required)

    def table(self, name: str) -> str:
        return self._name(name, _TABLE, required=True)

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self._take(name, bool, "true or false", required=False)
        return default if value is None else bool(value)

    def length(self, name: str) -> int | None:
        value = self._take(name, int, "a whole number", required=False)
        if value is not None and not 0 <= value <= 65_535:
            self._note(name, "must lie between 0 (no limit) and 65535 characters")
            return None
        return value if value is None else int(value)

    def zone(self, name: str, *, default: str) -> ZoneInfo:
        value = self._take(name, str, "a text", required=False)
        try:
            return ZoneInfo(default if value is None else value)
        except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
            self._note(name, f"{value!r} is no time zone; give one like Europe/Kyiv or UTC")
            return ZoneInfo("UTC")

    def statuses(self, name: str) -> tuple[str | int, ...]:
        value = self._take(name, list, "a list", required=True)
        if value is None:
            return ()
        if not value:
            self._note(name, "empty; list the statuses of orders that are still under way")
            return ()
        texts = all(isinstance(item, str) and item.strip() for item in value)
        numbers = all(isinstance(item, int) and not isinstance(item, bool) for item in value)
        if not texts and not numbers:
            self._note(name, "must be a list of texts, none empty, or a list of whole numbers")
            return ()
        if len(set(value)) < len(value):
            self._note(name, "lists a status twice")
        return tuple(value)

    def _name(self, name: str, pattern: re.Pattern[str], *, required: bool) -> str:
        value = self._take(name, str, "a text", required=required)
        if value is None:
            return ""
        if not pattern.fullmatch(value):
            self._note(name, f"{value!r} is no SQL name; letters, digits and _ only, a letter first, at most 63")
            return ""
        return str(value)

    def _take(self, name: str, kind: type, what: str, *, required: bool) -> Any:
        self._known.append(name)
        if name not in self._data:
            if required:
                self._note(name, "missing")
            return None
        value = self._data[name]
        # A TOML boolean is a Python int: only the exact type is what was meant.
        if type(value) is not kind:
            self._note(name, f"must be {what}")
            return None
        return value

    def _note(self, name: str, problem: str) -> None:
        if not self._silent:
            self._problems.append(f"{self._path}{name}: {problem}")
