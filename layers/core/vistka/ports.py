"""What the use cases need of the outside; one adapter per outside system stands behind each Protocol."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from vistka.domain.audit import Audit
from vistka.domain.foreign import ForeignText
from vistka.domain.lags import Lags
from vistka.domain.load import Load
from vistka.domain.notices import Audience, Notice, NoticeState
from vistka.domain.orders import Finding, Order, OrderPage, Projection, WriteResult
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.recipients import Closed, OrderChats, Recipient
from vistka.domain.remarks import Unread
from vistka.domain.rules import Event, Move, Moved
from vistka.domain.runs import Run as Run  # noqa: PLC0414 -- asked for here by who keeps runs
from vistka.domain.stages import Role


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...

    def sleep(self, duration: timedelta) -> None: ...


class Metrics(Protocol):
    def count(self, name: str, value: float = 1) -> None:
        """Add to one of the metrics that `vistka.metrics` names."""
        ...


class Together(Protocol):
    """How steps that do not depend on each other are done: `width` of them at a time."""

    @property
    def width(self) -> int: ...

    def do[T](self, steps: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Do all of them, in any order or at once. Returns what each returned or raised, in the order given: none
        hinders another."""
        ...


# --- the carrier ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One parcel to ask about. `phone` is as the shop has it: one the carrier would not take is left out."""

    ttn: str
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """One batch of answers, by number.

    A ttn of the batch stands in exactly one of: `facts`; `stubs` (80, empty, or no answer for it in a list that has
    others: keep the last state, ask later); `refused` (ttn -> the carrier's reason, for that number only). `sent_at`
    maps each ttn in `facts` or `stubs` to the moment its request was sent; `requests` counts HTTP requests made;
    `keys_refused` counts keys that were, and `keyless` says that none was left and the answer came without one. Of a
    ttn in `unread` some fields could not be read and were taken for empty; those in `phoneless` were asked without
    their phone, which the carrier refused.
    """

    facts: Mapping[str, Facts]
    stubs: frozenset[str]
    refused: Mapping[str, str]
    sent_at: Mapping[str, datetime]
    requests: int
    keyless: bool = False
    keys_refused: int = 0
    unread: Mapping[str, tuple[Unread, ...]] = field(default_factory=dict)
    phoneless: frozenset[str] = frozenset()


class Carrier(Protocol):
    def ask(self, documents: Sequence[Document]) -> Answers:
        """Ask about at most 100 parcels with unique numbers.

        Takes a slot of the pace before each HTTP request. Retries what may pass within its time; splits around a
        number that the carrier refuses. Raises CarrierUnavailable, CarrierLimited, CredentialRefused, SlotTaken.
        """
        ...

    def check(self) -> Finding: ...


class Pace(Protocol):
    def take(self, *, longest: timedelta) -> timedelta:
        """Reserve the next free slot and return how long to wait for it; raises SlotTaken beyond `longest`."""
        ...


# --- the shop ---------------------------------------------------------------------------------------------------


class Shop(Protocol):
    """Implemented for SQL (SQLite, MariaDB/MySQL, PostgreSQL) and HTTP; all pass one contract."""

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        """Open orders with a non-empty tracking field, by key, from the one behind `after`. Raises ShopUnavailable,
        ShopMismatch."""
        ...

    def order(self, number: str) -> Order | None:
        """One order by its number, open or not; None if the shop has none such."""
        ...

    def of_phone(self, phone: str) -> Sequence[Order]:
        """Every order with this phone (380XXXXXXXXX), however it was typed, open or not, in the order of their keys.
        Raises ShopUnavailable, ShopMismatch, the latter also where orders have no phone, or too many have this one."""
        ...

    def write(self, projections: Sequence[Projection]) -> WriteResult:
        """Set the two tracking columns, and only these, in one statement for all rows.

        Each row is guarded by id, by the number as typed and by the text the message carried (null-safe). When the
        database refuses the statement for a row, the batch is halved until that row is found; the others are written.
        Raises ShopUnavailable, ShopMismatch.
        """
        ...

    def rules(self) -> Mapping[Event, str]:
        """The order rules that are switched on, each in words; asks nobody."""
        ...

    def move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        """Set each order's own status, and its payment status, as the rule of the event says, and no other column.

        Each is guarded by key, number, the tracking field as typed, and the statuses that the rule names, byte by byte.
        What became of each comes in the same order. Raises ShopUnavailable, ShopMismatch: then each may have been done.
        """
        ...

    def fit(self, text: str) -> str:
        """The text as it fits the column: cut at a word, ending in `…`."""
        ...

    def check(self) -> Sequence[Finding]: ...

    def close(self) -> None:
        """Give the connection back at the end of an invocation, where the server allows few."""
        ...


# --- the store --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """This parcel belongs to this order, now (`current`) or formerly; with the buyer's chat as last seen.

    One that the order's field does not list itself, since the carrier made it on the basis of another, names its
    `parent`, as what (`via`) it took the parent's place, and which number of the field it comes from (`root`).
    """

    order_key: str
    order_number: str
    ttn: str
    current: bool
    since: datetime
    chat_id: int | None = field(default=None, repr=False)
    language: str = ""
    unreachable: str = ""
    root: str = ""
    parent: str = ""
    via: Role | None = None

    @property
    def listed(self) -> str:
        """The number by which the order's field has it."""
        return self.root or self.ttn

    def stands_in(self, numbers: Container[str]) -> bool:
        """Whether it is still the order's, when these stand in the order's field."""
        return self.ttn in numbers or self.listed in numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One transaction: the STATE on condition of its revision, and all that comes with it.

    `expected` is the revision that STATE must have now, None when it must not exist; a second STATE, of a `child`, has
    `child_expected`. A commit with more items than a transaction takes is refused by ValueError: the use case keeps it
    small (at most 20 orders a parcel are told).
    """

    state: ParcelState
    expected: int | None
    change: Change | None = None
    links: tuple[Link, ...] = ()
    notices: tuple[Notice, ...] = ()
    #: notices that end with it, each already `ended`; conditional on revision - 1
    superseded: tuple[Notice, ...] = ()
    child: ParcelState | None = None
    child_expected: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRecord:
    """All that the store knows of one order."""

    order_key: str
    order_number: str
    links: tuple[Link, ...]
    notices: tuple[Notice, ...]


#: Items that one transaction takes.
LARGEST_COMMIT: Final = 100


class ParcelStore(Protocol):
    def states(self, ttns: Iterable[str]) -> dict[str, ParcelState]:
        """The STATEs there are and that can be read, 100 a request, read consistently. Raises StoreUnavailable."""
        ...

    def commit(self, commit: Commit) -> None:
        """All or nothing. Raises StoreConflict when a condition fails, RecordUnreadable when a STATE stands there that
        cannot be read, StoreUnavailable."""
        ...

    def links(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Link]:
        """Links by (order key, ttn)."""
        ...

    def order(self, order_key: str) -> OrderRecord | None: ...

    def order_key(self, order_number: str) -> str | None: ...

    def history(self, ttn: str) -> list[Change]:
        """Changes, oldest first."""
        ...

    def followed(self) -> Iterator[str]:
        """Numbers of the parcels that are followed whatever became of their orders (`chains.is_followed`), each once;
        what was written a moment ago may be missing, or still be there. Raises StoreUnavailable, while they are read.
        """
        ...

    def foreign_texts(self, order_keys: Iterable[str]) -> dict[str, ForeignText]:
        """What is known of other programs' texts in these orders, by order key."""
        ...

    def put_foreign_text(self, order_key: str, found: ForeignText) -> None:
        """Replace the record whose revision is one less (revision 0: there must be none). Raises StoreConflict."""
        ...


class LinkedOrders(Protocol):
    """Orders with their links, for whoever shows them: without chats, without notices."""

    def of_key(self, order_key: str) -> OrderRecord | None: ...

    def of_numbers(self, order_numbers: Iterable[str]) -> dict[str, OrderRecord]:
        """Those that the store knows, by number. Raises StoreUnavailable."""
        ...


class Refreshes(Protocol):
    """Which orders somebody wants asked about soon, so that none is asked about too often."""

    def take(self, order_number: str, *, now: datetime, interval: timedelta) -> datetime | None:
        """Take the order's turn; or, where it was taken less than an interval ago, when the next one is. Of two who
        take at once one gets it. Raises StoreUnavailable."""
        ...

    def give_back(self, order_numbers: Iterable[str]) -> None:
        """Nothing came of the turn: the next one may be taken at once."""
        ...


class OrderEvents(Protocol):
    def refresh(self, order_numbers: Sequence[str]) -> None:
        """Ask the dispatcher for these orders, at most a hundred; it answers nobody. Raises QueueUnavailable."""
        ...


class Ledger(Protocol):
    def get(self, order_key: str, notice_id: str) -> Notice | None: ...

    def put_new(self, notice: Notice) -> bool:
        """Write a notice that must not exist yet; False if it does."""
        ...

    def update(self, notice: Notice) -> None:
        """Replace the notice whose revision is one less. Raises StoreConflict."""
        ...

    def update_all(self, notices: Sequence[Notice], summary: Notice | None = None) -> None:
        """Replace up to 99 notices and put or replace `summary` (revision 0: must not exist) in one transaction.
        Raises StoreConflict."""
        ...

    def of_parcel(self, order_key: str, ttn: str) -> list[Notice]:
        """Every notice of this parcel for this order, read consistently."""
        ...

    def due(self, *, before: datetime, limit: int) -> list[Notice]:
        """Unsettled notices with `due_at` up to `before`, oldest first, effects excepted."""
        ...

    def effects_due(self, *, before: datetime, limit: int) -> list[Notice]:
        """As `due`, of effects on orders alone; `due` has none of them."""
        ...

    def calls_due(self, *, before: datetime, limit: int) -> list[Notice]:
        """As `due`, of the calls of the shop's own program."""
        ...

    def put_off(self, *, beyond: datetime, limit: int) -> list[Notice]:
        """What is unsettled, effects and calls as well, with `due_at` after `beyond`: the furthest, so many of each."""
        ...

    def list(self, *, state: NoticeState | None = None, order_key: str | None = None) -> Iterable[Notice]:
        """The ledger, for people, or that of one order; a scan when none is named."""
        ...


class Audits(Protocol):
    def put(self, audit: Audit) -> None:
        """Raises StoreUnavailable."""
        ...

    def of(self, order_key: str) -> Sequence[Audit]:
        """Of one order, oldest first."""
        ...


class Runs(Protocol):
    def start(self, run: Run) -> None:
        """What it has sent and covers is told with `sent`."""
        ...

    def sent(
        self,
        run_id: str,
        *,
        batches: int,
        covers: datetime,
        left: Iterable[str] = (),
        load: Load | None = None,
        after: str | None = None,
    ) -> Run:
        """All batches of the run are in the queue. `left`: parcels that failed before and had no room in this run;
        they count among its `failed`. `after`: the order behind which the next run has to go on."""
        ...

    def batch_done(self, run_id: str, batch: int, *, failed: Iterable[str]) -> Run | None:
        """Mark one batch done, one write; the same batch twice counts once. Batches are numbered from 0 on, without a
        gap. None if the run is unknown, or if this batch completes nothing: of a large run a mark is told to the run
        with the last one of its lot."""
        ...

    def latest(self, limit: int) -> list[Run]:
        """The newest runs first; those of one round stand together for it in its last (`with_rounds`)."""
        ...

    def live_since(self, now: datetime, *, live: bool) -> datetime | None:
        """When the shop went live: recorded at the first call with `live`, forgotten by one without, unless that may
        come from an invocation of the mode before (`vistka.domain.policy.MODE_OVERLAP`)."""
        ...


class LagBook(Protocol):
    """How long news took from scan to notice, by day (UTC)."""

    def since(self, day: date) -> Sequence[Lags]:
        """The days from that one on on which there were news. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Circuit:
    """Whether Telegram is spoken to at all. While `open`, one probe with getMe is due at `probe_at`."""

    open: bool = False
    reason: str = ""
    since: datetime | None = None
    probe_at: datetime | None = None
    unknown_streak: int = 0
    limited_at: datetime | None = None
    limited_group: str = ""
    revision: int = 0


class Circuits(Protocol):
    def read(self) -> Circuit: ...

    def write(self, circuit: Circuit) -> None:
        """Replace the circuit whose revision is one less. Raises StoreConflict."""
        ...


class ChatPaces(Protocol):
    def take(self, group: str, *, longest: timedelta) -> timedelta:
        """As Pace.take, one slot a second for each recipient group."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenUse:
    """The first chat that used a link token; forgotten after `until`, when the token has long expired."""

    order_key: str
    fingerprint: str
    chat_id: int = field(repr=False)
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Tapped:
    """What one read shows to whoever judges a tap on a link. `used_by` is 0 where that chat was forgotten since."""

    recipient: Recipient | None
    chats: OrderChats
    used_by: int | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hearer:
    """What one read shows to whoever is about to tell a chat of an order."""

    recipient: Recipient | None
    chats: OrderChats


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """One transaction: what a chat's owner did, and all that follows. Recipient and chats replace those whose revision
    is one less (1: there must be none); neither `use` nor the notices may exist."""

    recipient: Recipient
    chats: OrderChats | None = None
    use: TokenUse | None = None
    notices: tuple[Notice, ...] = ()
    audit: Audit | None = None


class Chats(Protocol):
    """Whom an order's news go to. Chats stand in the store alone."""

    def of_orders(self, order_keys: Iterable[str]) -> dict[str, OrderChats]:
        """The linked chats of those orders that have some, 100 a request."""
        ...

    def recipient(self, chat_id: int) -> Recipient | None: ...

    def recipients(self, chat_ids: Iterable[int]) -> dict[int, Recipient]:
        """Those that are known of these chats, 100 a request."""
        ...

    def hearer(self, *, order_key: str, chat_id: int) -> Hearer:
        """In one request."""
        ...

    def tapped(self, *, order_key: str, fingerprint: str, chat_id: int) -> Tapped:
        """In one request."""
        ...

    def write(self, binding: Binding) -> None:
        """All or nothing. Raises StoreConflict when somebody else wrote first, StoreUnavailable."""
        ...

    def close(self, chat_id: int, reason: Closed, *, asked_at: datetime) -> None:
        """Telegram refused a message that was sent at `asked_at`: nothing more is sent until the owner's /start. A chat
        that was opened after that, or that nobody linked, is left as it is."""
        ...


# --- queues -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class PollEntry:
    body: str
    delay: timedelta


class PollQueue(Protocol):
    def send(self, entries: Sequence[PollEntry]) -> list[int]:
        """Send all, ten a request; return the indexes of those the queue did not take (`Failed`, or an error)."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeEntry:
    """Group: the recipient, as a keyed hash (R9). `deduplication_id`: a new one for every sweep."""

    body: str
    group: str
    deduplication_id: str


class NoticeQueue(Protocol):
    def send(self, entries: Sequence[NoticeEntry]) -> list[int]:
        """As PollQueue.send; order within a group is kept."""
        ...


class Visibility(Protocol):
    def change(self, receipt_handle: str, after: timedelta) -> None:
        """Let the message be seen again after this long (at most 12 h from its receipt)."""
        ...


class Parking(Protocol):
    def park(self, body: str, *, reason: str, message_id: str) -> None:
        """Put a message that nobody can read into the dead-letter queue, with its reason. Raises QueueUnavailable."""
        ...


# --- Telegram ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    message_id: int | None
    chat_id: int  # differs from the one asked for when the group became a supergroup
    plain: bool = False  # our markup was refused: went out as plain text
    cut: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """One under a message: `says` is what a press of it tells the bot."""

    label: str
    says: str


#: Rows of buttons.
type Buttons = tuple[tuple[Button, ...], ...]


class Telegram(Protocol):
    def send(self, chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        """Raises TelegramUnavailable (certainly not sent), TelegramLimited, TelegramUnknown, CredentialRefused,
        ChatUnreachable, TelegramRejected. Error texts hold neither URL nor chat id."""
        ...

    def get_me(self) -> str:
        """The bot's @name."""
        ...

    def check(self, shop_chat_id: int | None) -> Sequence[Finding]: ...


# --- a program of the shop's ------------------------------------------------------------------------------------


class Webhook(Protocol):
    def call(self, body: bytes, *, call_id: str, at: datetime) -> int:
        """Post the signed body and return the status of the answer, whatever it is. `at` is when the call is made.

        Raises WebhookUnavailable when there is no answer, ConfigurationError for an address or secret that is none.
        """
        ...


class Texts(Protocol):
    def render(self, notice: Notice, *, now: datetime) -> str:
        """The message as Telegram HTML. Raises ConfigurationError if a text is missing."""
        ...


class ButtonTexts(Protocol):
    def button(self, name: str, language: str) -> str:
        """What stands on a button. Raises ConfigurationError if a text is missing."""
        ...


def recipient_of(notice: Notice, shop_chat_id: int | None) -> int | None:
    """The chat a notice goes to: the buyer's own, or the shop's."""
    return shop_chat_id if notice.audience is Audience.SHOP else notice.chat_id


JsonObject = dict[str, Any]
