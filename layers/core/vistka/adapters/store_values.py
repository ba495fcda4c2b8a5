"""Python values as DynamoDB's attribute values, and back."""

import math
from collections.abc import Mapping
from typing import Any

type Item = dict[str, Any]
type Wire = dict[str, dict[str, Any]]


def to_wire(item: Mapping[str, Any]) -> Wire:
    """Text, numbers, truth, None, lists, maps, and non-empty sets of text or of whole numbers.

    Raises TypeError for anything else: it is a mistake in the program, never in the data.
    """
    return {name: _value(value) for name, value in item.items()}


def from_wire(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: _plain(value) for name, value in item.items()}


def _value(value: object) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(int(value))}
        case float() if math.isfinite(value):
            return {"N": repr(value)}
        case set() | frozenset() if value:
            if all(isinstance(one, str) for one in value):
                return {"SS": sorted(value)}
            return {"NS": [str(int(one)) for one in sorted(value)]}
        case list() | tuple():
            return {"L": [_value(one) for one in value]}
        case Mapping():
            return {"M": {str(name): _value(one) for name, one in value.items()}}
    raise TypeError(f"the store does not take a {type(value).__name__}")


def _plain(wire: Mapping[str, Any]) -> Any:
    ((kind, value),) = wire.items()
    match kind:
        case "S" | "BOOL" | "B":
            return value
        case "N":
            return _number(value)
        case "NULL":
            return None
        case "SS":
            return set(value)
        case "NS":
            return {_number(one) for one in value}
        case "L":
            return [_plain(one) for one in value]
        case "M":
            return from_wire(value)
    return value  # a kind that we never write: somebody else's attribute, which stops nothing


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
