"""A day in figures: how the parcels of a shop stand, counted one by one."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from vistka.domain.deadlines import Deadline, ReminderRules, deadlines_of, owes_money
from vistka.domain.notices import Kind
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import WAITING_STAGES, Stage
from vistka.domain.sums import money_of_shop, sum_to_pay

#: What each figure counts; the others depend on days.
_FIGURES: Final = {
    Stage.IN_TRANSIT: "on_its_way",
    Stage.ARRIVED_CITY: "on_its_way",
    Stage.OUT_FOR_DELIVERY: "on_its_way",
    Stage.FAILED_ATTEMPT: "on_its_way",
    Stage.POSTPONED: "on_its_way",
    Stage.REDIRECTED: "on_its_way",
    Stage.AT_BRANCH: "waiting",
    Stage.AT_LOCKER: "waiting",
    Stage.STORAGE_ENDED: "storage_ended",
    Stage.REFUSED: "refused",
    Stage.RETURNING: "coming_back",
    Stage.RETURN_WAITING: "return_waiting",
    Stage.NOT_FOUND: "unknown",
}


@dataclass(kw_only=True)
class Tally:
    """`longest`: days that a parcel has waited for its buyer, at most; `risk`: what is to be paid for those that wait
    too long; `owed`: what was received and is not paid out. `today` is Kyiv's."""

    today: date
    rules: ReminderRules
    figures: Counter[str] = field(default_factory=Counter)
    longest: int = 0
    risk: Decimal = Decimal()
    owed: Decimal = Decimal()

    def add(self, state: ParcelState) -> None:
        """A parcel whose story has ended counts for nothing."""
        if state.ended:
            return
        if state.stage in _FIGURES:
            self.figures[_FIGURES[state.stage]] += 1
        deadlines = {one.kind: one for one in deadlines_of(state, self.rules)}
        if (waits := deadlines.get(Kind.WAITING_LONG)) is not None and state.stage in WAITING_STAGES:
            self._waits(state, waits)
        if (made := deadlines.get(Kind.NOT_HANDED_OVER)) is not None and made.day <= self.today:
            self.figures["not_handed_over"] += 1
        if state.facts is not None and owes_money(state.facts):
            self.figures["money"] += 1
            self.owed += money_of_shop(state.facts) or 0

    def _waits(self, state: ParcelState, deadline: Deadline) -> None:
        self.longest = max(self.longest, (self.today - deadline.since).days)
        if deadline.day <= self.today and state.facts is not None:
            self.figures["late"] += 1
            self.risk += sum_to_pay(state.facts) or 0

    @property
    def says_something(self) -> bool:
        return self.figures.total() > 0

    def payload(self) -> dict[str, Any]:
        """What the text is made of: whole numbers, and sums as text."""
        return {
            "day": self.today.isoformat(),
            "figures": {name: number for name, number in sorted(self.figures.items()) if number},
            "longest": self.longest,
            "late_days": self.rules.waiting_days,
            "created_days": self.rules.not_handed_over_days,
            "risk": str(self.risk),
            "owed": str(self.owed),
        }
