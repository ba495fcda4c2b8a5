"""Fields that stand in rows of another table, as WordPress keeps them: read beside the order's columns, and written."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from vistka.shop.tables import Entry, RowsTable


def of_first_row(
    table: sa.TableClause, entry: Entry, column: str, owner: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """This column of the entry's row with the lowest id, as WordPress reads it too; null where there is none.

    `owner` is the order's key, in the statement around. Where there are several names, empty rows do not count.
    """
    rows = table.alias()
    query = sa.select(rows.c[column]).where(rows.c[entry.rows.owner] == owner).correlate_except(rows)
    if entry.names:
        query = query.where(rows.c[entry.rows.name].in_(entry.names))
    if len(entry.names) > 1:
        query = query.where(rows.c[entry.column] != "")
    return query.order_by(rows.c[entry.rows.id]).limit(1).scalar_subquery()


def owners_with(table: sa.TableClause, entry: Entry, value: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Keys of the orders that have a row of this entry with this value, be it the one that counts or not."""
    rows = table.alias()
    query = sa.select(rows.c[entry.rows.owner]).where(rows.c[entry.column] == value)
    return query.where(rows.c[entry.rows.name].in_(entry.names)) if entry.names else query


def two_entries(
    found: sa.Subquery,
    *,
    text: Entry,
    time: Entry,
    texts: Sequence[tuple[Any, sa.ColumnElement[Any]]],
    times: Sequence[tuple[Any, sa.ColumnElement[Any]]],
) -> sa.Select[Any]:
    """Two rows of (id, owner, name, value) for each row of `found`, whose columns are key, text_id and time_id."""
    each = sa.select(sa.literal_column("0").label("n")).union_all(sa.select(sa.literal_column("1"))).subquery("each")
    is_text = each.c.n == 0
    return sa.select(
        sa.case((is_text, found.c.text_id), else_=found.c.time_id),
        found.c.key,
        sa.case((is_text, sa.literal(text.names[0])), else_=sa.literal(time.names[0])),
        sa.case((is_text, sa.case(*texts)), else_=sa.case(*times)),
    ).select_from(found.join(each, sa.true()))


def save(table: sa.TableClause, rows: RowsTable, query: sa.Select[Any], *, database: str) -> sa.Insert:
    """One statement: a row of the query that has an id replaces the value of that row, one without is added.

    No unique key says that an order has an entry once, so the id that a row has, if any, must come of the query.
    """
    columns = [rows.id, rows.owner, rows.name, rows.value]
    if database == "mysql":
        insert = mysql.insert(table).from_select(columns, query)
        return insert.on_duplicate_key_update({rows.value: insert.inserted[rows.value]})
    into = sqlite.insert(table).from_select(columns, query)
    return into.on_conflict_do_update(index_elements=[rows.id], set_={rows.value: into.excluded[rows.value]})
