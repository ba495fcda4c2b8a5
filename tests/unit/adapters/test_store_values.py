"""Python values as DynamoDB's attribute values, and back."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vistka.adapters.store_values import from_wire, to_wire

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**52), 2**52) | st.text() | st.floats(-1e6, 1e6, allow_subnormal=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), plain))
def test_what_is_written_is_read_again(item: dict[str, Any]) -> None:
    assert from_wire(to_wire(item)) == item


def test_sets_are_sets() -> None:
    item = {"numbers": {3, 1}, "names": frozenset({"b", "a"})}
    assert to_wire(item) == {"numbers": {"NS": ["1", "3"]}, "names": {"SS": ["a", "b"]}}
    assert from_wire(to_wire(item)) == {"numbers": {1, 3}, "names": {"a", "b"}}


@pytest.mark.parametrize("value", [object(), set(), float("nan"), b"bytes"])
def test_what_the_store_does_not_take_is_a_mistake_of_the_program(value: object) -> None:
    with pytest.raises(TypeError):
        to_wire({"a": value})
