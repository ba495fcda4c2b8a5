"""What can be told of a parcel as it is now, for whoever asks: the bot's replies and the pages."""

from datetime import datetime, timedelta
from typing import Any

from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.places import Place
from vistka.domain.stages import OVER_STAGES, WAITING_STAGES
from vistka.domain.views import ParcelView
from vistka.texts.details import details


def of_parcel(parcel: ParcelView, order_number: str, now: datetime) -> dict[str, Any]:
    """The variables of a text about the parcel as it looks at `now` (aware), and how fresh that is in minutes."""
    state = parcel.state
    stage = state.stage if state else None
    known = Notice(
        order_key="",
        order_number=order_number,
        ttn=parcel.ttn,
        kind=Kind.ON_ITS_WAY,
        occurrence="",
        audience=Audience.BUYER,
        version=0,
        state=NoticeState.NEW,
        created_at=now,
        payload={"facts": state.facts.to_dict() if state and state.facts else {}, "stage": str(stage or "")},
    )
    said = details(known, now=now)
    waiting = stage in WAITING_STAGES
    return said | {
        "open": stage not in OVER_STAGES and not (state and state.ended == "continued"),
        "waiting": waiting,
        # Who has a link, to the page or into a chat, need not be the buyer: nobody is told where that one lives.
        "private": is_private(said["place"], courier=said["courier"], waiting=waiting),
        "minutes": _minutes(parcel, now),
        "instead_of": state.chain[-1] if state and state.chain else "",
        "role": str(state.role or "") if state else "",
    }


def is_private(place: Place, *, courier: bool, waiting: bool) -> bool:
    """Whether the carrier's line may be the buyer's own address: where no branch or locker is named, or where a courier
    brings the parcel and it does not wait anywhere."""
    return not place.word or (courier and not waiting)


def _minutes(parcel: ParcelView, now: datetime) -> int | None:
    if parcel.state is None or not parcel.state.live or parcel.checked_at is None:
        return None
    return max(now - parcel.checked_at, timedelta()) // timedelta(minutes=1)
