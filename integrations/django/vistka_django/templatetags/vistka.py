"""`{% load vistka %}`, then wherever a page shows an order: shipment_status, shipment_updated, shipment_link; before a
list of orders ask_about. What a page has no order for, as in `{{ user.last_order }}`, shows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from django import template
from django.db import models
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vistka_django import shipments
from vistka_django.shipments import shipment_of
from vistka_django.wording import age, day, word

register = template.Library()


@register.simple_tag
def ask_about(orders: Iterable[models.Model]) -> str:
    """Before a loop over them: one question for all, not one for each. Shows nothing."""
    shipments.ask_about(orders or ())
    return ""


@register.simple_tag
def shipment_status(order: models.Model | None) -> str:
    """The whole status, "" while there is none."""
    return shipment_of(order).status if _is_given(order) else ""


@register.simple_tag
def shipment_updated(order: models.Model | None) -> SafeString | str:
    """How fresh the carrier's word is where that is known, else when the status last changed; "" without one."""
    if not _is_given(order):
        return ""
    shipment = shipment_of(order)
    if shipment.checked_at is not None:
        at, text = shipment.checked_at, word("checked", age=age(shipment.checked_at, timezone.now()))
    elif shipment.changed_at is not None and shipment.status:
        at, text = shipment.changed_at, word("changed", day=day(shipment.changed_at))
    else:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), text)


@register.simple_tag
def shipment_link(order: models.Model | None, text: str = "") -> SafeString | str:
    """A link to the parcel's page, with words of the shop's own if it has some; "" for an order without a number."""
    url = shipment_of(order).url if _is_given(order) else ""
    if not url:
        return ""
    # The page's address is a key to it: no other site may learn it.
    return format_html(
        '<a href="{}" rel="noopener noreferrer" referrerpolicy="no-referrer">{}</a>', url, text or word("link")
    )


def _is_given(order: object) -> TypeGuard[models.Model]:
    # What a template does not find is "".
    return order is not None and order != ""
