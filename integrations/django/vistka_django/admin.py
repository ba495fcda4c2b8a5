"""For the shop's own `ModelAdmin` of orders: `class OrderAdmin(ShipmentAdmin, admin.ModelAdmin)`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vistka_django import conf
from vistka_django.shipments import ask_about, shipment_of
from vistka_django.wording import age, day, word

#: What an order list is searched for, by how `shipment_status` begins: the labels of Vistka's stages.
GROUPS: dict[str, tuple[str, ...]] = {
    "under_way": (
        "Накладну створено",
        "В дорозі",
        "У місті одержувача",
        "Доставка на адресу",
        "Переадресовано",
        "Доставку перенесено",
    ),
    "waiting": ("Чекає у відділенні", "Чекає в поштоматі"),
    "received": ("Отримано",),
    "coming_back": ("Відмова", "Повертається", "Повернення чекає", "Повернено"),
    "trouble": (
        "Номер не знайдено",
        "Накладну видалено",
        "Невдала спроба доставки",
        "Зберігання закінчилося",
        "Знищено",
    ),
}


#: In the language of whoever looks.
_word = lazy(word, str)


class ShipmentFilter(admin.SimpleListFilter):
    title = _word("filter")
    parameter_name = "shipment"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(name, word(name)) for name in (*GROUPS, "none")]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        shop, wanted = conf.shop(), self.value()
        if wanted == "none":
            empty = Q(**{f"{shop.shipment_status}__isnull": True}) | Q(**{shop.shipment_status: ""})
            numbered = Q(**{f"{shop.tracking}__isnull": False}) & ~Q(**{shop.tracking: ""})
            return queryset.filter(empty & numbered)
        labels = GROUPS.get(wanted or "", ())
        found = Q()
        for label in labels:
            found |= Q(**{f"{shop.shipment_status}__startswith": label})
        return queryset.filter(found) if labels else queryset


class ShipmentAdmin:
    """A column with status, age and link, and a filter by what the parcel does.

    The column comes last unless `list_display` names `vistka_shipment` where it is to stand.
    """

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        shown = tuple(super().get_list_display(request))  # type: ignore[misc]
        return shown if "vistka_shipment" in shown else (*shown, "vistka_shipment")

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (*super().get_list_filter(request), ShipmentFilter)  # type: ignore[misc]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)  # type: ignore[misc]
        ask_about(page.result_list)
        return page

    @admin.display(description=_word("parcel"))
    def vistka_shipment(self, order: models.Model) -> SafeString | str:
        shipment = shipment_of(order)
        if not shipment.url:
            return "—"
        if shipment.checked_at is not None:
            when = word("checked", age=age(shipment.checked_at, timezone.now()))
        else:
            when = day(shipment.changed_at) if shipment.changed_at and shipment.status else ""
        return format_html(
            '<span style="display:inline-block;min-width:15em;white-space:normal"><a href="{}" target="_blank" '
            'rel="noopener noreferrer" referrerpolicy="no-referrer">{}</a><br>'
            '<small style="color:var(--body-quiet-color)">{}</small></span>',
            shipment.url,
            shipment.status or word("none"),
            when,
        )
