"""Numbers as people type them into an order's tracking field."""

from collections.abc import Callable
from typing import Final

type Typed = Callable[..., str]


def plain(ttn: str) -> str:
    return ttn


def half_good(ttn: str) -> str:
    """A good number and one that is none."""
    return f"{ttn}, 2045077560944"


def literally(text: str) -> Typed:
    """What was typed whatever the parcel's number is."""
    return lambda *_: text


#: Usable ones, however they look.
ODD: Final[tuple[Typed, ...]] = (
    lambda ttn: f"{ttn[:4]} {ttn[4:8]} {ttn[8:12]} {ttn[12:]}",
    lambda ttn: f"{ttn[:2]}-{ttn[2:6]}-{ttn[6:10]}-{ttn[10:]}",
    lambda ttn: f" {ttn}\n",
    lambda ttn: f"{ttn[:2]}\u00a0{ttn[2:6]}\u00a0{ttn[6:10]}\u00a0{ttn[10:]}",
    lambda ttn: f"{ttn}0001",  # the 18 digits of a label: a seat's number behind the waybill's
    lambda ttn: f"№{ttn}",
)
#: Two in one field.
PAIRS: Final[tuple[Typed, ...]] = (
    lambda one, two: f"{one}, {two}",
    lambda one, two: f"{one};{two}",
    lambda one, two: f"{one} / {two}",
    lambda one, two: f"{one} + {two}",
    lambda one, two: f"{one}\n{two}",
    lambda one, two: f"{one}{two}",
)
#: What is no number of a parcel that the carrier tracks.
USELESS: Final = (
    "2045077560944",  # 13 digits
    "20 4507 7560 9445 1",  # 15
    "2O45O77560944S",  # letters among the digits
    "+380600000017",  # the phone, one field too low
    "0600000018",
    "SHPLUA0000012345",  # international
    "NP00000000012345NPI",
    "102-00006096",  # a carrier's order, not a parcel
    "самовивіз",
    "00000000000000",
)
