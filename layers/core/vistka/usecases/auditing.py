"""Who stepped in is written down beside the order, after the deed: what was done is done, even where that fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vistka.domain.audit import Act, Actor, Audit
from vistka.domain.errors import StoreConflict, StoreUnavailable
from vistka.ports import Audits, Clock


@dataclass(frozen=True, kw_only=True)
class Auditor:
    audits: Audits
    clock: Clock
    say: Callable[..., None]

    def note(self, order_key: str, actor: Actor, act: Act, detail: Mapping[str, str | int] | None = None) -> None:
        """Raises nothing."""
        audit = Audit(order_key=order_key, at=self.clock.now(), actor=actor, act=act, detail=detail or {})
        try:
            self.audits.put(audit)
        except (StoreUnavailable, StoreConflict) as error:
            self.say("the audit trail lacks an entry", act=str(act), reason=str(error))
