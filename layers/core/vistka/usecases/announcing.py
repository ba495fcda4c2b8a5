"""What concerns all of a shop's orders, told to its chat through the ledger, once for each occasion."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from vistka.domain.notices import NO_PARCEL, SHOP_KEY, Audience, Kind, Notice, NoticeState
from vistka.ports import Clock, Ledger
from vistka.usecases.queueing import NoticeSender


@dataclass(frozen=True, kw_only=True)
class Announcer:
    """`live`: in shadow all of it is written down and told to nobody."""

    ledger: Ledger
    notices: NoticeSender
    clock: Clock
    live: bool
    notice_due: timedelta
    language: str

    def knows(self, kind: Kind, occurrence: str) -> bool:
        """Whether it was told before, or is on its way. Raises StoreUnavailable."""
        return self.ledger.get(SHOP_KEY, self._notice(kind, occurrence, {}).id) is not None

    def announce(self, kind: Kind, occurrence: str, payload: Mapping[str, Any], *, quietly: str = "") -> bool:
        """Put it into the ledger, once, and send it on its way; whether this call did. The ledger has the last word:
        what is not sent is swept, as any notice. `quietly`: it is only written down, for this reason.

        Raises StoreUnavailable.
        """
        notice = self._notice(kind, occurrence, payload)
        if not self.live:
            notice = self._settled(notice, NoticeState.SHADOW)
        elif quietly:
            notice = self._settled(notice, NoticeState.MUTED, quietly)
        elif self.notices.shop_chat_id is None:
            notice = self._settled(notice, NoticeState.UNDELIVERABLE, "no_shop_chat")
        made = self.ledger.put_new(notice)
        if made and notice.state is NoticeState.NEW:
            self.notices.send([notice])
        return made

    def _notice(self, kind: Kind, occurrence: str, payload: Mapping[str, Any]) -> Notice:
        now = self.clock.now()
        return Notice(
            order_key=SHOP_KEY,
            order_number="",
            ttn=NO_PARCEL,
            kind=kind,
            occurrence=occurrence,
            audience=Audience.SHOP,
            version=0,
            state=NoticeState.NEW,
            created_at=now,
            due_at=now + self.notice_due,
            language=self.language,
            payload=payload,
        )

    def _settled(self, notice: Notice, state: NoticeState, reason: str = "") -> Notice:
        return replace(notice, state=state, due_at=None, settled_at=notice.created_at, reason=reason)
