"""The carrier's dates: Kyiv wall clock without an offset, in half a dozen formats, as moments in UTC."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from vistka.domain.kyiv import kyiv

# Placeholders (0001-01-01, 0000-00-00) and slips stand outside of these years; no parcel does.
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2099
_LONGEST: Final = 40


def moment_of(value: object) -> datetime | None:
    """The moment a date field names, aware, in UTC; None for "no date", of whatever shape.

    Every field may come in every format: `Y-m-d H:i:s`, `Y-m-d`, `d-m-Y H:i:s`, `d-m-Y`, `d.m.Y H:i:s`, `d.m.Y`,
    `H:i d.m.Y`, with or without seconds; a bare day is its midnight in Kyiv. Of an hour that summer time repeats, the
    first is meant; an hour that it skips is read with the winter offset, so 03:30 becomes 04:30. A value that
    carries an offset of its own is taken at its word.
    """
    if not value or not isinstance(value, str) or len(value) > _LONGEST:
        return None
    return _parse(value)


def is_unreadable(value: object) -> bool:
    """Whether a date field holds neither a date nor one of the forms of "no date", such as a year before any parcel's,
    or 9999."""
    if not value or moment_of(value) is not None:
        return False
    if not isinstance(value, str) or len(value) > _LONGEST:
        return True
    text = value.strip()
    if not text.strip("0 .:/T-"):
        return False  # 0000-00-00 00:00:00
    try:
        return _LAST_YEAR < datetime.fromisoformat(_iso(text)).year < 9999
    except ValueError:
        return True


@lru_cache(maxsize=4096)  # one text is read again on every poll of a parcel that stands still
def _parse(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_iso(text.strip()))
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=kyiv())
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> str:
    """The same in the order of ISO 8601; raises ValueError for what has another shape than the carrier's."""
    if text[4:5] == "-" and text[7:8] == "-":
        return text
    if text[2:3] in {".", "-"} and text[5:6] == text[2:3]:
        return f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"
    if text[2:3] == ":":  # H:i d.m.Y
        time, _, day = text.partition(" ")
        if len(day) == 10 and day[2] in {".", "-"} and day[5] == day[2]:
            return f"{day[6:]}-{day[3:5]}-{day[:2]} {time}"
    raise ValueError("not a date")
