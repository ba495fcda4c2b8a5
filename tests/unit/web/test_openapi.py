"""What docs/openapi.yaml says of the API is what it answers."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.fakes.clock import START
from tests.unit.web.scene import API_KEY, BRANCH, COURIER, LOCKER, Scene
from vistka.domain.journeys import Course, Progress, Step
from vistka.domain.stages import STAGE_OF_CODE, Stage

ROOT: Final = Path(__file__).resolve().parents[3]
SPEC: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS: Final[dict[str, Any]] = SPEC["components"]["schemas"]
#: JSON Schema's names of types, as far as the document uses them.
TYPES: Final = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "null": type(None),
}


def check(schema: dict[str, Any], value: Any, where: str = "$") -> None:
    """Every field is there, of its type, and no field is undocumented."""
    if ref := schema.get("$ref"):
        check(SCHEMAS[ref.rpartition("/")[2]], value, where)
        return
    if "const" in schema:
        assert value == schema["const"], where
    if "enum" in schema:
        assert value in schema["enum"], (where, value)
    if kinds := schema.get("type"):
        named = kinds if isinstance(kinds, list) else [kinds]
        assert isinstance(value, tuple(TYPES[name] for name in named)), (where, value)
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        assert set(schema.get("required", ())) <= set(value), where
        assert others or set(value) <= set(known), where
        for name, inner in value.items():
            check(known.get(name) or others or {}, inner, f"{where}.{name}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            check(schema["items"], inner, f"{where}[{number}]")


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
@pytest.mark.parametrize("code", ["", *STAGE_OF_CODE, "999"])
@pytest.mark.parametrize("facts", [BRANCH, LOCKER, COURIER, {}])
def test_every_parcel_is_told_as_documented(code: str, facts: dict[str, Any], language: str) -> None:
    scene = Scene()
    moments = {"expected_at": START, "arrived_at": START, "received_at": START, "paid_storage_at": START}
    scene.put(code, *(["1", "5"] if code else []), **(facts | (moments if code else {})))
    answer = scene.get(f"/api/o/{scene.token()}", query=f"lang={language}")
    assert answer.headers["Content-Language"] == language
    check(SCHEMAS["Order"], answer.json)
    (parcel,) = answer.json["parcels"]
    assert "history" in parcel
    listed = scene.post("/api/orders", {"orders": ["TWC01", "TWC9"]}, query=f"lang={language}")
    check(SCHEMAS["Orders"], listed.json)
    del parcel["history"]
    parcel["steps"] = [step | {"at": None} for step in parcel["steps"]]  # which the history tells
    assert listed.json["orders"]["TWC01"]["parcels"] == [parcel]
    assert parcel["headline"]
    assert parcel["hint"]


def test_an_order_without_a_parcel_is_told_as_documented() -> None:
    check(SCHEMAS["Order"], Scene().get(f"/api/o/{Scene().token()}").json)


def test_a_refresh_is_told_as_documented() -> None:
    scene = Scene()
    for asked in (["TWC01"], ["TWC01", "TWC02"]):
        check(SCHEMAS["Refreshed"], scene.post("/api/orders/refresh", {"orders": asked}).json)


@pytest.mark.parametrize(
    ("method", "path", "body", "documented"),
    [
        ("GET", "/api/o/x", None, "/api/o/{token}"),
        ("POST", "/api/o/x", None, "/api/o/{token}"),
        ("GET", "/api/orders", None, "/api/orders"),
        ("POST", "/api/orders", "{", "/api/orders"),
        ("POST", "/api/orders", "{}", "/api/orders"),
        ("POST", "/api/orders/refresh", " " * 1024 * 1024, "/api/orders/refresh"),
    ],
)
def test_a_problem_is_told_as_documented(method: str, path: str, body: str | None, documented: str) -> None:
    answer = Scene().send(method, path, body=body, authorization=f"Bearer {API_KEY}")
    assert answer.headers["Content-Type"] == "application/problem+json"
    check(SCHEMAS["Problem"], answer.json)
    (operation,) = SPEC["paths"][documented].values()
    assert str(answer.status) in operation["responses"]


def test_the_document_names_every_stage_step_and_course() -> None:
    parcel = SCHEMAS["Parcel"]["properties"]
    assert set(SCHEMAS["Stage"]["enum"]) == {*map(str, Stage), None}
    assert set(parcel["course"]["enum"]) == set(map(str, Course))
    step = parcel["steps"]["items"]["properties"]
    assert set(step["step"]["enum"]) == set(map(str, Step))
    assert set(step["progress"]["enum"]) == set(map(str, Progress))
