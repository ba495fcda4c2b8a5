"""Which kinds of news go to whom: few to the buyer, what needs doing to the shop; a shop may choose otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

from vistka.domain.notices import OF_PARCELS, Audience, Kind

#: What a shop can choose; the other kinds are told to the one whom they concern. A return that waits is the shop's to
#: fetch.
CHOOSABLE: Final[Mapping[Audience, frozenset[Kind]]] = MappingProxyType(
    {
        Audience.BUYER: OF_PARCELS - {Kind.RETURN_WAITING},
        Audience.SHOP: OF_PARCELS,
        Audience.ORDER: frozenset(),
        Audience.WEBHOOK: frozenset(),
    }
)

#: Three, of which a courier's story has WITH_COURIER in the place of WAITING, and one reminder.
_BUYER: Final = frozenset({Kind.ON_ITS_WAY, Kind.WITH_COURIER, Kind.WAITING, Kind.RECEIVED, Kind.LAST_DAY})
#: What somebody in the shop has to see to.
_SHOP: Final = frozenset(
    {
        Kind.REFUSED,
        Kind.STORAGE_ENDED,
        Kind.RETURN_WAITING,
        Kind.RETURNED,
        Kind.NOT_HANDED_OVER,
        Kind.WAITING_LONG,
        Kind.MONEY_OVERDUE,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Audiences:
    """The kinds that each audience hears of; a kind that neither does is not even recorded."""

    buyer: frozenset[Kind] = _BUYER
    shop: frozenset[Kind] = _SHOP

    @classmethod
    def parse(cls, *, buyer: str = "", shop: str = "") -> Self:
        """Read two comma lists of kinds; `+kind` and `-kind` change the default, `none` empties it, "" keeps it.

        Raises ValueError, which names what is no kind and the kinds there are.
        """
        return cls(
            buyer=_chosen(buyer, _BUYER, CHOOSABLE[Audience.BUYER]),
            shop=_chosen(shop, _SHOP, CHOOSABLE[Audience.SHOP]),
        )

    def of(self, audience: Audience) -> frozenset[Kind]:
        match audience:
            case Audience.BUYER:
                return self.buyer
            case Audience.SHOP:
                return self.shop
            case _:
                return frozenset()


def _chosen(text: str, default: frozenset[Kind], choosable: frozenset[Kind]) -> frozenset[Kind]:
    def kind(name: str) -> Kind:
        name = name.strip()
        if name in Kind and Kind(name) in choosable:
            return Kind(name)
        raise ValueError(f"{name!r} is no kind of news that can be chosen; those are {', '.join(sorted(choosable))}")

    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or names == ["none"]:
        return frozenset() if names else default
    changes = [name[0] in "+-" for name in names]
    if any(changes) and not all(changes):
        raise ValueError("either lists the kinds, or changes the default by +kind and -kind: not both")
    if not any(changes):
        return frozenset(map(kind, names))
    added = {kind(name[1:]) for name in names if name[0] == "+"}
    return default - {kind(name[1:]) for name in names if name[0] == "-"} | added
