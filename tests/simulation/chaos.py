"""Faults at every side effect: a crash before or after it, a delay, a refusal, a reply that is lost, an outage."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from botocore.exceptions import ClientError

from tests.simulation.scheduler import Killed, Scheduler
from vistka.domain.errors import StoreConflict, VistkaError

#: Parties that the functions speak to.
PARTIES = ("store", "shop", "carrier", "telegram", "queue")


@dataclass(frozen=True, kw_only=True, slots=True)
class Weather:
    """Probabilities at each side effect."""

    crash: float = 0.0
    late: float = 0.0  # killed, and yet the effect comes to pass a moment later
    slow: float = 0.0
    fail: float = 0.0
    lose: float = 0.0  # done, but the caller sees an error
    twice: float = 0.0  # of each delivery: the message, or the invocation, comes a second time
    patience: float = 8.0  # seconds of a usual delay; now and then far longer
    sore: str = ""  # a kind of effect, by a word of its name, at which all of this is far likelier

    @property
    def calm(self) -> bool:
        return not (self.crash or self.late or self.slow or self.fail or self.lose or self.twice)


CALM = Weather()

#: What may be sore: what stands between two effects that belong together.
SORE = (
    "store: commit", "store: notice", "store: new notice", "store: write chat", "notices and", "sending", " sent",
    "unknown", "foreign text", "circuit", "run sent", "batch", "shop: write", "shop: read", "telegram: send",
    "telegram: getMe", "queue: send", "queue: hide", "carrier: ask", "read notice", "read STATEs",
)  # fmt: skip


@dataclass
class Outage:
    """`mode` says how the party fails; only the party's own model reads it."""

    mode: str = "down"


Made = Callable[[], VistkaError]


@dataclass
class Gate:
    """Every side effect passes here."""

    scheduler: Scheduler
    rng: random.Random
    weather: Weather = CALM
    down: dict[str, Outage] = field(default_factory=dict)
    story: Callable[[str], None] | None = None
    #: told of an effect that no party takes, and whose sender is dead
    untaken: Callable[[str], None] = lambda _text: None

    def __post_init__(self) -> None:
        self.quiet = self.weather.calm
        self._sore = replace(self.weather, crash=0.12, late=0.06, slow=0.25, fail=0.12, lose=0.12)

    def _weather(self, party: str, what: str) -> Weather:
        sore = self.weather.sore
        return self._sore if sore and sore in f"{party}: {what}" else self.weather

    def calm_down(self) -> None:
        self.weather = CALM
        self.quiet = True

    def tell(self, text: str) -> None:
        if self.story is not None:
            active = self.scheduler.active
            self.story(f"{f'{active.name} {active.number}' if active else 'world':<16} {text}")

    def call[T](
        self,
        party: str,
        what: str,
        effect: Callable[[], T],
        error: Made,
        *,
        conflict: bool = False,
        reads: bool = False,
        lost: Callable[[], T] | None = None,
    ) -> T:
        """Do `effect` for the invocation that is active, or what the weather makes of it.

        `conflict`: a lost reply may show as StoreConflict, when the client's own second attempt finds the first.
        `reads`: nothing changes, so losing the reply is failing. `lost` returns what stands for a lost reply.
        """
        active = self.scheduler.active
        if active is None:
            return effect()
        if party in self.down:
            self.tell(f"{party} is down: {what}")
            active.met.add(party)
            raise error()
        if self.quiet:
            if self.story is not None:
                self.tell(f"{party}: {what}")
            return effect()
        self._before(party, what, effect, error, reads=reads)
        result = effect()
        if self.story is not None:
            self.tell(f"{party}: {what}")
        return self._after(party, what, result, error, conflict=conflict, reads=reads, lost=lost)

    def _before[T](self, party: str, what: str, effect: Callable[[], T], error: Made, *, reads: bool) -> None:
        weather, draw = self._weather(party, what), self.rng.random()
        if draw < weather.crash:
            self.die(f"before {party}: {what}")
        draw -= weather.crash
        if draw < weather.late and not reads:
            self.scheduler.after(self.rng.uniform(0.01, 20), lambda: self._effect_alone(party, what, effect))
            self.die(f"during {party}: {what}")
        draw -= weather.late
        if draw < weather.slow:
            self.wait()
        draw -= weather.slow
        if 0 <= draw < weather.fail:
            self.tell(f"{party} fails: {what}")
            self._met(party)
            raise error()

    def _after[T](
        self,
        party: str,
        what: str,
        result: T,
        error: Made,
        *,
        conflict: bool,
        reads: bool,
        lost: Callable[[], T] | None,
    ) -> T:
        weather, draw = self._weather(party, what), self.rng.random()
        if draw < weather.crash:
            self.die(f"after {party}: {what}")
        draw -= weather.crash
        if draw < weather.slow:
            self.wait()
        draw -= weather.slow
        if 0 <= draw < weather.lose and not reads:
            self.tell(f"the reply is lost: {party}: {what}")
            self._met(party)
            if lost is not None:
                return lost()
            raise StoreConflict("somebody else wrote first") if conflict and self.rng.random() < 0.4 else error()
        return result

    def wait(self) -> None:
        longest = self.weather.patience
        self.scheduler.pause(self.rng.uniform(1, 70) if self.rng.random() < 0.08 else self.rng.uniform(0.005, longest))

    def chance(self, probability: float) -> bool:
        return not self.quiet and self.rng.random() < probability

    def die(self, where: str) -> None:
        self.tell(f"KILLED {where}")
        raise Killed(where)

    def _met(self, party: str) -> None:
        if self.scheduler.active is not None:
            self.scheduler.active.met.add(party)

    def _effect_alone[T](self, party: str, what: str, effect: Callable[[], T]) -> None:
        # The request was on its way when its sender died.
        if party in self.down:
            return
        try:
            effect()
        except (VistkaError, ClientError):
            return
        except ValueError as error:
            self.untaken(f"{party}: {what}: {error}")
        self.tell(f"{party}, from the dead: {what}")


def drawn(rng: random.Random) -> Weather:
    """Each kind of fault is absent, rare or thick."""

    def intensity(most: float) -> float:
        return 0.0 if rng.random() < 0.3 else most * 10 ** rng.uniform(-2, 0)

    if rng.random() < 0.05:
        return CALM
    return Weather(
        crash=intensity(0.06),
        late=intensity(0.03),
        slow=intensity(0.25),
        fail=intensity(0.08),
        lose=intensity(0.06),
        twice=intensity(0.5),
        patience=rng.choice((0.5, 3.0, 12.0)),
        sore=rng.choice(SORE) if rng.random() < 0.4 else "",
    )
