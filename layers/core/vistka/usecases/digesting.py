"""Once a day the shop's own chat hears how its parcels stand, if there is something to say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from vistka.domain.deadlines import ReminderRules
from vistka.domain.digest import Tally
from vistka.domain.errors import StoreUnavailable
from vistka.domain.hours import at_hour
from vistka.domain.kyiv import kyiv_date
from vistka.domain.messages import PollOrder
from vistka.domain.notices import NO_PARCEL, SHOP_KEY, Kind
from vistka.domain.parcels import ParcelState
from vistka.ports import Ledger, ParcelStore
from vistka.usecases.announcing import Announcer

#: STATEs held at a time.
_PAGE: Final = 1000
_DAY: Final = timedelta(days=1)
#: Of a digest of which there is nothing to tell: that it was looked for is remembered.
NOTHING: Final = "nothing to tell"


@dataclass(kw_only=True)
class Digester:
    """For one run. It counts while the run lists the open orders, and from the store what is followed without one;
    `hour` is Kyiv's. A run that misses the hour is caught up with on the same day."""

    announcer: Announcer
    ledger: Ledger
    parcels: ParcelStore
    now: datetime
    hour: int
    rules: ReminderRules
    say: Callable[..., None]
    _tally: Tally | None = field(default=None, init=False)
    _wanted: bool | None = field(default=None, init=False)
    _followed: dict[str, None] = field(default_factory=dict, init=False)
    _counted: set[str] = field(default_factory=set, init=False)

    def listed(self, entries: Iterable[PollOrder], states: Mapping[str, ParcelState]) -> None:
        """Raises nothing: a digest stops no run."""
        if not self._is_wanted() or self._tally is None:
            return
        for entry in entries:
            for ttn in entry.ttns:
                self._followed.pop(ttn, None)
                # Orders may share a parcel, and so may the pages that they are listed in: it waits once, and so does
                # its sum.
                if ttn not in self._counted and (state := states.get(ttn)) is not None:
                    self._counted.add(ttn)
                    self._tally.add(state)

    def tell(self) -> bool:
        """Once every open order was listed; whether this call told something. Raises StoreUnavailable."""
        if not self._is_wanted() or self._tally is None:
            return False
        for ttns in batched(self._followed, _PAGE, strict=False):
            for state in self.parcels.states(ttns).values():
                self._tally.add(state)
        self._tally.figures["untold"] += self._untold()
        quietly = "" if self._tally.says_something else NOTHING
        made = self.announcer.announce(Kind.DIGEST, self._day(), self._tally.payload(), quietly=quietly)
        return made and not quietly

    def _is_wanted(self) -> bool:
        """Asked of the ledger once a run, after the hour."""
        if self._wanted is None:
            self._wanted = False
            if self.now < at_hour(kyiv_date(self.now), self.hour):
                return False
            try:
                self._wanted = not self.announcer.knows(Kind.DIGEST, self._day())
                if self._wanted:
                    self._tally = Tally(today=kyiv_date(self.now), rules=self.rules)
                    self._followed = dict.fromkeys(self.parcels.followed())
            except StoreUnavailable as error:
                self._wanted = False
                self.say("the digest is left to a later run", reason=str(error))
        return self._wanted

    def _day(self) -> str:
        return kyiv_date(self.now).isoformat()

    def _untold(self) -> int:
        """Buyers who could not be told in the last day, as the hourly summaries counted them."""
        told = (one for one in self.ledger.of_parcel(SHOP_KEY, NO_PARCEL) if one.kind is Kind.UNTOLD)
        counts = (one.payload.get("counts") for one in told if self.now - one.created_at < _DAY)
        return sum(sum(count.values()) for count in counts if isinstance(count, Mapping))
