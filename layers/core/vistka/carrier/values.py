"""Single values of an item, whose types move from one answer to the next, in one form each."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

# Control characters, halves of surrogate pairs (which no UTF-8 can carry further), and what is there without being
# seen. The joiners of letters and emoji stay.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
_CODE: Final = re.compile(r"[0-9A-Za-z_.-]{1,10}")
_TTN: Final = re.compile(r"[0-9]{14}")
# After a comma three digits might be thousands: taken for neither.
_SUM: Final = re.compile(r"0*([0-9]{1,9})(?:\.([0-9]{1,20})|,([0-9]{1,2}))?")
_CENT: Final = Decimal("0.01")


def text_of(value: object, longest: int = 200) -> str:
    """One line without control characters, at most `longest` long, otherwise as it came; "" for what is no text."""
    if not value or not isinstance(value, str):
        return ""
    if not value.isprintable():
        value = _UNSEEN.sub(" ", value)
    return " ".join(value.split())[:longest].rstrip()


def list_text_of(value: object) -> str:
    """A text that may come as a list of texts: its parts, joined by commas."""
    if isinstance(value, list):
        return text_of(", ".join(part for part in map(text_of, value[:20]) if part))
    return text_of(value)


def code_of(value: object) -> str:
    """StatusCode, which is a string and was an int once; "" for anything that cannot be a code. 09 is not 9."""
    if isinstance(value, str):
        code = value.strip()
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**10:
        code = str(value)
    else:
        return ""
    return code if _CODE.fullmatch(code) else ""


def ttn_of(value: object) -> str:
    """A waybill number, from a string or an int; "" for anything else, an order with a dash (102-00006096) included."""
    if isinstance(value, str):
        number = value.strip()
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**14:
        number = str(value)
    else:
        return ""
    return number if _TTN.fullmatch(number) else ""


def sum_of(value: object) -> str:
    """Hryvnias as decimal text ("450", "96.50"); "" for zero, for nothing and for junk.

    Sums come as int, float, string or ""; what a float's notation adds behind the kopecks (96.099999999999994) goes.
    """
    if not value or isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, int) and not 0 < value < 10**9:
        return ""  # before it is made text: an int may have thousands of digits
    return _sum("".join(value.split()) if isinstance(value, str) else str(value))


@lru_cache(maxsize=4096)
def _sum(text: str) -> str:
    found = _SUM.fullmatch(text)
    if not found:
        return ""
    whole, after_point, after_comma = found.groups()
    exact = Decimal(f"{whole}.{after_point or after_comma or 0}").quantize(_CENT, rounding=ROUND_HALF_UP)
    if not exact:
        return ""
    return str(int(exact)) if exact == int(exact) else str(exact)


def place_number_of(value: object) -> str:
    """WarehouseRecipientNumber: an int, "343", 0 or ""; "" where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 < value < 10**6 else ""
    number = text_of(value, 20)
    return "" if number.strip("0") == "" else number
