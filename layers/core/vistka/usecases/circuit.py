"""The circuit: whether Telegram is spoken to at all, shared by all workers through the store."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from vistka.domain.errors import (
    ConfigurationError,
    CredentialRefused,
    StoreConflict,
    TelegramLimited,
    TelegramUnavailable,
    VistkaError,
)
from vistka.domain.notices import holds
from vistka.metrics import Metric
from vistka.ports import Circuit, Circuits, Clock, Metrics, Telegram

#: So many sends in a row whose answer was lost, or that could not be made, open the circuit.
STREAK: Final = 3


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """`probe` is the pause between two probes with getMe. A second chat's 429 within `flood_window` opens the circuit
    too: the limit is then the bot's, not the chat's."""

    circuits: Circuits
    telegram: Telegram
    clock: Clock
    metrics: Metrics
    probe: timedelta
    flood_window: timedelta
    jitter: Callable[[timedelta], timedelta]
    say: Callable[..., None]

    def hold(self, *, asks: bool = False) -> timedelta | None:
        """How long to leave Telegram alone; None when it may be spoken to.

        While the circuit is open, whoever comes first after `probe_at` asks getMe: an answer closes it. `asks` wants
        an answer to getMe even where nothing is known to be wrong: a repeat is made only to a Telegram that answers.
        """
        circuit = self.circuits.read()
        if not circuit.open:
            return self._silent() if asks else None
        now = self.clock.now()
        if holds(circuit.probe_at, now):
            return circuit.probe_at - now + self.jitter(timedelta(seconds=2))
        taken = replace(circuit, revision=circuit.revision + 1, probe_at=now + self.probe)
        try:
            self.circuits.write(taken)
        except StoreConflict:
            return self.probe  # somebody else probes
        if self._fault() is not None:
            return self.probe
        self._write(Circuit(revision=taken.revision + 1))
        self.say("Telegram answers again")
        return None

    def _silent(self) -> timedelta | None:
        """How long to wait for a Telegram that does not even say who we are; None when it does."""
        match self._fault():
            case None:
                return None
            case TelegramLimited() as limited:
                return limited.retry_after + self.jitter(timedelta(seconds=1))
            case TelegramUnavailable():
                return self._streak("Telegram cannot be reached") or self.probe
            case _:
                return self.refused()

    def _fault(self) -> VistkaError | None:
        """What getMe met, counted; None when it was answered."""
        try:
            self.telegram.get_me()
        except (TelegramUnavailable, CredentialRefused, ConfigurationError) as error:
            silent = isinstance(error, TelegramUnavailable)
            self.metrics.count(Metric.TELEGRAM_OUTAGES if silent else Metric.CREDENTIALS_REFUSED)
            return error
        return None

    def answered(self) -> None:
        """A send was answered: what failed before it no longer counts."""
        circuit = self.circuits.read()
        if circuit.unknown_streak and not circuit.open:
            self._write(replace(circuit, unknown_streak=0, revision=circuit.revision + 1))

    def unknown(self) -> timedelta | None:
        """A send whose answer was lost; returns the hold when that opened the circuit."""
        return self._streak("answers are lost")

    def failed(self) -> None:
        """A send that certainly did not leave."""
        self._streak("Telegram cannot be reached")

    def refused(self) -> timedelta:
        """The token is wrong or revoked: nothing can be sent until it is renewed."""
        self._open(self.circuits.read(), "the token was refused", self.probe)
        return self.probe

    def limited(self, group: str, retry_after: timedelta) -> None:
        """A 429 to this recipient group."""
        circuit, now = self.circuits.read(), self.clock.now()
        before = circuit.limited_at
        if before is not None and abs(now - before) <= self.flood_window and circuit.limited_group != group:
            self._open(circuit, "Telegram limits the bot", retry_after)
            self.metrics.count(Metric.TELEGRAM_OUTAGES)
            return
        self._write(replace(circuit, limited_at=now, limited_group=group, revision=circuit.revision + 1))

    def _streak(self, reason: str) -> timedelta | None:
        circuit = self.circuits.read()
        if circuit.open:
            return self.probe
        streak = circuit.unknown_streak + 1
        if streak >= STREAK:
            self._open(replace(circuit, unknown_streak=streak), reason, self.probe)
            return self.probe
        self._write(replace(circuit, unknown_streak=streak, revision=circuit.revision + 1))
        return None

    def _open(self, circuit: Circuit, reason: str, wait: timedelta) -> None:
        now = self.clock.now()
        since = circuit.since if circuit.open and circuit.since else now
        self.say("the circuit to Telegram is open", reason=reason)
        self._write(
            replace(circuit, open=True, reason=reason, since=since, probe_at=now + wait, revision=circuit.revision + 1)
        )

    def _write(self, circuit: Circuit) -> None:
        try:
            self.circuits.write(circuit)
        except StoreConflict:
            return  # a worker beside us counted at the same moment; the next fault counts again
