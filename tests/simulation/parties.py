"""The carrier and Telegram as models: what they say, what they do, and how they fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tests.simulation.chaos import Gate
from tests.simulation.lives import REFUSED, Life
from tests.simulation.scheduler import SECOND, Invocation
from vistka.domain.errors import (
    CarrierLimited,
    CarrierUnavailable,
    ChatUnreachable,
    CredentialRefused,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
    VistkaError,
)
from vistka.domain.notices import Notice
from vistka.domain.orders import Finding
from vistka.domain.parcels import Facts
from vistka.ports import Answers, Buttons, Clock, Document, Pace, Sent
from vistka.texts.render import Messages

LONGEST_SLOT_WAIT: Final = timedelta(seconds=10)
LONGEST_CALL: Final = 40.0


@dataclass(slots=True)
class Asked:
    """One answer about one parcel that came back in time; `facts` None: a stub or a refusal; `by`: whoever asked."""

    sent_at: int
    answered_at: int
    facts: Facts | None
    by: Invocation | None


@dataclass
class CarrierModel:
    """`vistka.ports.Carrier`. An answer says what was true when the request came in, however late it arrives."""

    gate: Gate
    clock: Clock
    pace: Pace
    lives: dict[str, Life] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    requests: int = 0
    #: what happens to the shop the moment after a number is asked about, once
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    #: called when an answer is late: the adversary asks a second time meanwhile
    late: Callable[[], None] = lambda: None

    def ask(self, documents: Sequence[Document]) -> Answers:
        wait = self.pace.take(longest=LONGEST_SLOT_WAIT)
        self.clock.sleep(wait)
        sent_at = self.clock.now()
        began = self.gate.scheduler.now
        ttns = [document.ttn for document in documents]
        said = self.gate.call("carrier", f"ask {' '.join(t[-3:] for t in ttns)}", lambda: self._said(ttns), self._error)
        if self.gate.chance(self.gate.weather.slow):
            self._dawdle(ttns)
        for ttn in [ttn for ttn in ttns if ttn in self.meanwhile]:
            self.meanwhile.pop(ttn)()
        now = self.gate.scheduler.now
        if now - began > LONGEST_CALL * SECOND:
            self._fails("carrier")
            raise CarrierUnavailable("no usable answer from Nova Poshta in time")
        facts: dict[str, Facts] = {}
        refused: dict[str, str] = {}
        for ttn, (kind, fact) in said.items():
            self.asked.setdefault(ttn, []).append(Asked(began, now, fact, self.gate.scheduler.active))
            if fact is not None:
                facts[ttn] = fact
            elif kind == REFUSED:
                refused[ttn] = "Invalid DocumentNumber"
        stubs = frozenset(ttns) - facts.keys() - refused.keys()
        sent = {ttn: sent_at for ttn in ttns if ttn not in refused}
        return Answers(facts=facts, stubs=stubs, refused=refused, sent_at=sent, requests=1)

    def check(self) -> Finding:
        return Finding(name="carrier", ok=True, text="a model")

    def _said(self, ttns: Sequence[str]) -> dict[str, tuple[str, Facts | None]]:
        self.requests += 1
        now = self.gate.scheduler.now
        out: dict[str, tuple[str, Facts | None]] = {}
        for ttn in ttns:
            life = self.lives.get(ttn)
            step = life.says(now) if life is not None else None
            if step is None or self.gate.chance(0.02):
                out[ttn] = ("", None)
            else:
                out[ttn] = (step.kind, step.facts)
        return out

    def _dawdle(self, ttns: Sequence[str]) -> None:
        """Late answers: while this one is under way, its parcels move on and somebody else asks about them."""
        now, rng = self.gate.scheduler.now, self.gate.rng
        moved = [ttn for ttn in ttns if ttn in self.lives and rng.random() < 0.5 and self.lives[ttn].hurry(now)]
        self.gate.tell(f"the answer is late; meanwhile {' '.join(t[-3:] for t in moved) or 'nothing'} moves on")
        self.late()
        self.gate.scheduler.pause(rng.uniform(1, 38))

    def _error(self) -> VistkaError:
        mode = (
            self.gate.down["carrier"].mode if "carrier" in self.gate.down else self.gate.rng.choice(("down", "limit"))
        )
        match mode:
            case "limit":
                wait = timedelta(seconds=self.gate.rng.choice((1, 30, 900)))
                return CarrierLimited("too many requests", retry_after=wait)
            case "credential":
                return CredentialRefused("the key is not taken")
            case _:
                return CarrierUnavailable("Nova Poshta does not answer")

    def _fails(self, party: str) -> None:
        if self.gate.scheduler.active is not None:
            self.gate.scheduler.active.met.add(party)


# --- Telegram -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Attempt:
    """One send, begun `at`. `said` is what its sender was told: "" if it died before; `arrived_at`: -1 if never."""

    at: int
    chat: int
    identity: tuple[str, str]
    version: int
    silent: bool
    invocation: Invocation | None
    arrived_at: int = -1
    said: str = ""
    id: int = 0

    @property
    def delivered(self) -> bool:
        return self.arrived_at >= 0


class Words:
    """`vistka.ports.Texts`: a message that says which notice it is; the real texts are made too, now and then."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._real = Messages()

    def render(self, notice: Notice, *, now: datetime) -> str:
        if self._gate.chance(0.02):
            self._real.render(notice, now=now)
        return f"{notice.order_key}|{notice.id}|{notice.version}"

    def button(self, name: str, _language: str) -> str:
        return name


@dataclass
class TelegramModel:
    """`vistka.ports.Telegram`."""

    gate: Gate
    attempts: list[Attempt] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)
    rejecting: set[int] = field(default_factory=set)
    #: chat -> until when it answers 429
    limited: dict[int, int] = field(default_factory=dict)
    #: sends before a 429's time was over: (attempt, the 429 before it)
    floods: list[tuple[Attempt, Attempt]] = field(default_factory=list)
    #: when getMe was answered last, -1 before
    answered_at: int = -1
    #: told of every send, before anything becomes of it
    sending: Callable[[Attempt], None] = lambda _attempt: None
    _last_429: dict[int, Attempt] = field(default_factory=dict)

    def send(self, chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        key, name, version = html.split("|")
        now = self.gate.scheduler.now
        attempt = Attempt(now, chat_id, (key, name), int(version), silent, self.gate.scheduler.active)
        self.sending(attempt)
        self.attempts.append(attempt)
        attempt.id = len(self.attempts)
        if now < self.limited.get(chat_id, 0):
            self.floods.append((attempt, self._last_429[chat_id]))
        what = f"send {name} of {key} v{version}{' silently' if silent else ''}"
        try:
            self.gate.call("telegram", what, lambda: self._take(attempt), lambda: self._error(attempt))
        except TelegramUnknown:
            attempt.said = "unknown"
            raise
        except VistkaError as error:
            if attempt.delivered:
                attempt.said = "unknown"
                raise TelegramUnknown("no answer from Telegram") from None
            attempt.said = type(error).__name__
            raise
        attempt.said = "ok"
        return Sent(message_id=attempt.id, chat_id=chat_id)

    def get_me(self) -> str:
        outage = self.gate.down.get("telegram")
        if outage is None or outage.mode != "half":
            self.gate.call("telegram", "getMe", lambda: None, self._probe_error, reads=True)
        self.answered_at = self.gate.scheduler.now
        return "@vigadana_bot"

    def check(self, shop_chat_id: int | None) -> Sequence[Finding]:
        return []

    def _take(self, attempt: Attempt) -> None:
        now = self.gate.scheduler.now
        if now < self.limited.get(attempt.chat, 0):
            self._last_429[attempt.chat] = attempt
            left = (self.limited[attempt.chat] - now) // SECOND + 1
            raise TelegramLimited("too many requests", retry_after=timedelta(seconds=left))
        if attempt.chat in self.blocked:
            raise ChatUnreachable("the chat cannot be reached", reason="blocked")
        if attempt.chat in self.rejecting:
            raise TelegramRejected("Telegram takes no such message", reason="rejected")
        if self.gate.chance(self.gate.weather.fail):
            raise self._limit(attempt)
        attempt.arrived_at = now

    def _limit(self, attempt: Attempt) -> TelegramLimited:
        wait = self.gate.rng.choice((1, 5, 30, 120))
        self.limited[attempt.chat] = self.gate.scheduler.now + wait * SECOND
        self._last_429[attempt.chat] = attempt
        return TelegramLimited("too many requests", retry_after=timedelta(seconds=wait))

    def _error(self, attempt: Attempt) -> VistkaError:
        rng = self.gate.rng
        outage = self.gate.down.get("telegram")
        mode = outage.mode if outage else rng.choice(("down", "lost"))
        match mode:
            case "lost" | "half":
                if outage and rng.random() < 0.5:
                    attempt.arrived_at = self.gate.scheduler.now
                return TelegramUnknown("no answer from Telegram")
            case "limit":
                return self._limit(attempt)
            case "credential":
                return CredentialRefused("the token is not taken")
            case _:
                return TelegramUnavailable("Telegram cannot be reached")

    def _probe_error(self) -> VistkaError:
        outage = self.gate.down.get("telegram")
        if outage and outage.mode == "credential":
            return CredentialRefused("the token is not taken")
        return TelegramUnavailable("Telegram cannot be reached")
