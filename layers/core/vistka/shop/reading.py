"""Reads a schema file key by key and gathers everything that is wrong with it."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from vistka.shop.tables import Entry, Only, Place, RowsTable

_COLUMN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")
_TABLE: Final = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_$]{0,62}\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}")
#: Installers make up some that begin with a digit.
_PREFIX: Final = re.compile(r"[A-Za-z0-9_$]{0,40}")
_LONGEST_NAME: Final = 63
_LONGEST_ENTRY: Final = 191


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
        unknown = (key for key in self._data if key not in self._known)
        found += [f"{self._path}{key}: unknown key{_near(key, self._known)}" for key in unknown]
        return found + [problem for section in self._sections for problem in section.problems()]

    def section(self, name: str, *, required: bool) -> "SchemaReader":
        value = self._take(name, dict, "a table", required=required)
        # One line for a table that is missing is enough; its keys need none.
        section = SchemaReader(value or {}, f"{self._path}{name}.", silent=value is None)
        self._sections.append(section)
        return section

    def names(self) -> list[str]:
        return list(self._data)

    def column(self, name: str, *, required: bool = True) -> str:
        return self._name(name, _COLUMN, required=required)

    def prefix(self, name: str) -> str:
        value = self._take(name, str, "a text", required=False)
        if value is not None and not is_prefix(value):
            self._note(name, f"{value!r} is no prefix of tables; letters, digits and _ only, at most 40")
            return ""
        return value or ""

    def table(self, name: str, prefix: str) -> str:
        place, dot, plain = self._name(name, _TABLE, required=True).rpartition(".")
        if plain and len(prefix + plain) > _LONGEST_NAME:
            self._note(name, f"'{prefix}{plain}' is longer than {_LONGEST_NAME} characters")
        return f"{place}{dot}{prefix}{plain}" if plain else ""

    def place(self, name: str, rows: Mapping[str, RowsTable], *, required: bool = True, written: bool = False) -> Place:
        """A column's name, or `{ meta = "name" }` for an entry of [rows.meta]; several names unless it is `written`."""
        value = self._data.get(name)
        if isinstance(value, str):
            return self.column(name)
        kind = 'a column\'s name, or an entry such as { meta = "name" }'
        value = self._take(name, dict, kind, required=required)
        if value is None:
            return ""
        if len(value) != 1:
            self._note(name, 'names one of the [rows] and what to take of it, as in { meta = "name" }')
            return ""
        section, wanted = next(iter(value.items()))
        if section not in rows:
            self._note(name, f"there is no [rows.{section}]{_near(section, rows)}")
            return ""
        return self._entry(name, rows[section], wanted, several=not written)

    def only(self, name: str) -> Only:
        value = self._take(name, dict, "a table of columns and their values", required=False) or {}
        for column, wanted in value.items():
            if not _COLUMN.fullmatch(column) or type(wanted) not in {str, int}:
                self._note(name, f"'{column}' must be a column, and its value a text or a whole number")
                return ()
        return tuple(value.items())

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

    def statuses(
        self, name: str, *, required: bool = True, what: str = "the statuses of orders that are still under way"
    ) -> tuple[str | int, ...]:
        """`what` they are, for whoever left them out."""
        value = self._take(name, list, "a list", required=required)
        if value is None:
            return ()
        if not value:
            self._note(name, f"empty; list {what}")
            return ()
        texts = all(isinstance(item, str) and item.strip() for item in value)
        numbers = all(isinstance(item, int) and not isinstance(item, bool) for item in value)
        if not texts and not numbers:
            self._note(name, "must be a list of texts, none empty, or a list of whole numbers")
            return ()
        if len(set(value)) < len(value):
            self._note(name, "lists a status twice")
        return tuple(value)

    def value(self, name: str) -> str | int:
        """One status, a text or a whole number; "" for none."""
        self._known.append(name)
        if name not in self._data:
            self._note(name, "missing")
            return ""
        value = self._data[name]
        if not _is_status(value):
            self._note(name, "must be a text that is not empty, or a whole number")
            return ""
        return cast("str | int", value)

    def values(self, name: str) -> dict[str, str | int]:
        """A table of texts, each with a status."""
        given = self._take(name, dict, "a table of texts and statuses", required=False) or {}
        for key, value in given.items():
            if not key.strip() or not _is_status(value):
                self._note(name, f"{key!r} must have a text that is not empty, or a whole number")
                return {}
        return dict(given)

    def _entry(self, name: str, rows: RowsTable, wanted: Any, *, several: bool) -> Place:
        if not rows.name:
            if not isinstance(wanted, str) or not _COLUMN.fullmatch(wanted):
                self._note(name, f"[{rows.section}] has rows without names: give the column to read of them")
                return ""
            return Entry(rows=rows, names=(), column=wanted)
        names = wanted if isinstance(wanted, list) and several else [wanted]
        if not names or not all(
            isinstance(each, str) and each.strip() == each and each.isprintable() and 0 < len(each) <= _LONGEST_ENTRY
            for each in names
        ):
            kind = "a name, or a list of names," if several else "one name"
            self._note(name, f"give {kind} of [{rows.section}], each a text of at most {_LONGEST_ENTRY} characters")
            return ""
        return Entry(rows=rows, names=tuple(dict.fromkeys(names)), column=rows.value)

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


def is_prefix(text: str) -> bool:
    """Whether this may stand before the names of tables; empty is none."""
    return _PREFIX.fullmatch(text) is not None


def _is_status(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, int) and not isinstance(value, bool))


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; is {near[0]} meant?" if near else ""
