"""Plurals, days and sums as a language writes them, from CLDR."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from vistka.domain.kyiv import kyiv

#: CLDR's category -> which of the forms a template gives.
_FORM: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        "uk": {"one": 0, "few": 1, "many": 2, "other": 1},
        "ru": {"one": 0, "few": 1, "many": 2, "other": 1},
        "en": {"one": 0, "other": 1},
    }
)


class Language:
    """The filters of one language's templates. Moments are aware; people read them in Kyiv, with its summer time."""

    def __init__(self, code: str) -> None:
        self._locale = Locale.parse(code)
        self._forms = _FORM[code]

    @property
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "plural": self.plural,
            "day": self.day,
            "weekday": self.weekday,
            "month": self.month,
            "moment": self.moment,
            "money": self.money,
            "number": self.number,
        }

    def plural(self, number: int, *forms: str) -> str:
        """The form that goes with the number: 1 день, 2 дні, 5 днів, 11 днів, 21 день."""
        return forms[self._forms[self._locale.plural_form(number)]]

    def day(self, day: date) -> str:
        """The number and its month do not part at a line's end."""
        return format_date(day, "d\u00a0MMMM", locale=self._locale)

    def weekday(self, day: date) -> str:
        # CLDR writes «пʼятниця» with U+02BC; our texts have one apostrophe, the one that people type on a phone.
        return format_date(day, "EEEE, d\u00a0MMMM", locale=self._locale).replace("\u02bc", "’")

    def month(self, day: date) -> str:
        """The month of a day, by itself: листопад 2026."""
        return format_date(day, "LLLL y", locale=self._locale)

    def moment(self, moment: datetime) -> str:
        local = moment.astimezone(kyiv())
        return f"{self.day(local.date())}, {local:%H:%M}"

    def number(self, number: int) -> str:
        return format_decimal(number, "#,##0", locale=self._locale)

    def money(self, amount: Decimal) -> str:
        """Whole hryvnias without kopiikas; digits and currency do not part at a line's end."""
        pattern = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
        return format_decimal(amount, pattern, locale=self._locale)
