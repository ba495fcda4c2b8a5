"""Telegram in memory: what arrives in which chat, and what goes wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vistka.domain.errors import VistkaError
from vistka.domain.notices import Notice
from vistka.domain.orders import Finding
from vistka.ports import Buttons, Sent


@dataclass(frozen=True)
class Message:
    chat_id: int
    html: str
    silent: bool
    buttons: Buttons = ()


@dataclass
class FakeTelegram:
    """`vistka.ports.Telegram`. `faults` are raised one by one, before (or, in `lost`, after) the message arrives."""

    arrived: list[Message] = field(default_factory=list)
    faults: list[VistkaError] = field(default_factory=list)
    lost: list[VistkaError] = field(default_factory=list)
    unreachable: dict[int, VistkaError] = field(default_factory=dict)
    down: VistkaError | None = None
    probes: int = 0
    before_send: Callable[[], None] | None = None

    def send(self, chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        if self.before_send is not None:
            self.before_send()
        if self.down is not None:
            raise self.down
        if self.faults:
            raise self.faults.pop(0)
        if chat_id in self.unreachable:
            raise self.unreachable[chat_id]
        self.arrived.append(Message(chat_id, html, silent, buttons))
        if self.lost:
            raise self.lost.pop(0)
        return Sent(message_id=len(self.arrived), chat_id=chat_id)

    def get_me(self) -> str:
        self.probes += 1
        if self.down is not None:
            raise self.down
        return "@vigadana_bot"

    def check(self, shop_chat_id: int | None) -> Sequence[Finding]:
        return [Finding(name="telegram", ok=self.down is None, text="in memory")]


class FakeTexts:
    """`vistka.ports.Texts` and `ButtonTexts`: says what it was asked to tell."""

    def render(self, notice: Notice, *, now: datetime) -> str:
        counts = notice.payload.get("counts", "")
        return f"{notice.audience} {notice.kind} {notice.order_number} {notice.ttn} {counts}".strip()

    def button(self, name: str, language: str) -> str:
        return f"{language}:{name}"
