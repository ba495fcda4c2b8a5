"""From a plot to a parcel: its people and places, and every step with the sentence that the carrier writes then."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from local.scenario.people import ANGLE_STREET, CITIES, branch, locker, name, phone, street
from local.scenario.plots import Plot
from local.scenario.script import Child, Parcel, Place, Step
from local.standins.carrier_item import KYIV
from local.standins.words import sentence

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_PREFIXES: Final = ("2045", "5900", "2040", "5140")
_REASONS: Final = ("Відмова отримувача", "Отримувач не з'явився", "Не влаштував товар")
#: How a parcel made on the basis of another goes on, in hours from when it was made.
_GOES_ON: Final = {"CargoReturn": "0 1 | 2 4 | 13 5 | 63 7 | 83 9", "Redirecting": "0 1 | 1 5 | 70 7"}


@dataclass(slots=True)
class Journeys:
    epoch: datetime
    rng: Random
    _made: int = 0

    def parcel(self, plot: Plot) -> tuple[Parcel, Parcel | None]:
        """The parcel, and the one made on its basis where the carrier tracks it."""
        rng, ttn = self.rng, self._number()
        city_from, city = "Харків", rng.choice(CITIES)
        place = self._place(plot)
        # One shift for the whole story keeps its order; past ones may lie further back.
        shift = int(rng.uniform(-0.25, 0.25) * _HOUR) - rng.randint(0, plot.days) * _DAY
        child = None
        if plot.child is not None:
            kind, hours = plot.child
            child = Child(ttn=self._number(), type=kind, at=int(hours * _HOUR) + shift)
        declared = rng.randrange(500, 4_000, 50)
        redelivery = declared - rng.choice((0, 200)) if plot.money else 0
        first, surname = name(rng)
        parcel = Parcel(
            ttn=ttn,
            recipient=f"{surname} {first}",
            phone=phone(self._made),
            sender="Зразковий Магазин",
            phone_sender=phone(0),
            city_from=city_from,
            city=city,
            place=place,
            street=street(rng),
            weight=rng.choice((0.5, 1.0, 1.2, 2.5, 4.75)),
            cost=rng.randrange(65, 190),
            declared=declared,
            to_pay=redelivery + rng.randrange(65, 190) if redelivery else 0,
            redelivery=redelivery,
            child=child,
            reason=rng.choice(_REASONS),
            steps=self._steps(plot.story, shift, city_from=city_from, city=city, place=place),
        )
        return parcel, self._made_of(parcel)

    def _made_of(self, parcel: Parcel) -> Parcel | None:
        child = parcel.child
        if child is None or child.type not in _GOES_ON:
            return None
        back = child.type == "CargoReturn"
        city_from, city = (parcel.city, parcel.city_from) if back else (parcel.city_from, parcel.city)
        place = branch(self.rng)
        return Parcel(
            ttn=child.ttn,
            recipient=parcel.sender if back else parcel.recipient,
            phone=parcel.phone_sender if back else parcel.phone,
            sender=parcel.recipient if back else parcel.sender,
            phone_sender=parcel.phone if back else parcel.phone_sender,
            city_from=city_from,
            city=city,
            place=place,
            street=street(self.rng),
            weight=parcel.weight,
            cost=parcel.cost,
            declared=parcel.declared,
            return_of=parcel.ttn if back else "",
            steps=self._steps(_GOES_ON[child.type], child.at, city_from=city_from, city=city, place=place),
        )

    def _steps(self, story: str, shift: int, *, city_from: str, city: str, place: Place | None) -> tuple[Step, ...]:
        steps = []
        for word in filter(None, story.split(" | ")):
            hours, code = word.split()
            at = int(float(hours) * _HOUR) + shift
            variant = code.count("*")
            code = code.rstrip("*")
            # 107: carried from the locker to a branch.
            named = branch(self.rng) if code == "107" else None
            moment = self.epoch.astimezone(UTC) + timedelta(seconds=at)
            words = (
                ""
                if code == "-"
                else sentence(
                    code,
                    city_from=city_from,
                    city=city,
                    place=named or place,
                    when=moment.astimezone(KYIV),
                    variant=variant,
                )
            )
            steps.append(Step(at=at, code=code, text=words, place=named))
        return tuple(steps)

    def _place(self, plot: Plot) -> Place | None:
        match plot.way:
            case "courier":
                return None
            case "locker":
                return locker(self.rng)
            case _ if plot.angle:
                return Place(number=12, category="Branch", street=ANGLE_STREET)
            case _:
                return branch(self.rng)

    def _number(self) -> str:
        self._made += 1
        return f"{_PREFIXES[self._made % len(_PREFIXES)]}{9_000_000_000 + self._made * 7_919:010d}"
