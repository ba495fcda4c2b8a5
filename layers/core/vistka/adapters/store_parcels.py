"""Parcels in DynamoDB: STATE, history and links, written together in one transaction."""

from collections.abc import Iterable, Iterator

from vistka.adapters.store_items import (
    FOLLOWED,
    change_of,
    change_put,
    foreign_key,
    foreign_of,
    foreign_put,
    link_key,
    link_of,
    link_put,
    notice_put,
    number_key,
    number_put,
    order_pk,
    read,
    readable,
    state_key,
    state_of,
    state_put,
    ttn_of,
)
from vistka.adapters.store_table import Guard, Put, Table
from vistka.domain.errors import StoreConflict
from vistka.domain.foreign import ForeignText
from vistka.domain.notices import Notice
from vistka.domain.parcels import Change, ParcelState
from vistka.ports import Commit, Link, OrderRecord


class DynamoParcels:
    """`vistka.ports.ParcelStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def states(self, ttns: Iterable[str]) -> dict[str, ParcelState]:
        items = self._table.get_many(state_key(ttn) for ttn in ttns)
        return {state.ttn: state for state in readable(items.values(), state_of)}

    def commit(self, commit: Commit) -> None:
        try:
            self._table.write(_puts(commit))
        except StoreConflict:
            # Not for ever in the way of a record that nobody here can read.
            for state in filter(None, (commit.state, commit.child)):
                if (item := self._table.get(state_key(state.ttn))) is not None:
                    read(item, state_of)
            raise

    def links(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Link]:
        items = self._table.get_many(link_key(order_key, ttn) for order_key, ttn in pairs)
        return {(link.order_key, link.ttn): link for link in readable(items.values(), link_of)}

    def order(self, order_key: str) -> OrderRecord | None:
        items = list(self._table.query(order_pk(order_key)))
        links = tuple(readable((item for item in items if item["sk"].startswith("LINK#")), link_of))
        notices = tuple(readable((item for item in items if item["sk"].startswith("NOTICE#")), Notice.from_dict))
        numbers = [link.order_number for link in links] or [notice.order_number for notice in notices]
        if not numbers:
            return None
        return OrderRecord(order_key=order_key, order_number=numbers[0], links=links, notices=notices)

    def order_key(self, order_number: str) -> str | None:
        item = self._table.get(number_key(order_number))
        return str(item["order_key"]) if item else None

    def history(self, ttn: str) -> list[Change]:
        return list(readable(self._table.query(f"PARCEL#{ttn}", prefix="CHANGE#"), change_of))

    def followed(self) -> Iterator[str]:
        request = {
            "IndexName": "followed",
            "KeyConditionExpression": "followed = :followed",
            "ExpressionAttributeValues": {":followed": {"S": FOLLOWED}},
        }
        return (ttn_of(item) for item in self._table.pages("Query", request))

    def foreign_texts(self, order_keys: Iterable[str]) -> dict[str, ForeignText]:
        keys = {foreign_key(key): key for key in order_keys}
        found: dict[str, ForeignText] = {}
        for key, item in self._table.get_many(keys).items():
            found.update((keys[key], record) for record in readable([item], foreign_of))
        return found

    def put_foreign_text(self, order_key: str, found: ForeignText) -> None:
        put = foreign_put(order_key, found)
        if found.revision:
            self._table.write([put])
        else:
            # What nobody can read is begun anew, or each find would be the first one for ever.
            self._table.write_first(put, is_damaged=lambda item: not list(readable([item], foreign_of)))


def _puts(commit: Commit) -> list[Put]:
    puts = [state_put(commit.state, _at(commit.expected))]
    if commit.child is not None:
        puts.append(state_put(commit.child, _at(commit.child_expected)))
    if commit.change is not None:
        puts.append(change_put(commit.change))
    puts.extend(link_put(link) for link in commit.links)
    # Of an order that has a child its number is known, by the parent.
    numbers = {link.order_number: link.order_key for link in commit.links if link.current and not link.root}
    puts.extend(number_put(number, key) for number, key in numbers.items())
    puts.extend(notice_put(notice, Guard.ANY) for notice in commit.notices)
    puts.extend(notice_put(notice, notice.revision - 1) for notice in commit.superseded)
    return puts


def _at(revision: int | None) -> Guard | int:
    return Guard.ABSENT if revision is None else revision
