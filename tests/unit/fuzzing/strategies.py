"""Strategies of the fuzzing tests: any JSON, whole records of ours, and ours with something wrong in them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.stages import Stage

HUGE = st.sampled_from([2**31, 2**53, 2**63, -(2**63), 10**40, float("inf"), float("-inf"), float("nan"), -0.0])
ODD = st.sampled_from(
    ["", " ", "\x00", "\ud800", "\U0001f4e6", "0", "null", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | HUGE | ODD
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | ODD, inner, max_size=4),
    max_leaves=12,
)

TTNS = st.integers(0, 10**14 - 1).map(lambda number: f"{number:014}")
#: What can be UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SUMS = st.sampled_from(["", "450", "96.50"])

_times = ("created_at", "expected_at", "arrived_at", "received_at", "moved_at", "paid_storage_at", "return_at")
_texts = ("city_from", "city", "place", "place_number", "reason", "child_ttn", "child_type", "return_of")
FACTS = st.builds(
    Facts,
    code=st.sampled_from(["1", "3", "5", "7", "9", "10", "102", "777"]),
    text=TEXTS,
    stage=st.none() | st.sampled_from(Stage),
    courier=st.booleans(),
    to_pay=SUMS,
    afterpayment=SUMS,
    redelivery=SUMS,
    **dict.fromkeys(_texts, TEXTS),
    **dict.fromkeys(_times, st.none() | MOMENTS),
)
STATES = st.builds(
    ParcelState,
    ttn=TTNS,
    revision=st.integers(0, 10**6),
    version=st.integers(0, 10**6),
    observed_at=MOMENTS,
    first_seen_at=MOMENTS,
    facts=st.none() | FACTS,
    stage=st.none() | st.sampled_from(Stage),
    changed_at=st.none() | MOMENTS,
    orders=st.frozensets(TEXTS, max_size=4),
    told=st.dictionaries(st.sampled_from(Kind).map(str), TEXTS, max_size=3),
    written=st.lists(st.text("0123456789abcdef", min_size=8, max_size=8), max_size=8).map(tuple),
    not_found=st.integers(0, 50),
    ended=st.sampled_from(["", "final", "aged_out"]),
)
NOTICES = st.builds(
    Notice,
    order_key=TEXTS,
    order_number=TEXTS,
    ttn=TTNS,
    kind=st.sampled_from(Kind),
    occurrence=TEXTS,
    audience=st.sampled_from(Audience),
    version=st.integers(0, 1000),
    state=st.sampled_from(NoticeState),
    created_at=MOMENTS,
    due_at=st.none() | MOMENTS,
    chat_id=st.none() | st.integers(-(2**52), 2**52),
    language=st.sampled_from(["uk", "en", "ru"]),
    payload=st.dictionaries(TEXTS, TEXTS, max_size=3),
    revision=st.integers(0, 1000),
    attempt=st.integers(0, 50),
    sweeps=st.integers(0, 50),
    repeated=st.booleans(),
    lease_until=st.none() | MOMENTS,
    reason=TEXTS,
    message_id=st.none() | st.integers(1, 10**9),
    settled_at=st.none() | MOMENTS,
)
NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@st.composite
def spoiled(draw: st.DrawFn, whole: Any) -> Any:
    """The record with something else at one to three of its places, or with a place missing."""
    data = whole
    for _ in range(draw(st.integers(1, 3))):
        paths = list(_paths(data))
        data = _replaced(data, draw(st.sampled_from(paths)), draw(st.just(_GONE) | JSON))
    return data


_GONE = object()


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Any:
    if path:
        yield path
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _paths(inner, (*path, index))
    if not path:
        yield path


def _replaced(node: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return None if new is _GONE else new
    first, *rest = path
    if isinstance(node, dict):
        out = dict(node)
        if not rest and new is _GONE:
            del out[first]
        else:
            out[first] = _replaced(node[first], tuple(rest), new)
        return out
    items = list(node)
    if not rest and new is _GONE:
        del items[first]
    else:
        items[first] = _replaced(items[first], tuple(rest), new)
    return items
