"""How the carrier is: noted by the trackers, and told to the shop's chat once each time it is unwell for long."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from vistka.domain.errors import CarrierUnavailable, CredentialRefused, StoreConflict, StoreUnavailable, VistkaError
from vistka.domain.notices import Kind
from vistka.domain.parcels import to_iso
from vistka.ports import Answers, Clock
from vistka.usecases.announcing import Announcer


class Trouble(StrEnum):
    SILENT = "silent"  # no usable answer, after retries
    REFUSED = "refused"  # the key


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """Since when it is so, and when that was noted last."""

    since: datetime
    noted_at: datetime


class HealthBook(Protocol):
    """Each raises StoreUnavailable."""

    def read(self) -> Mapping[Trouble, Spell]:
        """What there is of trouble; nothing while all is well."""
        ...

    def note(self, trouble: Trouble, at: datetime) -> None:
        """It is so, and began at this moment unless it stands there already."""
        ...

    def clear(self, trouble: Trouble) -> None: ...


@dataclass(kw_only=True)
class Pulse:
    """Of one environment. It writes trouble down, once in `every`, and that what it wrote is over: polls that go well
    cost nothing."""

    book: HealthBook
    clock: Clock
    every: timedelta
    say: Callable[..., None]
    _noted: dict[Trouble, datetime] = field(default_factory=dict, init=False)

    def answered(self, answers: Answers) -> None:
        self._over(Trouble.SILENT)
        if answers.keyless:
            self._is(Trouble.REFUSED)
        else:
            self._over(Trouble.REFUSED)

    def failed(self, error: VistkaError) -> None:
        """Only what tells of the carrier: not the pace, and not our own mistakes."""
        if isinstance(error, CredentialRefused):
            self._over(Trouble.SILENT)
            self._is(Trouble.REFUSED)
        elif isinstance(error, CarrierUnavailable):
            self._is(Trouble.SILENT)

    def _is(self, trouble: Trouble) -> None:
        now, before = self.clock.now(), self._noted.get(trouble)
        if before is None or now - before >= self.every:
            self._write(lambda: self.book.note(trouble, now))
            self._noted[trouble] = now

    def _over(self, trouble: Trouble) -> None:
        if trouble in self._noted:
            self._write(lambda: self.book.clear(trouble))
            del self._noted[trouble]

    def _write(self, write: Callable[[], None]) -> None:
        """Raises nothing: a poll does not fail for it."""
        try:
            write()
        except (StoreUnavailable, StoreConflict) as error:
            self.say("how the carrier is was not noted", reason=str(error))


@dataclass(frozen=True, kw_only=True)
class HealthWatch:
    """Told is silence of `silent_after`, and a key refused for `refused_after`: longer than a changed key takes to be
    read everywhere. Each once; again only after it has been well and came back. What was not noted for `stale` is over,
    though whoever noted it did not live to say so."""

    book: HealthBook
    announcer: Announcer
    clock: Clock
    silent_after: timedelta
    refused_after: timedelta
    stale: timedelta

    def tell(self) -> int:
        """How many were told by this call. Raises StoreUnavailable."""
        now, told = self.clock.now(), 0
        for trouble, spell in self.book.read().items():
            kind, after = {
                Trouble.SILENT: (Kind.CARRIER_SILENT, self.silent_after),
                Trouble.REFUSED: (Kind.KEY_REFUSED, self.refused_after),
            }[trouble]
            if now - spell.noted_at >= self.stale:
                self.book.clear(trouble)
            elif spell.noted_at - spell.since >= after:
                told += self._tell(kind, to_iso(spell.since))
        return told

    def _tell(self, kind: Kind, since: str) -> bool:
        return not self.announcer.knows(kind, since) and self.announcer.announce(kind, since, {"since": since})
