"""Who hears of what in stories that are not about reminders."""

from typing import Final

from vistka.domain.audience import Audiences
from vistka.domain.notices import REMINDERS


def hearers(*, buyer: str = "", shop: str = "") -> Audiences:
    """`Audiences.parse` without reminders."""
    chosen = Audiences.parse(buyer=buyer, shop=shop)
    return Audiences(buyer=chosen.buyer - REMINDERS, shop=chosen.shop - REMINDERS)


#: The usual choice.
CHANGES_ONLY: Final = hearers()
