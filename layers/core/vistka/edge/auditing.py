"""What a person did to the deployment itself, written down where the rest of the audit trail stands."""

from typing import Any, Final

from vistka.domain.audit import Act, Actor
from vistka.domain.errors import BadMessage
from vistka.domain.notices import SHOP_KEY
from vistka.domain.parcels import is_sound
from vistka.usecases.auditing import Auditor

#: What nobody but the command line can tell of.
_TOLD: Final = frozenset({Act.WENT_LIVE, Act.WENT_SHADOW, Act.REDRIVEN})
_LONGEST: Final = 200


def audit_asked(auditor: Auditor, asked: Any) -> dict[str, Any]:
    """`{"act": "went_live", "detail": {"orders": "TWC1,TWC2"}}`. Raises BadMessage naming the field that is wrong."""
    if not isinstance(asked, dict) or not asked.keys() <= {"act", "detail"}:
        raise BadMessage('audit must be an object, such as {"act": "went_live"}')
    act, detail = asked.get("act"), asked.get("detail", {})
    if not isinstance(act, str) or act not in _TOLD:
        raise BadMessage(f"audit.act must be one of {', '.join(sorted(_TOLD))}")
    if not isinstance(detail, dict) or not all(_is_plain(name) and _is_plain(one) for name, one in detail.items()):
        raise BadMessage(f"audit.detail must hold numbers, or texts of at most {_LONGEST} characters")
    auditor.note(SHOP_KEY, Actor.OPERATOR, Act(act), detail)
    return {"audit": "written"}


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST and is_sound(value)
    return isinstance(value, int) and not isinstance(value, bool)
