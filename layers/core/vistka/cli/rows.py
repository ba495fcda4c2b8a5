"""The rows of `vistka update`: one parcel of one order each, and their counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from vistka.cli.failures import Failure
from vistka.domain.messages import PollMessage

OUTCOMES: Final = ("changed", "unchanged", "not_found", "skipped", "failed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """`was` and `now`: what the shop shows of the order before and after. `note`: what else a person should know.
    `remarks`: what is wrong in the shop's or the carrier's words and stopped nothing; told beside the results."""

    order_number: str
    ttn: str
    stage: str | None = None
    code: str | None = None
    text: str | None = None
    was: str | None = None
    now: str | None = None
    changed: bool = False
    error: str | None = None
    outcome: str
    note: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def unanswered(self) -> bool:
        """Whether the carrier has yet to say anything at all of this parcel: that is not its word "not found"."""
        return self.outcome == "not_found" and not (self.stage or self.code or self.text or self.error)

    @property
    def rewritten(self) -> bool:
        """Whether the shop shows something else afterwards."""
        return (self.was or "") != (self.now or "")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """A row as the functions tell it; anything with an error has failed."""
        error = str(data["error"]) if data.get("error") else None
        outcome = str(data.get("outcome") or ("changed" if data.get("changed") else "unchanged"))
        return cls(
            order_number=str(data.get("order_number") or ""),
            ttn=str(data.get("ttn") or ""),
            stage=data.get("stage"),
            code=data.get("code"),
            text=data.get("text"),
            was=data.get("was"),
            now=data.get("now"),
            changed=bool(data.get("changed")),
            error=error,
            outcome="failed" if error or outcome not in OUTCOMES else outcome,
            note=str(data.get("note") or ""),
            remarks=tuple(str(remark) for remark in data.get("remarks") or ()),
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "order_number": self.order_number,
            "ttn": self.ttn,
            "stage": self.stage,
            "code": self.code,
            "text": self.text,
            "was": self.was,
            "now": self.now,
            "changed": self.changed,
            "error": self.error,
            **({"note": self.note} if self.note else {}),
        }


def unanswered(message: PollMessage, rows: Iterable[Row], reason: str) -> list[Row]:
    """Failed rows for what the message asked about and `rows` do not tell."""
    told = {(row.order_number, row.ttn) for row in rows}
    parcels = {parcel.ttn: parcel for parcel in message.parcels}
    out = []
    for entry in message.orders:
        order = entry.order
        for ttn in entry.ttns:
            known = parcels[ttn].known if ttn in parcels else None
            if (order.number, ttn) in told:
                continue
            out.append(
                Row(
                    order_number=order.number,
                    ttn=ttn,
                    stage=str(known.stage) if known and known.stage else None,
                    code=known.facts.code if known and known.facts else None,
                    text=known.facts.text if known and known.facts else None,
                    was=order.shown,
                    now=order.shown,
                    error=reason,
                    outcome="failed",
                )
            )
    return out


@dataclass(kw_only=True, slots=True)
class Report:
    """What an update came to. `failures` are the reasons of whole batches, each once."""

    dry_run: bool
    rows: list[Row] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    def count(self, outcome: str) -> int:
        """Rows of this outcome; `changed` are all with a new code or stage, also those not found or failed."""
        if outcome == "changed":
            return sum(row.changed for row in self.rows)
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def checked(self) -> int:
        """Parcels that were asked about and did not fail."""
        return sum(row.outcome in {"changed", "unchanged", "not_found"} for row in self.rows)

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return 130
        if self.failures:
            return max(failure.exit_code for failure in self.failures)
        return 1 if self.count("failed") else 0

    def to_dict(self) -> dict[str, Any]:
        """The object of `--json`. A failure that no row tells of gets one without an order: it never reads as
        success."""
        rows = list(self.rows)
        if self.failures and not self.count("failed"):
            rows.append(Row(order_number="", ttn="", error=self.failures[0].message, outcome="failed"))
        whole = Report(dry_run=self.dry_run, rows=rows)
        return {
            "dry_run": self.dry_run,
            "checked": whole.checked,
            **{outcome: whole.count(outcome) for outcome in OUTCOMES},
            "parcels": [row.to_dict() for row in rows],
        }
