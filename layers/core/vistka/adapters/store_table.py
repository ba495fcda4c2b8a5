"""The store's table: keys, single requests with their conditions, and what its errors mean."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from itertools import batched
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError
from pynamodb.connection import Connection

from vistka.adapters.store_values import Item, from_wire, to_wire
from vistka.domain.errors import (
    ConfigurationError,
    StoreConflict,
    StoreRefused,
    StoreUnavailable,
    TransientError,
    VistkaError,
)
from vistka.ports import Clock

type Key = tuple[str, str]

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 4
#: After the first attempt. botocore gives a transaction one token for all of its attempts.
RETRIES: Final = 2
#: DynamoDB's own limits.
LARGEST_READ: Final = 100
LARGEST_TRANSACTION: Final = 100
#: Unless a deployment says otherwise.
RETENTION: Final = timedelta(days=90)

#: Answers without any item, one after another, before a batch read is given up.
_EMPTY_READS: Final = 4
_CONDITION: Final = "ConditionalCheckFailed"
_CONFLICT: Final = "TransactionConflict"
_REFUSED: Final = frozenset({"AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException"})


class Guard(Enum):
    ANY = "any"  # put, whatever is there
    ABSENT = "absent"  # nothing may be there


@dataclass(frozen=True, kw_only=True, slots=True)
class Put:
    """One item to write whole. A number as guard is the revision that must be there now. `kept`: it belongs to an order
    or a parcel, and is forgotten with it, unless it is written or renewed again."""

    key: Key
    item: Mapping[str, Any]
    guard: Guard | int = Guard.ANY
    kept: bool = False

    def request(self, table: str, *, until: int) -> dict[str, Any]:
        pk, sk = self.key
        times = {"expires_at": until} if self.kept else {}
        out: dict[str, Any] = {"TableName": table, "Item": to_wire({**self.item, **times, "pk": pk, "sk": sk})}
        if self.guard is Guard.ABSENT:
            out["ConditionExpression"] = "attribute_not_exists(pk)"
        elif isinstance(self.guard, int):
            out["ConditionExpression"] = "revision = :expected"
            out["ExpressionAttributeValues"] = to_wire({":expected": self.guard})
        return out


class Table:
    """Requests to the one table. Every method raises StoreUnavailable, StoreRefused for what the store can never take,
    and ConfigurationError for a table that is not there or not open to us; those with a condition also StoreConflict.
    No error text holds an item."""

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        region: str = "",
        host: str = "",
        retention: timedelta = RETENTION,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """An empty `host` leaves the address to AWS_ENDPOINT_URL, an empty region to AWS_DEFAULT_REGION. `retention` is
        how long what belongs to an order outlives its last write or renewal, `read_seconds` how long an answer is
        waited for."""
        # pynamodb writes whole requests at DEBUG, chat ids included (R9).
        logging.getLogger("pynamodb").setLevel(logging.INFO)
        logging.getLogger("botocore").setLevel(logging.INFO)
        self.name = name
        self._clock = clock
        self._retention = retention
        self._connection = Connection(
            region=region or None,
            host=host or None,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=read_seconds,
            max_retry_attempts=RETRIES,
        )

    def get(self, key: Key) -> Item | None:
        found = self._call("GetItem", Key=_key(key), ConsistentRead=True).get("Item")
        return from_wire(found) if found else None

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The items there are, read consistently, 100 a request."""
        found: dict[Key, Item] = {}
        for chunk in batched(dict.fromkeys(keys), LARGEST_READ, strict=False):
            self._get_chunk([_key(key) for key in chunk], found)
        return found

    def _get_chunk(self, wanted: list[dict[str, Any]], found: dict[Key, Item]) -> None:
        empty = 0
        while wanted:
            request = {self.name: {"Keys": wanted, "ConsistentRead": True}}
            answer = self._dispatch("BatchGetItem", {"RequestItems": request})
            items = [from_wire(item) for item in answer.get("Responses", {}).get(self.name, ())]
            found.update({(item["pk"], item["sk"]): item for item in items})
            wanted = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if wanted and not items:
                empty += 1
                if empty == _EMPTY_READS:
                    raise StoreUnavailable("the store is throttling: BatchGetItem left keys unread")
                self._clock.sleep(timedelta(milliseconds=50 * 2**empty))

    def query(
        self,
        pk: str,
        *,
        prefix: str = "",
        newest_first: bool = False,
        limit: int | None = None,
        attributes: Sequence[str] = (),
    ) -> Iterator[Item]:
        """Items of one partition in the order of their sort keys, read consistently; only the named `attributes` of
        them, if any are named."""
        request: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            request["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        if attributes:
            names = {f"#{place}": name for place, name in enumerate(attributes)}
            request["ProjectionExpression"] = ", ".join(names)
            request["ExpressionAttributeNames"] = names
        return self.pages("Query", request, limit=limit)

    def pages(self, operation: str, request: Mapping[str, Any], *, limit: int | None = None) -> Iterator[Item]:
        """All items of a Query or a Scan, page after page, until `limit` are read."""
        left = limit
        start: dict[str, Any] = {}
        while left is None or left > 0:
            page = {} if left is None else {"Limit": left}
            answer = self._call(operation, **request, **page, **start)
            items = answer.get("Items", ())
            yield from (from_wire(item) for item in items)
            if not answer.get("LastEvaluatedKey"):
                return
            left = None if left is None else left - len(items)
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def write(self, puts: Sequence[Put]) -> None:
        """All or nothing: one conditional PutItem for one item, else one transaction.

        Raises ValueError for more items than a transaction takes, or two for one key.
        """
        if len(puts) > LARGEST_TRANSACTION:
            raise ValueError(f"{len(puts)} items in one transaction; DynamoDB takes {LARGEST_TRANSACTION}")
        if len({put.key for put in puts}) < len(puts):
            raise ValueError("two items of one transaction have the same key")
        if len(puts) == 1:
            self._dispatch("PutItem", puts[0].request(self.name, until=self.until()))
        elif puts:
            until = self.until()
            requests = [{"Put": put.request(self.name, until=until)} for put in puts]
            self._dispatch("TransactWriteItems", {"TransactItems": requests})

    def write_first(self, put: Put, *, is_damaged: Callable[[Item], bool]) -> None:
        """One item where none may be, but for one of which `is_damaged` says that nobody can read it: that would be in
        the way for ever."""
        try:
            self.write([replace(put, guard=Guard.ABSENT)])
        except StoreConflict:
            found = self.get(put.key)
            if found is None or not is_damaged(found):
                raise
            self.write([replace(put, guard=Guard.ANY)])

    def until(self) -> int:
        """When what is written or renewed now is forgotten, in seconds since 1970."""
        return int((self._clock.now() + self._retention).timestamp())

    def update(self, key: Key, expression: str, values: Mapping[str, Any], *, condition: str = "") -> Item:
        """One UpdateItem; returns the item as it is then."""
        answer = self._call(
            "UpdateItem",
            Key=_key(key),
            UpdateExpression=expression,
            ReturnValues="ALL_NEW",
            **({"ExpressionAttributeValues": to_wire(values)} if values else {}),
            **({"ConditionExpression": condition} if condition else {}),
        )
        return from_wire(answer["Attributes"])

    def delete(self, key: Key, *, revision: int | None = None) -> None:
        """With `revision` only the item that has it now."""
        guard: dict[str, Any] = {}
        if revision is not None:
            guard["ConditionExpression"] = "revision = :expected"
            guard["ExpressionAttributeValues"] = to_wire({":expected": revision})
        self._call("DeleteItem", Key=_key(key), **guard)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        return self._dispatch(operation, {"TableName": self.name, **request})

    def _dispatch(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        with _mapped(operation):
            answer: dict[str, Any] = self._connection.dispatch(operation, request)
            return answer


def expires(after: datetime, days: int) -> int:
    """DynamoDB's time to live: seconds since 1970."""
    return int((after + timedelta(days=days)).timestamp())


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


@contextmanager
def _mapped(operation: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _of_answer(operation, error) from None
    except (NoCredentialsError, NoRegionError) as error:
        raise ConfigurationError(f"the store cannot be asked: {type(error).__name__}") from None
    except BotoCoreError as error:
        # Its text may name addresses; its kind says enough.
        raise StoreUnavailable(f"the store did not answer {operation}: {type(error).__name__}") from None


def _of_answer(operation: str, error: ClientError) -> VistkaError:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    reasons = {reason.code for reason in getattr(error, "cancellation_reasons", ()) if reason is not None}
    if code in {"ConditionalCheckFailedException", "TransactionConflictException"}:
        return StoreConflict(f"{operation}: somebody else wrote first")
    if code == "TransactionCanceledException" and (_CONDITION in reasons or reasons == {_CONFLICT}):
        return StoreConflict(f"{operation}: somebody else wrote first")
    if code == "ValidationException" or "ValidationError" in reasons:
        # Its text names sizes and attributes, and may quote what stands in them.
        return StoreRefused(f"the store takes no such {operation}: an item too large for it, or a key it cannot have")
    if code == "ResourceNotFoundException":
        return ConfigurationError("the store's table is not there; check STORE_TABLE and the region, or deploy again")
    if code in _REFUSED:
        return ConfigurationError(f"the store refuses {operation} ({code}); check the role's permissions")
    return _unavailable(operation, code, reasons)


def _unavailable(operation: str, code: str, reasons: set[str]) -> TransientError:
    why = ", ".join(sorted(reasons)) or code
    return StoreUnavailable(f"the store did not take {operation}: {why}")
