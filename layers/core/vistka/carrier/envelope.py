"""The envelope around every answer, read past its oddities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vistka.carrier.values import text_of

_DEEPEST: Final = 4
_MOST_LINES: Final = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """`items` are the objects in `data`; what was an object instead of a list, or a list in a list, is made flat."""

    success: bool
    items: tuple[Mapping[str, Any], ...]
    errors: tuple[str, ...]
    error_codes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def complaints(self) -> tuple[str, ...]:
        """Everything that may name the document which is wrong."""
        return self.errors + self.warnings


def read_envelope(body: object) -> Envelope | None:
    """Read decoded JSON; None for what is no envelope.

    Oddities met: the whole wrapped in a list; `errors`, `errorCodes`, `info` as objects; `warnings` as strings or as
    objects; `errorCodes` empty though `errors` is not; `data` null, missing or empty.
    """
    for _ in range(2):
        if isinstance(body, list) and len(body) == 1:
            body = body[0]
    if not isinstance(body, dict) or "success" not in body:
        return None
    return Envelope(
        success=body["success"] in (True, "true", "True", "1"),
        items=tuple(_objects(body.get("data"))),
        errors=_lines(body.get("errors")),
        error_codes=_lines(body.get("errorCodes")),
        warnings=_lines(body.get("warnings")),
    )


def _objects(data: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, dict):
        if "Number" in data:
            yield data
            return
        data = list(data.values())
    if isinstance(data, list):
        for entry in data:
            if isinstance(entry, dict):
                yield entry
            elif isinstance(entry, list):
                yield from (inner for inner in entry if isinstance(inner, dict))


def _lines(value: object) -> tuple[str, ...]:
    found: list[str] = []
    _collect(value, "", found, 0)
    return tuple(found)


def _collect(value: object, label: str, found: list[str], depth: int) -> None:
    if len(found) >= _MOST_LINES or depth > _DEEPEST:
        return
    match value:
        case dict():
            for key, inner in value.items():
                # A warning about one document names it in its key: {"ID_20450000000011": "Please enter a valid phone"}
                _collect(inner, text_of(key, 60) if key.startswith("ID_") else label, found, depth + 1)
        case list():
            for inner in value:
                _collect(inner, label, found, depth + 1)
        case bool() | None:
            pass
        case int() if abs(value) < 10**20:
            found.append(str(value))
        case str() if line := text_of(value, 500):
            found.append(f"{label}: {line}" if label else line)
