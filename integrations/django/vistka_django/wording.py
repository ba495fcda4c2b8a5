"""What the tags and the admin say, in the languages that shops have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "uk": {
        "changed": "Статус змінено {day}",
        "link": "Стежити за посилкою",
        "parcel": "Посилка",
        "none": "Ще без статусу",
        "under_way": "У дорозі",
        "waiting": "Чекає на покупця",
        "received": "Отримано",
        "coming_back": "Відмова й повернення",
        "trouble": "Потребує уваги",
    },
    "ru": {
        "changed": "Статус изменён {day}",
        "link": "Отследить посылку",
        "parcel": "Посылка",
        "none": "Ещё без статуса",
        "under_way": "В пути",
        "waiting": "Ждёт покупателя",
        "received": "Получено",
        "coming_back": "Отказ и возврат",
        "trouble": "Требует внимания",
    },
    "en": {
        "changed": "Status changed on {day}",
        "link": "Track the parcel",
        "parcel": "Parcel",
        "none": "No status yet",
        "under_way": "On its way",
        "waiting": "Waiting for the buyer",
        "received": "Received",
        "coming_back": "Refused, coming back",
        "trouble": "Needs attention",
    },
}


def word(name: str, **given: object) -> str:
    """In the language that Django has switched on; Ukrainian where it is none of ours."""
    code = (get_language() or "uk")[:2]
    return _WORDS.get(code, _WORDS["uk"])[name].format(**given)


def day(moment: datetime) -> str:
    """Day and minute in the shop's own zone and language."""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return str(date_format(local, "j E Y, H:i"))
