"""The rules of a moment: what a decision needs beside the carrier's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.projection import Fit
from vistka.domain.rules import Event

#: An invocation that began before `vistka live` may still be in shadow so long after one that is live: longer than any
#: function may take.
MODE_OVERLAP: Final = timedelta(minutes=15)


def is_back_in_shadow(live_since: datetime, now: datetime) -> bool:
    """Whether an invocation in shadow says that the shop is no longer live, and is not one of the mode before."""
    return now - live_since > MODE_OVERLAP


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What a decision needs beside the answer. `live_since` is None in shadow; `is_live` judges by order number.
    `rules`: the order rules that are switched on, in words. `webhook`: a program of the shop's is
    called with each change."""

    now: datetime
    live_since: datetime | None
    is_live: Callable[[str], bool]
    has_shop_chat: bool
    notice_due: timedelta
    default_language: str
    fit: Fit
    audiences: Audiences = field(default_factory=Audiences)
    reminders: ReminderRules = field(default_factory=ReminderRules)
    rules: Mapping[Event, str] = field(default_factory=dict)
    webhook: bool = False

    def before_live(self, moved_at: datetime | None) -> bool:
        """Going live tells nothing that happened before."""
        # The carrier tells whole seconds: one that began before the shop went live may end after that.
        return (
            self.live_since is not None and moved_at is not None and moved_at < self.live_since.replace(microsecond=0)
        )
