"""What a month on AWS costs: counted use times list prices, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Final

#: AWS's public list, region eu-central-1, US dollars without tax, as of this day. Other regions differ by some 20 %.
PRICES_OF: Final = "2026-11"

DAYS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """One month of a stack. `states` counts STATEs that dispatchers read, `batches` the polls, `changes` what the
    transactions wrote; `notices` is buyers' and shop's messages together."""

    runs: int
    states: int
    batches: int
    parcels: int
    changes: int
    notices: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the bill. `free` is what every account has free of charge each month, for good, used by nothing
    else; `price` is dollars for `per` units above it."""

    name: str
    quantity: float
    unit: str
    free: float
    price: float
    per: float

    @property
    def dollars(self) -> float:
        return max(0.0, self.quantity - self.free) / self.per * self.price


def shop_month(open_orders: int, *, interval_minutes: int = 10) -> Usage:
    """The use of a shop that has so many open orders at any moment.

    Assumed: an order stays open for 5 days and has one parcel, which changes 7 times; three messages to its buyer,
    three reminders in the ledger. A quarter of the parcels is due in a run (domain/polling.py: from every 10 minutes to
    every 6 hours).
    """
    runs = DAYS * 24 * 60 // interval_minutes
    parcels = open_orders * DAYS // 5
    return Usage(
        runs=runs,
        states=runs * open_orders,
        batches=runs * max(1, ceil(open_orders / 4 / 100)),
        parcels=parcels,
        changes=7 * parcels,
        notices=3 * parcels,
    )


def bill(usage: Usage, *, polled_queues: int = 2, metrics: int = 10, alarms: int = 10) -> tuple[Line, ...]:
    """The month's lines, in the order of AWS's own bill. What costs nothing in any case (rules, e-mail below a
    thousand, the first 25 GB of the table, SecureStrings under AWS's own key) is left out."""
    invocations = usage.runs + usage.batches + usage.notices
    # 512 MB each. A run reads 100 STATEs in some 10 ms; a batch waits for the carrier, a message for Telegram.
    seconds = usage.runs * 1.0 + usage.states * 0.0001 + usage.batches * 1.5 + usage.notices * 0.7
    return (
        Line(name="Lambda: requests", quantity=invocations, unit="", free=1e6, price=0.20, per=1e6),
        Line(name="Lambda: time (arm64)", quantity=seconds / 2, unit="GB s", free=4e5, price=0.0000133334, per=1),
        Line(
            name="SQS: idle polling",
            quantity=polled_queues * _IDLE_POLLS,
            unit="",
            # One allowance for idle and busy requests together: idle ones come first.
            free=1e6,
            price=0.50,
            per=1e6,
        ),
        # Sent, received, deleted; notices ten to a request at best, one at worst.
        Line(name="SQS: messages", quantity=3 * (usage.batches + usage.notices), unit="", free=0, price=0.50, per=1e6),
        Line(name="DynamoDB: reads", quantity=_reads(usage), unit="", free=0, price=0.1525, per=1e6),
        Line(name="DynamoDB: writes", quantity=_writes(usage), unit="", free=0, price=0.7625, per=1e6),
        Line(name="CloudWatch: metrics", quantity=metrics, unit="", free=10, price=0.30, per=1),
        Line(name="CloudWatch: alarms", quantity=alarms, unit="", free=10, price=0.10, per=1),
        # About 1 kB an invocation: a line of ours and the runtime's own, and metrics once a run.
        Line(name="CloudWatch: logs", quantity=invocations * 1e-6, unit="GB", free=5, price=0.63, per=1),
        Line(name="X-Ray: traces", quantity=_traced(invocations), unit="", free=1e5, price=5.00, per=1e6),
        # Secrets are read anew after five minutes, so once a run: four of them in three functions.
        Line(name="KMS: secrets", quantity=4 * usage.runs, unit="", free=2e4, price=0.03, per=1e4),
    )


def fixed_address() -> tuple[Line, ...]:
    """What a NAT gateway costs, which gives functions in a VPC one address that a database's firewall can name."""
    hours = DAYS * 24
    return (
        Line(name="NAT gateway", quantity=hours, unit="h", free=0, price=0.052, per=1),
        Line(name="its public address", quantity=hours, unit="h", free=0, price=0.005, per=1),
    )


def total(lines: Iterable[Line]) -> float:
    return sum(line.dollars for line in lines)


#: Lambda keeps five long polls of 20 s open on each queue, busy or not, and saves none of them where a maximum
#: concurrency is set (AWS Lambda developer guide, "Configuring scaling behavior for SQS event source mappings").
_IDLE_POLLS: Final = 5 * 3 * 60 * 24 * DAYS

#: Of one parcel: not handed over, the last free day, waiting long. Most are overtaken.
_REMINDERS: Final = 3


def _traced(invocations: float) -> float:
    """One a second is sampled, and one in twenty above: of a small stack almost every one."""
    seconds = DAYS * 24 * 3600
    return min(invocations, seconds) + max(0.0, invocations - seconds) / 20


def _reads(usage: Usage) -> float:
    # A STATE is below 4 kB: one unit, read consistently. A run reads its predecessors, the circuit and what is overdue;
    # a batch its run; a change the ledger of its order; a message its notice, the parcel's others, circuit and paces;
    # a reminder whose hour has come its STATE.
    reminders = _REMINDERS * usage.parcels
    return usage.states + 12 * usage.runs + usage.batches + 2 * usage.changes + 7 * usage.notices + 2 * reminders


def _writes(usage: Usage) -> float:
    # A run is written three times, a batch marks itself and takes a slot. In a transaction each kB counts twice: STATE
    # (2 kB), CHANGE and often a notice with its index entry. A message is leased, paced and settled, index included. A
    # reminder (2 kB) comes with a change, and ends when its hour comes, both times with its index entry.
    reminders = _REMINDERS * usage.parcels
    return (
        3 * usage.runs + 2 * usage.batches + 10 * usage.changes + 4 * usage.parcels + 7 * usage.notices + 10 * reminders
    )
