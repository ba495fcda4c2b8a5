"""Ten million open orders on paper: where each limit bites and what a month costs, computed for SCALE.md."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Final

from benchmarks.figures import Table
from benchmarks.large import SHOWN, state_of
from benchmarks.report import in_place
from vistka.domain.bill import DAYS, PRICES_OF, Line, bill, shop_month, total
from vistka.domain.load import questions_a_day
from vistka.domain.messages import MOST_ASKED, PollMessage, PollOrder, PollParcel
from vistka.domain.orders import Order

PAGE: Final = Path(__file__).parent.parent / "SCALE.md"
SIZES: Final = (1_000, 100_000, 10_000_000)
MANY: Final = SIZES[-1]

# --- assumed, and to be changed here ----------------------------------------------------------------------------------
#: An order is open for five days, as in the bill, and has one parcel, which a quarter of the ten-minute runs ask about.
OPEN_DAYS: Final = 5
DUE: Final = 1 / 4
RUNS_A_DAY: Final = 144
INTERVAL: Final = timedelta(minutes=10)
PACE: Final = timedelta(seconds=1)
#: Of one parcel: messages to its buyer, and reminders in the ledger, most of which are overtaken.
NOTICES: Final = 3
REMINDERS: Final = 3
#: Of the messages, those that are made at night and wait for the morning.
AT_NIGHT: Final = 1 / 4
AWAKE: Final = timedelta(hours=12)
#: Of the parcels, those that are followed after their order was closed (money, returns), and for how many days.
FOLLOWED: Final = 0.36
FOLLOWED_DAYS: Final = 3
#: The dispatcher's processor time an order on a whole processor (benchmarks/README.md, growth, is to be compared), and
#: its share of a BatchGetItem of a hundred that takes 10 ms; what a batch takes to be sent is the time reserved for it.
JUDGED: Final = 150e-6
READ: Final = 100e-6
SENT: Final = 0.05
WHOLE_PROCESSOR_MB: Final = 1769
AFTERWARDS: Final = 15
#: Bytes of a batch that waits to be sent, compressed, and of a number in memory.
COMPRESSED: Final = 10_000
NUMBER: Final = 120
#: Kilobytes that a parcel leaves in the table, its history, links and notices included; kept RetentionDays more.
KEPT_KB: Final = 15
RETENTION_DAYS: Final = 90

# --- limits -----------------------------------------------------------------------------------------------------------
BOT_A_SECOND: Final = 25
SWEPT_A_RUN: Final = 5_000
PARTITION_WRITES: Final = 1_000
FIFO_REQUESTS: Final = 300
FIFO_IN_FLIGHT: Final = 20_000
PROBE: Final = 60
MOST_KEYS: Final = 100
SIXTY_FOUR_KB: Final = 64 * 1024

#: From AWS's lists of 2025, by memory: to be checked. Dollars a GB and month, eu-central-1.
STORAGE: Final = 0.306
BACKUP: Final = 0.2448


def parcels_a_second(orders: float) -> float:
    return orders / OPEN_DAYS / 86_400


def keys(orders: float) -> int:
    """Of the carrier, for what the adaptive plan wants to ask."""
    a_day = questions_a_day(INTERVAL, PACE)
    assert a_day is not None
    return ceil(orders * DUE * RUNS_A_DAY / a_day)


def orders_a_run(*, memory: int, seconds: float) -> float:
    """How many one invocation reads, judges and sends before its time is up."""
    judged = JUDGED * max(1.0, WHOLE_PROCESSOR_MB / memory)
    return (seconds - AFTERWARDS) / (judged + READ + SENT * DUE / MOST_ASKED)


def message_bytes() -> int:
    """Of a poll of a hundred parcels with all that is known of them."""
    now = datetime(2026, 11, 29, tzinfo=UTC)
    ttns = [f"2045{number:010}" for number in range(MOST_ASKED)]
    message = PollMessage(
        run="2026-11-29T00:00:00.000000Z#12345678",
        batch=0,
        run_at=now,
        expires_at=now,
        parcels=tuple(PollParcel(ttn=ttn, ask=True, known=state_of(ttn, now), phone="380671112233") for ttn in ttns),
        orders=tuple(
            PollOrder(order=Order(key=ttn, number=ttn, tracking=ttn, shown=SHOWN, phone="380671112233"), ttns=(ttn,))
            for ttn in ttns
        ),
    )
    return len(message.to_json().encode())


def unsettled_writes(orders: float) -> float:
    """Units a second on the one key of the index at the busy time of the day, which is twice the mean: a message of
    1 kB is written thrice there, a reminder of 2 kB twice."""
    return 2 * parcels_a_second(orders) * (NOTICES * 3 * 1 + REMINDERS * 2 * 2)


def swept_a_day(orders: float) -> float:
    return orders / OPEN_DAYS * (NOTICES * AT_NIGHT + REMINDERS)


def megabytes(orders: float) -> float:
    """The dispatcher's, beside some 80: twice the batches that may leave, and the numbers that are followed."""
    batches = 2 * keys(orders) * (INTERVAL / PACE) * COMPRESSED
    return (batches + followed(orders) * NUMBER) / 1e6


def followed(orders: float) -> float:
    return orders / OPEN_DAYS * FOLLOWED * FOLLOWED_DAYS


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`wanted` grows with the orders; it meets `limit` at some number of them."""

    what: str
    unit: str
    limit: float
    wanted: float

    def row(self) -> list[str]:
        at = MANY * self.limit / self.wanted
        return [
            self.what,
            f"{_count(self.limit)} {self.unit}",
            f"{_count(self.wanted)}",
            f"**{_count(at)}**" if at < MANY else _count(at),
        ]


def limits() -> Table:
    a_day = questions_a_day(INTERVAL, PACE)
    assert a_day is not None
    usual, largest = orders_a_run(memory=512, seconds=240), orders_a_run(memory=WHOLE_PROCESSOR_MB, seconds=600)
    notices_a_second = 2 * parcels_a_second(MANY) * NOTICES
    found = [
        Limit(what="dispatcher: one run, as deployed", unit="orders a run", limit=usual, wanted=MANY),
        Limit(
            what="carrier: one key, a request a second",
            unit="questions a day",
            limit=a_day,
            wanted=MANY * DUE * RUNS_A_DAY,
        ),
        Limit(
            what="sweep of what waited for its hour",
            unit="a day",
            limit=SWEPT_A_RUN * RUNS_A_DAY,
            wanted=swept_a_day(MANY),
        ),
        Limit(
            what="dispatcher: one run of a whole processor and 10 minutes",
            unit="orders a run",
            limit=largest,
            wanted=MANY,
        ),
        Limit(
            what="Telegram: 25 a second, by day",
            unit="messages a day",
            limit=BOT_A_SECOND * AWAKE.total_seconds(),
            wanted=MANY / OPEN_DAYS * NOTICES,
        ),
        Limit(
            what="index `unsettled`: one key of one partition",
            unit="write units a second",
            limit=PARTITION_WRITES,
            wanted=unsettled_writes(MANY),
        ),
        Limit(
            what="carrier: a hundred keys",
            unit="questions a day",
            limit=a_day * MOST_KEYS,
            wanted=MANY * DUE * RUNS_A_DAY,
        ),
        Limit(
            what="notices.fifo: requests, one message each",
            unit="a second",
            limit=FIFO_REQUESTS,
            wanted=notices_a_second,
        ),
        Limit(
            what="notices.fifo: in flight while Telegram is away",
            unit="messages",
            limit=FIFO_IN_FLIGHT,
            wanted=notices_a_second * PROBE,
        ),
        Limit(
            what="items `MONTH` and `LAG`: a write an invocation",
            unit="a second",
            limit=PARTITION_WRITES,
            wanted=MANY * DUE / MOST_ASKED / 600 + notices_a_second,
        ),
    ]
    rows = sorted(found, key=lambda one: one.limit / one.wanted)
    return Table(
        name="limits",
        title="Where the limits bite",
        columns=("what", "the limit", f"{_count(MANY)} open orders want", "bites at so many open orders"),
        rows=[one.row() for one in rows],
    )


def figures() -> Table:
    """What the text speaks of."""
    largest = orders_a_run(memory=WHOLE_PROCESSOR_MB, seconds=600)
    rounds = [ceil(orders / largest) for orders in SIZES]
    rows: list[list[object]] = [
        ["parcels a second", *(f"{parcels_a_second(orders):.2f}" for orders in SIZES)],
        ["batches of a run", *(_count(ceil(orders * DUE / MOST_ASKED)) for orders in SIZES)],
        ["keys of the carrier", *(str(keys(orders)) for orders in SIZES)],
        ["trackers at once, two a key", *(str(2 * keys(orders)) for orders in SIZES)],
        ["messages to buyers a day", *(_count(orders / OPEN_DAYS * NOTICES) for orders in SIZES)],
        ["hours of Telegram's day that they take", *(f"{_hours(orders):.1f}" for orders in SIZES)],
        ["runs until all orders were read", *map(str, rounds)],
        ["minutes between two looks at an order", *(str(10 * one) for one in rounds)],
        ["MB of the dispatcher beside some 80", *(f"{megabytes(orders):.0f}" for orders in SIZES)],
        ["parcels followed without an open order", *(_count(followed(orders)) for orders in SIZES)],
        ["GB of the table", *(f"{stored(orders):,.1f}".replace(",", " ") for orders in SIZES)],
    ]
    return Table(
        name="figures",
        title="What follows from the assumptions",
        columns=("", *(f"{_count(one)} open orders" for one in SIZES)),
        rows=rows,
    )


def _hours(orders: int) -> float:
    return orders / OPEN_DAYS * NOTICES / BOT_A_SECOND / 3600


def stored(orders: int) -> float:
    """GB."""
    return orders / OPEN_DAYS * (OPEN_DAYS + RETENTION_DAYS) * KEPT_KB / 1e6


def month(orders: int) -> tuple[Line, ...]:
    """The bill, and what a small shop does not feel: polls of over 64 kB count as several requests, a run reads what it
    has time for, and what the table holds costs something above its first 25 GB."""
    usage = shop_month(orders)
    largest = orders_a_run(memory=WHOLE_PROCESSOR_MB, seconds=600)
    lines = bill(replace(usage, states=int(usage.runs * min(orders, largest))))
    chunks = ceil(message_bytes() / SIXTY_FOUR_KB)
    more = usage.batches * 2 * (chunks - 1)  # sent and received; deleting takes one
    return (
        *(replace(line, quantity=line.quantity + more) if line.name == "SQS: messages" else line for line in lines),
        Line(name="DynamoDB: storage", quantity=stored(orders), unit="GB", free=25, price=STORAGE, per=1),
        Line(name="DynamoDB: backups", quantity=stored(orders), unit="GB", free=0, price=BACKUP, per=1),
    )


def costs() -> Table:
    months = [month(orders) for orders in SIZES]
    rows = [
        [
            lines[0].name,
            f"{lines[0].price:g} per {_count(lines[0].per)}{' ' + lines[0].unit if lines[0].unit else ''}",
            *(f"{_count(line.quantity)} · {line.dollars:,.2f}".replace(",", " ") for line in lines),
        ]
        for lines in zip(*months, strict=True)
    ]
    sums = [total(lines) for lines in months]
    return Table(
        name="costs",
        title="What a month costs",
        columns=("line", "price, dollars", *(f"{_count(orders)} open orders" for orders in SIZES)),
        rows=[
            *rows,
            ["**together, dollars a month**", "", *(f"**{one:,.2f}**".replace(",", " ") for one in sums)],
            [
                "cents a parcel",
                "",
                *(f"{100 * one / shop_month(orders).parcels:.3f}" for one, orders in zip(sums, SIZES, strict=True)),
            ],
        ],
    )


def stacks() -> Table:
    """What a stack costs before it has any order: in an account that has nothing else, and in one whose free
    allowances are used up."""
    lines = bill(shop_month(0))
    dear = [replace(line, free=0) for line in lines]
    rows = [
        [one.name, f"{one.dollars:.2f}", f"{other.dollars:.2f}"]
        for one, other in zip(lines, dear, strict=True)
        if other.dollars >= 0.005
    ]
    return Table(
        name="stacks",
        title="What a stack costs without an order",
        columns=("line", "the account's first", "each further one"),
        rows=[*rows, ["**together, dollars a month**", f"**{total(lines):.2f}**", f"**{total(dear):.2f}**"]],
    )


def tables() -> Iterable[Table]:
    return limits(), figures(), costs(), stacks()


def rendered(text: str) -> str:
    named = {table.name: table.markdown() for table in tables()}
    named["prices"] = (
        f"List prices of {PRICES_OF}, eu-central-1, without tax; a month is {DAYS} days. Storage and backups are from "
        "the list of 2025, by memory. A poll of a hundred parcels has "
        f"{message_bytes() / 1000:.0f} kB."
    )
    return in_place(text, named)


def measure(_rounds: int) -> list[Table]:
    """Nothing is: all of it is computed."""
    return list(tables())


def write() -> None:
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _count(number: float) -> str:
    """To three digits, or whole where it has fewer."""
    if number >= 1000:
        shift = 10 ** (len(f"{number:.0f}") - 3)
        number = round(number / shift) * shift
    return f"{number:,.0f}".replace(",", " ")
