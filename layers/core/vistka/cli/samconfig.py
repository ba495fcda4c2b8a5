"""A person's samconfig.toml: read, and changed without touching what else stands in it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from vistka.cli.failures import WrongUse

NAME: Final = "samconfig.toml"

#: What begins so names a file with more of them.
_FILE: Final = "file://"
#: Name="value", Name=value, or the long form, with backslashes before quotes: as the SAM CLI reads them.
_PAIR: Final = re.compile(
    r"""(?:ParameterKey=)?(?P<name>[A-Za-z0-9]+)(?:,ParameterValue)?=(?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"']*)"""
)


class SamConfig:
    """The part [default.*] of one file. What is set stays in memory until `save`."""

    def __init__(self, path: Path) -> None:
        """A file that is not there is an empty one. Raises WrongUse for one that cannot be read."""
        self.path = path
        try:
            text = path.read_text(encoding="utf-8") if path.exists() else "version = 0.1\n"
            self._document = tomlkit.parse(text)
        except (OSError, ValueError, TOMLKitError) as error:
            line = f", line {error.line}" if hasattr(error, "line") else ""
            raise WrongUse(f"{path.name} cannot be read{line} ({type(error).__name__}); correct it") from None
        self._read = tomlkit.dumps(self._document)

    def get(self, name: str) -> str:
        """A setting of `sam deploy`, such as stack_name or region; empty if it has none."""
        for command in ("deploy", "global"):
            value = self._section(command).get(name)
            if value is not None:
                return str(value)
        return ""

    def set(self, name: str, value: str) -> None:
        """Where it stands already, else for all commands."""
        where = "deploy" if name in self._section("deploy") else "global"
        if str(self._section(where).get(name, "")) != value:
            self._made(where)[name] = value

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that each `sam deploy` sets from this file."""
        return _read(self._section("deploy").get("parameter_overrides"))

    def set_parameters(self, values: Mapping[str, str]) -> None:
        """Add or replace these, in the form in which the others are written."""
        new = {name: value for name, value in values.items() if self.parameters.get(name) != value}
        if not new:
            return
        section = self._made("deploy")
        written = section.get("parameter_overrides")
        if isinstance(written, Mapping):
            for name, value in new.items():
                section["parameter_overrides"][name] = value
            return
        added = [f"{name}={_quoted(value)}" for name, value in new.items()]
        parts = written if isinstance(written, list) else [written] if written else []
        kept = [part for one in parts for part in _without(one, new)]
        # A file of parameters can only be named in a list.
        listed = isinstance(written, list) or any(str(part).startswith(_FILE) for part in kept)
        section["parameter_overrides"] = [*kept, *added] if listed else " ".join([*map(str, kept), *added])

    @property
    def changed(self) -> bool:
        return tomlkit.dumps(self._document) != self._read

    def save(self) -> None:
        """All of it or nothing: a file of the same folder takes its place. Raises WrongUse."""
        text = tomlkit.dumps(self._document)
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            part.write_text(text, encoding="utf-8")
            if self.path.exists():
                part.chmod(self.path.stat().st_mode & 0o777)
            os.replace(part, self.path)  # noqa: PTH105
        except OSError as error:
            part.unlink(missing_ok=True)
            raise WrongUse(f"{self.path.name} cannot be written: {error.strerror}") from None
        self._read = text

    def _section(self, command: str) -> Mapping[str, Any]:
        found: Any = self._document
        for name in ("default", command, "parameters"):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def _made(self, command: str) -> Any:
        """The section, made where it is missing."""
        found: Any = self._document
        for name, bare in (("default", True), (command, True), ("parameters", False)):
            if not isinstance(found.get(name), Mapping):
                table: Table = tomlkit.table(is_super_table=bare)
                found[name] = table
            found = found[name]
        return found


def _read(written: Any) -> dict[str, str]:
    if isinstance(written, str) and not written.startswith(_FILE):
        return {found["name"]: _bare(found["value"]) for found in _PAIR.finditer(written)}
    if isinstance(written, Mapping):
        return {str(name): str(value) for name, value in written.items()}
    if isinstance(written, list):
        return {name: value for one in written for name, value in _read(one).items()}
    return {}


def _without(part: Any, names: Mapping[str, str]) -> list[Any]:
    """The part, less the pairs of these names."""
    if not isinstance(part, str) or part.startswith(_FILE) or not set(_read(part)) & set(names):
        return [part]
    return [f"{name}={_quoted(value)}" for name, value in _read(part).items() if name not in names]


def _bare(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return re.sub(r"\\(.)", r"\1", value)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
