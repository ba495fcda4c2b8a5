"""The setting VISTKA: which of the shop's models and fields are meant, and the keys that open the door."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from vistka_django.rules import Rules, read
from vistka_django.signing import SHORTEST_SECRET
from vistka_django.tokens import read_key

#: What a shop that follows the guide need not write.
DEFAULTS: Mapping[str, Any] = {
    "KEYS": {},
    "ORDER": "orders.Order",
    "NUMBER": "order_number",
    "TRACKING": "tracking_number",
    "STATUS": "status",
    "OPEN_STATUSES": ["new", "prep", "ship"],
    "SHIPMENT_STATUS": "shipment_status",
    "SHIPMENT_STATUS_UPDATED": "shipment_status_updated",
    "PHONE": "phone",
    "USER": "user",
    "LANGUAGE": "",
    "ORDER_CHAT": "",
    "PROFILE": "accounts.UserProfile",
    "PROFILE_USER": "user",
    "CHAT": "telegram_id",
    "PROFILE_LANGUAGE": "",
    "WEB_URL": "",
    "WEB_KEY": "",
    "LINK_KEY": "",
    "RULES": {},
    "STACK": "",
    "REGION": "",
}
_ORDER_FIELDS = ("NUMBER", "TRACKING", "STATUS", "SHIPMENT_STATUS", "SHIPMENT_STATUS_UPDATED", "PHONE", "USER")
_MAY_BE_EMPTY = frozenset({"PHONE", "USER", "LANGUAGE", "ORDER_CHAT", "PROFILE_LANGUAGE"})


@dataclass(frozen=True)
class Shop:
    """The setting, resolved: fields by their names in the models, "" for those that the shop has not."""

    order: type[models.Model]
    number: str
    tracking: str
    status: str
    open_statuses: tuple[Any, ...]
    shipment_status: str
    shipment_status_updated: str
    phone: str
    user: str
    language: str
    order_chat: str
    profile: type[models.Model] | None
    profile_user: str
    chat: str
    profile_language: str
    rules: Rules

    @property
    def length(self) -> int:
        """Characters that the status text may have, 0 for no limit."""
        return getattr(self.order._meta.get_field(self.shipment_status), "max_length", None) or 0


class Misconfigured(Exception):
    """`problems` name the setting each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def given() -> dict[str, Any]:
    own = _own()
    return {**DEFAULTS, **(own if isinstance(own, Mapping) else {})}


def _own() -> Any:
    return getattr(settings, "VISTKA", None) or {}


def keys() -> dict[str, str]:
    """The usable ones: a short secret opens nothing."""
    configured = given()["KEYS"]
    if not isinstance(configured, Mapping):
        return {}
    return {str(key): secret for key, secret in configured.items() if _is_usable(secret)}


def web_url() -> str:
    """Vistka's web, the stack's output WebUrl, without a slash at its end; "" where there is none."""
    return str(given()["WEB_URL"] or "").rstrip("/")


def web_key() -> str:
    """One of the keys that ApiKeysParameter holds; "" where there is none."""
    return str(given()["WEB_KEY"] or "")


def link_key() -> tuple[int, bytes] | None:
    """The key that signs links: its number and its bytes; None where there is none."""
    return read_key(str(given()["LINK_KEY"] or ""))


def shop() -> Shop:
    """Raises Misconfigured, with every problem at once."""
    value = given()
    problems = [*_unknown(), *_strange_keys(value["KEYS"])]
    order = _model("ORDER", value, problems)
    profile = _model("PROFILE", value, problems) if value["PROFILE"] else None
    for name in (*_ORDER_FIELDS, "LANGUAGE", "ORDER_CHAT"):
        problems += _field(order, name, value)
    if profile is not None:
        for name in ("PROFILE_USER", "CHAT", "PROFILE_LANGUAGE"):
            problems += _field(profile, name, value)
    rules = read(value["RULES"], problems)
    for name in ("PAY_TYPE", "PAYMENT_STATUS"):
        if field := getattr(rules, name.lower()):
            problems += [
                each.replace(f"[{name!r}]", f"['RULES'][{name!r}]") for each in _field(order, name, {name: field})
            ]
    statuses = value["OPEN_STATUSES"]
    if not isinstance(statuses, (list, tuple)) or not statuses:
        problems.append("VISTKA['OPEN_STATUSES']: list the statuses of orders that are still under way")
    if order is None or problems:
        raise Misconfigured(problems)
    return Shop(
        order=order,
        number=value["NUMBER"],
        tracking=value["TRACKING"],
        status=value["STATUS"],
        open_statuses=tuple(statuses),
        shipment_status=value["SHIPMENT_STATUS"],
        shipment_status_updated=value["SHIPMENT_STATUS_UPDATED"],
        phone=value["PHONE"],
        user=value["USER"],
        language=value["LANGUAGE"],
        order_chat=value["ORDER_CHAT"],
        profile=profile,
        profile_user=value["PROFILE_USER"],
        chat=value["CHAT"],
        profile_language=value["PROFILE_LANGUAGE"],
        rules=rules,
    )


def _is_usable(secret: object) -> bool:
    return isinstance(secret, str) and len(secret) >= SHORTEST_SECRET


def _strange_keys(configured: object) -> Iterator[str]:
    if not isinstance(configured, Mapping):
        yield "VISTKA['KEYS']: must be a dictionary of key ids and secrets"
        return
    for key, secret in configured.items():
        if secret and not _is_usable(secret):
            yield f"VISTKA['KEYS'][{key!r}]: a secret has at least {SHORTEST_SECRET} characters"


def _unknown() -> Iterator[str]:
    own = _own()
    if not isinstance(own, Mapping):
        yield "VISTKA: must be a dictionary"
        return
    for name in own:
        if name not in DEFAULTS:
            near = difflib.get_close_matches(str(name), DEFAULTS, n=1)
            yield f"VISTKA[{name!r}]: unknown setting" + (f"; is {near[0]} meant?" if near else "")


def _model(name: str, value: Mapping[str, Any], problems: list[str]) -> type[models.Model] | None:
    try:
        model: type[models.Model] = apps.get_model(value[name])
    except (LookupError, ValueError, AttributeError, TypeError):
        problems.append(f"VISTKA[{name!r}]: there is no model {value[name]!r}; write it as 'app.Model'")
        return None
    return model


def _field(model: type[models.Model] | None, name: str, value: Mapping[str, Any]) -> Iterator[str]:
    field = value[name]
    if model is None or (not field and name in _MAY_BE_EMPTY):
        return
    try:
        found = model._meta.get_field(field)
    except (FieldDoesNotExist, TypeError):
        names = [each.name for each in model._meta.concrete_fields]
        near = difflib.get_close_matches(str(field), names, n=1)
        meant = f"; is {near[0]!r} meant?" if near else ""
        yield f"VISTKA[{name!r}]: {model._meta.label} has no field {field!r}{meant}"
        return
    if not getattr(found, "concrete", False) or found.many_to_many:
        yield f"VISTKA[{name!r}]: {model._meta.label}.{field} is no column"
    elif name in {"TRACKING", "SHIPMENT_STATUS"} and not isinstance(found, (models.CharField, models.TextField)):
        yield f"VISTKA[{name!r}]: {model._meta.label}.{field} must hold text"
    elif name == "SHIPMENT_STATUS_UPDATED" and not isinstance(found, models.DateTimeField):
        yield f"VISTKA[{name!r}]: {model._meta.label}.{field} must be a DateTimeField"
