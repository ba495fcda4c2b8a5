"""What a parcel does in a scenario: the steps of its story, in seconds from the scenario's epoch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

#: A step with this code means: the carrier's answer has no item for the number at all.
NO_ITEM: Final = "-"
#: The undocumented stub: nine keys and an empty sentence.
STUB: Final = "80"
NOT_FOUND: Final = "3"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A branch or a parcel locker. `category` as the carrier writes it: Branch or Postomat."""

    number: int
    category: str
    street: str

    @property
    def name(self) -> str:
        kind = 'Поштомат "Нова Пошта"' if self.category == "Postomat" else "Відділення"
        return f"{kind} №{self.number}: {self.street}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """From `at` seconds on the carrier answers this code and sentence; a `place` given here replaces the parcel's."""

    at: int
    code: str
    text: str = ""
    place: Place | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A waybill made on the basis of another: CargoReturn, Redirecting or MoneyTransfer; shown from `at` on."""

    ttn: str
    type: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One waybill. `place` None: a courier brings it. Sums in hryvnias; `redelivery` comes back to the sender.

    `refused`: the carrier calls the number malformed, which fails the whole request it stands in. `paid_from`: seconds
    from the epoch at which its storage is to be paid for; None: so many days after its arrival.
    """

    ttn: str
    recipient: str
    phone: str
    sender: str
    phone_sender: str
    city_from: str
    city: str
    place: Place | None
    street: str
    weight: float
    cost: int
    declared: int
    to_pay: int = 0
    redelivery: int = 0
    child: Child | None = None
    return_of: str = ""
    reason: str = ""
    refused: bool = False
    paid_from: int | None = None
    steps: tuple[Step, ...] = ()

    def step(self, at: int) -> Step | None:
        """The step that holds `at` seconds after the epoch; None while the carrier has not heard of the parcel."""
        return max((s for s in self.steps if s.at <= at), key=lambda s: s.at, default=None)

    def place_at(self, at: int) -> Place | None:
        """Where it goes or lies: the newest place that a step named, else the parcel's own."""
        named = [s for s in self.steps if s.at <= at and s.place is not None]
        return max(named, key=lambda s: s.at).place if named else self.place

    def first(self, codes: frozenset[str], at: int) -> int | None:
        """When the first step with one of these codes came, if it has come by `at`."""
        return min((s.at for s in self.steps if s.at <= at and s.code in codes), default=None)

    def moved(self, step: Step) -> "Parcel":
        """The same parcel with one more step; later steps of the script are dropped, so that it stays there."""
        return replace(self, steps=(*(s for s in self.steps if s.at < step.at), step))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for something that is not a parcel."""
        values = dict(data)
        values["place"] = _place(values.get("place"))
        values["child"] = Child(**values["child"]) if values.get("child") else None
        values["steps"] = tuple(
            sorted(
                (Step(**{**step, "place": _place(step.get("place"))}) for step in values.get("steps") or ()),
                key=lambda s: s.at,
            )
        )
        return cls(**values)


def _place(data: Mapping[str, Any] | None) -> Place | None:
    return Place(**data) if data else None
