"""A carrier in memory: what it says of each number is set by the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vistka.domain.errors import VistkaError
from vistka.domain.orders import Finding
from vistka.domain.parcels import Facts
from vistka.domain.remarks import Unread
from vistka.domain.stages import stage_of
from vistka.ports import Answers, Clock, Document


@dataclass
class FakeCarrier:
    """`vistka.ports.Carrier`. A number of which nothing was set is a stub."""

    clock: Clock
    says: dict[str, Facts] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    outage: VistkaError | None = None
    keyless: bool = False
    keys_refused: int = 0
    unread: dict[str, tuple[Unread, ...]] = field(default_factory=dict)
    phoneless: set[str] = field(default_factory=set)
    #: for an answer that arrives late: when its request was sent
    asked_at: datetime | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def set(self, ttn: str, code: str, text: str = "", **facts: Any) -> None:
        moved = facts.pop("moved_at", self.clock.now())
        self.says[ttn] = Facts(code=code, text=text or f"стан {code}", stage=stage_of(code), moved_at=moved, **facts)

    def ask(self, documents: Sequence[Document]) -> Answers:
        self.asked.append(tuple(document.ttn for document in documents))
        if self.outage is not None:
            raise self.outage
        ttns = [document.ttn for document in documents if document.ttn not in self.refuses]
        return Answers(
            facts={ttn: self.says[ttn] for ttn in ttns if ttn in self.says},
            stubs=frozenset(ttn for ttn in ttns if ttn not in self.says),
            refused={
                document.ttn: self.refuses[document.ttn] for document in documents if document.ttn in self.refuses
            },
            sent_at=dict.fromkeys(ttns, self.asked_at or self.clock.now()),
            requests=1,
            keyless=self.keyless,
            keys_refused=self.keys_refused,
            unread={ttn: self.unread[ttn] for ttn in ttns if ttn in self.unread},
            phoneless=frozenset(self.phoneless),
        )

    def check(self) -> Finding:
        return Finding(name="carrier", ok=self.outage is None, text="in memory")
