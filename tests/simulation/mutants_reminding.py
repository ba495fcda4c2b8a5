"""Planted bugs of what waits for its hour: reminders and quiet hours."""

from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from tests.simulation.planting import ONE_CHAT, patched
from tests.simulation.run import Bug
from vistka.domain import decisions, hours, reminders, telling
from vistka.domain.deadlines import ALERTS, due_at, may_return
from vistka.domain.notices import REMINDERS, Notice
from vistka.domain.parcels import ParcelState
from vistka.ports import Buttons, recipient_of
from vistka.usecases import releasing, reminding
from vistka.usecases.notifying import Delivery, Notifier
from vistka.usecases.releasing import Releaser, Waiting


class _TellsAtNight(Notifier):
    def _until_morning(self, notice: Notice, now: datetime) -> Delivery:
        recipient = recipient_of(notice, self.shop_chat_id)
        assert recipient is not None
        return self._claim(notice, recipient, now, lost=False)


class _RingsAtNight(Notifier):
    def _send(self, notice: Notice, recipient: int, html: str, buttons: Buttons, group: str) -> Delivery:
        awake = Notifier(**{one.name: getattr(self, one.name) for one in fields(self)} | {"quiet": hours.NO_HOURS})
        return awake._send(notice, recipient, html, buttons, group)


class _RemindsOfClosed(Releaser):
    def _end_reminders(self, order_key: str, ttn: str) -> bool:
        return False


class _LeavesChats(Releaser):
    def readdress(self, waiting: Waiting) -> int:
        return 0


_reminder = reminders._reminder


def _to_one_chat(*args: Any, **named: Any) -> Notice:
    made = _reminder(*args, **named)
    return replace(made, chat_id=ONE_CHAT) if made.chat_id is not None else made


def _at_once(deadline: Any, ttn: str, rules: Any, *, now: datetime, **named: Any) -> datetime | None:
    return now if due_at(deadline, ttn, rules, now=now, **named) is not None else None


def _not_caught_up(deadline: Any, ttn: str, rules: Any, *, now: datetime, **named: Any) -> datetime | None:
    moment = due_at(deadline, ttn, rules, now=now, **named)
    return moment if moment != now else None


def _is_of_before(notice: Notice, state: ParcelState | None) -> bool:
    return state is not None and state.version > notice.version


def _of_days_alone(notice: Notice, state: ParcelState | None, now: datetime) -> bool:
    return notice.kind in REMINDERS and may_return(notice, state, now)


def _but_alerts(notice: Notice, state: ParcelState | None, now: datetime) -> bool:
    return notice.kind not in ALERTS and may_return(notice, state, now)


def _winter_time() -> timezone:
    return timezone(timedelta(hours=2))


def _plant(name: str, kind: type) -> Any:
    return lambda kinds: setattr(kinds, name, kind)


REMINDING: Final = (
    Bug("a reminder is not checked against STATE", "R4", patch=patched(reminding, overtaken=lambda *_: "")),
    Bug("a reminder is made with every change", "R3", patch=patched(reminders, _is_known=lambda *_: False)),
    Bug("a reminder is told when it is made", "R4", patch=patched(reminders, due_at=_at_once)),
    Bug("a missed reminder is not caught up", "R2", patch=patched(reminders, due_at=_not_caught_up)),
    Bug("a day that comes back is not told", "R2", patch=patched(reminding, may_return=lambda *_: False)),
    Bug("a wait begins anew with each code", "R2", patch=patched(decisions, waits_since=lambda *_: None)),
    Bug("a closed order is reminded of", "R4", plant=_plant("releaser", _RemindsOfClosed)),
    Bug("a reminder ends with its order", "R2", patch=patched(releasing, may_open=lambda *_: False)),
    Bug(
        "every reminder goes to one chat",
        "R9",
        plant=_plant("releaser", _LeavesChats),
        patch=patched(reminders, _reminder=_to_one_chat),
    ),
    Bug("what waits goes to the chat of days ago", "R9", plant=_plant("releaser", _LeavesChats)),
    Bug("quiet hours in UTC+2", "R4", patch=patched(hours, kyiv=_winter_time)),
    Bug("buyers are told at night", "R4", plant=_plant("notifier", _TellsAtNight)),
    Bug("the shop's chat rings at night", "R4", plant=_plant("notifier", _RingsAtNight)),
    Bug(
        "what waited for the morning is told though over",
        "R4",
        patch=patched(reminders, _is_past=lambda *_: False),
    ),
    Bug("what still holds in another version is over", "R4", patch=patched(reminders, _is_past=_is_of_before)),
    Bug("what was over in the morning does not come back", "R2", patch=patched(reminding, may_return=_of_days_alone)),
    Bug(
        "a parcel that is back where it waited is no news",
        "R4",
        patch=patched(telling, _forget_where_it_waits=lambda *_: None),
    ),
    Bug("a date that is named later alerts again", "R2", patch=patched(reminding, had_alert=lambda *_: False)),
    Bug("an alert whose day is another is told to nobody", "R2", patch=patched(reminding, may_return=_but_alerts)),
)
