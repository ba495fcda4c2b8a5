"""What a page shows of an order's parcel: from the shop's own two fields, and from Vistka's web where it is set."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import models
from django.utils import timezone as zones

from vistka_django import conf, web
from vistka_django.tokens import LONGEST_ID, NONCE_BYTES, page_token

#: A page's address may stand in an old mail: it works for half a year.
LASTS = timedelta(days=180)

CARRIER_PAGE = "https://novaposhta.ua/tracking/?cargo_number="


@dataclass(frozen=True)
class Shipment:
    """`status` reads "Статус - Опис", "" while there is none; `changed_at` is when it last changed, `checked_at` since
    when the carrier's word is known to be current (by Vistka's web alone); both are aware. `url` is the parcel's page:
    Vistka's where it is set, else the carrier's; "" without a number."""

    status: str
    changed_at: datetime | None
    checked_at: datetime | None
    url: str


def shipment_of(order: models.Model) -> Shipment:
    """A web that does not answer is no failure: the shop's own fields then speak alone.

    Raises Misconfigured, and TypeError for an object that is not of the model VISTKA['ORDER']."""
    shop = conf.shop()
    if not isinstance(order, shop.order):
        raise TypeError(f"{type(order).__name__} is no {shop.order._meta.label}, which VISTKA['ORDER'] names")
    typed = str(getattr(order, shop.tracking) or "").strip()
    told = web.told_of(_number(shop, order)) if typed else None
    return Shipment(
        status=getattr(order, shop.shipment_status) or (told.headline if told else ""),
        changed_at=_aware(getattr(order, shop.shipment_status_updated)),
        checked_at=told.checked_at if told else None,
        url=told.page if told else _page(shop, order),
    )


def ask_about(orders: Iterable[models.Model]) -> None:
    """Ask Vistka's web about a whole list at once; `shipment_of` then finds the answers. Nothing without a web."""
    shop = conf.shop()
    web.ask_about([_number(shop, order) for order in orders if getattr(order, shop.tracking)])


def _number(shop: conf.Shop, order: models.Model) -> str:
    number = getattr(order, shop.number)
    return "" if number is None else str(number)


def _page(shop: conf.Shop, order: models.Model) -> str:
    typed = str(getattr(order, shop.tracking) or "").strip()
    if not typed:
        return ""
    key, fits = conf.link_key(), len(str(order.pk).encode()) <= LONGEST_ID
    if conf.web_url() and key is not None and fits:
        expires_at = int((datetime.now(timezone.utc) + LASTS).timestamp())
        token = page_token(str(order.pk), key=key, expires_at=expires_at, nonce=secrets.token_bytes(NONCE_BYTES))
        return f"{conf.web_url()}/o/{token}"
    first = re.split(r"[,;/+|\n]", typed)[0]
    return CARRIER_PAGE + quote(re.sub(r"[\s-]", "", first)[:14], safe="")


def _aware(moment: Any) -> datetime | None:
    if not isinstance(moment, datetime):
        return None
    if settings.USE_TZ or zones.is_aware(moment):
        return moment
    aware: datetime = zones.make_aware(moment, zones.get_default_timezone())
    return aware
