"""Invented people, places and phones; the phones stand in a range that no operator has."""

from random import Random
from typing import Final

from local.scenario.script import Place

_WOMEN: Final = """
Олена Ірина Наталія Оксана Юлія Марія Світлана Катерина Тетяна Ганна Соломія Дарина
"""
_MEN: Final = """
Іван Петро Олексій Андрій Сергій Михайло Тарас Юрій Богдан Назар Ярослав Євген
"""
_SURNAMES: Final = """
Вигаданко Приклад Зразковий Уявний Тестенко Макетюк Ескізний Чернетко Начерк Пробний Шаблонюк Взірець Казковий
Небилиця Байкар Легендюк Мрійник Примара Фантазюк Здогад
"""
_PLAIN_CITIES: Final = """
Київ Львів Одеса Харків Дніпро Полтава Чернігів Луцьк Рівне Тернопіль Ужгород Черкаси Вінниця Житомир
"""
CITIES: Final = (
    *_PLAIN_CITIES.split(),
    "Кам'янець-Подільський",
    "Біла Церква",
    "Івано-Франківськ",
)
_STREETS: Final = """
Вигадана Казкова Уявна Зразкова Мрійлива Тиха Світла Небувала Затишна Приязна
"""
#: What an address must survive on its way into a message.
ANGLE_STREET: Final = "вул. Світла, 5 (ТЦ «A<B & C»)"
ANGLE_NAME: Final = "Іван A<B & C Приклад"


def name(rng: Random) -> tuple[str, str]:
    """First name and surname."""
    return rng.choice((_WOMEN + _MEN).split()), rng.choice(_SURNAMES.split())


def street(rng: Random) -> str:
    return f"вул. {rng.choice(_STREETS.split())}, {rng.randint(1, 180)}"


def branch(rng: Random) -> Place:
    return Place(number=rng.randint(1, 340), category="Branch", street=street(rng))


def locker(rng: Random) -> Place:
    return Place(number=rng.randint(20_100, 48_900), category="Postomat", street=street(rng))


def phone(number: int) -> str:
    """As the carrier has it: 380XXXXXXXXX."""
    return f"38060{number:07d}"


def typed_phone(rng: Random, plain: str) -> str:
    """As people type it into an order."""
    forms = (
        plain,
        f"+{plain}",
        plain[2:],
        f"+38 ({plain[2:5]}) {plain[5:8]}-{plain[8:10]}-{plain[10:]}",
        f"{plain[2:5]} {plain[5:8]} {plain[8:10]} {plain[10:]}",
    )
    return rng.choice(forms)
