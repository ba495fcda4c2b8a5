"""What a stage and a code tell of a parcel: as the README words it, and not taken from the domain."""

from collections.abc import Mapping
from typing import Final

from vistka.domain.notices import Kind
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Role, Stage

OF_STAGE: Final[Mapping[Stage | None, Kind]] = {
    Stage.IN_TRANSIT: Kind.ON_ITS_WAY,
    Stage.ARRIVED_CITY: Kind.ON_ITS_WAY,
    Stage.OUT_FOR_DELIVERY: Kind.WITH_COURIER,
    Stage.AT_BRANCH: Kind.WAITING,
    Stage.AT_LOCKER: Kind.WAITING,
    Stage.DELIVERED: Kind.RECEIVED,
    Stage.REFUSED: Kind.REFUSED,
    Stage.STORAGE_ENDED: Kind.STORAGE_ENDED,
    Stage.FAILED_ATTEMPT: Kind.FAILED_ATTEMPT,
    Stage.REDIRECTED: Kind.REDIRECTED,
    Stage.RETURNING: Kind.COMING_BACK,
    Stage.RETURN_WAITING: Kind.RETURN_WAITING,
    Stage.RETURNED: Kind.RETURNED,
}
_MONEY: Final[Mapping[str, Kind]] = {"10": Kind.MONEY_COMING, "11": Kind.MONEY_PAID}


def kinds_of(state: ParcelState) -> list[Kind]:
    kinds = [OF_STAGE.get(state.stage)]
    if state.facts is not None and state.role is not Role.RETURN:
        kinds.append(_MONEY.get(state.facts.code))
    return [kind for kind in kinds if kind is not None]
