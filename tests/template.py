"""Reads template.yaml, so that the tables and queues of the tests are those that are deployed."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"

type Node = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, read as their long forms."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def _loaded() -> Node:
    read: Node = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader=_Loader)
    return read


def template() -> Node:
    """The whole template, a copy of one's own."""
    return deepcopy(_loaded())


def parameter(name: str) -> str:
    """The default of a parameter, as CloudFormation has it: text."""
    return str(_loaded()["Parameters"][name]["Default"])


def resource(logical_id: str) -> Node:
    """One resource, its intrinsics unresolved."""
    found: Node = template()["Resources"][logical_id]
    return found


def resources_of(kind: str) -> dict[str, Node]:
    return {name: body for name, body in template()["Resources"].items() if body["Type"] == kind}


def in_map(node: Node) -> Any:
    """What an `Fn::FindInMap` finds where its parameters have their defaults."""
    name, first, second = with_defaults(node["Fn::FindInMap"])
    return template()["Mappings"][name][first][second]


def with_defaults(node: Any) -> Any:
    """The node with every `Ref` to a parameter replaced by its default; other intrinsics stay."""
    if isinstance(node, dict):
        if set(node) == {"Ref"} and "Default" in _loaded()["Parameters"].get(node["Ref"], {}):
            return parameter(node["Ref"])
        return {key: with_defaults(value) for key, value in node.items()}
    if isinstance(node, list):
        return [with_defaults(value) for value in node]
    return node


def table_definition(name: str) -> Node:
    """The keyword arguments for boto3's `create_table` of the store, under this name."""
    properties = resource("Store")["Properties"]
    taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {"TableName": name, **{key: properties[key] for key in taken}}


def queue_attributes(logical_id: str, *, dead_letter_arn: str | None = None) -> dict[str, str]:
    """The `Attributes` for boto3's `create_queue`; with a DLQ's ARN the redrive policy too.

    The name of a FIFO queue must end in `.fifo`.
    """
    properties = with_defaults(resource(logical_id)["Properties"])
    redrive = properties.pop("RedrivePolicy", None)
    attributes = {key: _attribute(value) for key, value in properties.items() if key not in {"QueueName", "Tags"}}
    if redrive and dead_letter_arn:
        attributes["RedrivePolicy"] = json.dumps({**redrive, "deadLetterTargetArn": dead_letter_arn})
    return attributes


def _attribute(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
