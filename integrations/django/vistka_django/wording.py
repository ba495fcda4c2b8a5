"""What the tags and the admin say, in the languages that shops have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

_WORDS: Mapping[str, Mapping[str, str]] = {
    "uk": {
        "checked": "Статус перевізника оновлено {age}",
        "now": "щойно",
        "minutes": "{n} хв тому",
        "hours": "{n} год тому",
        "days": "{n} дн. тому",
        "changed": "Статус змінено {day}",
        "link": "Стежити за посилкою",
        "parcel": "Посилка",
        "filter": "посилкою",
        "none": "Ще без статусу",
        "under_way": "У дорозі",
        "waiting": "Чекає на покупця",
        "received": "Отримано",
        "coming_back": "Відмова й повернення",
        "trouble": "Потребує уваги",
    },
    "ru": {
        "checked": "Статус перевозчика обновлён {age}",
        "now": "только что",
        "minutes": "{n} мин назад",
        "hours": "{n} ч назад",
        "days": "{n} дн. назад",
        "changed": "Статус изменён {day}",
        "link": "Отследить посылку",
        "parcel": "Посылка",
        "filter": "посылка",
        "none": "Ещё без статуса",
        "under_way": "В пути",
        "waiting": "Ждёт покупателя",
        "received": "Получено",
        "coming_back": "Отказ и возврат",
        "trouble": "Требует внимания",
    },
    "en": {
        "checked": "Carrier’s status updated {age}",
        "now": "just now",
        "minutes": "{n} min ago",
        "hours": "{n} h ago",
        "days": "{n} d ago",
        "changed": "Status changed on {day}",
        "link": "Track the parcel",
        "parcel": "Parcel",
        "filter": "parcel",
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


def age(since: datetime, now: datetime) -> str:
    """How long ago that was, in a form without plurals. Both are aware; what is still to come is now."""
    minutes = int(max(now - since, timedelta()).total_seconds() // 60)
    if minutes < 1:
        return word("now")
    if minutes < 60:
        return word("minutes", n=minutes)
    if minutes < 48 * 60:
        return word("hours", n=minutes // 60)
    return word("days", n=minutes // (24 * 60))


def day(moment: datetime) -> str:
    """Day and minute in the shop's own zone and language."""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return str(date_format(local, "j E Y, H:i"))
