"""One connection to the shop's database, lent to one piece of work at a time."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from vistka.adapters.shop_errors import LOWER_ERRORS, Failure, Fate, LoginNeedsTlsError, is_gone, judge
from vistka.adapters.shop_url import ANSWER_SECONDS, make_engine, read_url
from vistka.shop.schema import ShopSchema


class ShopDatabase:
    """Every piece of work takes the connection, tested before use, and gives it back: none is held in between.

    Nothing relies on a lock or a rollback: each statement stands alone, since tables without transactions are met.
    """

    def __init__(self, url: str, schema: ShopSchema, *, answer_seconds: int = ANSWER_SECONDS) -> None:
        """Reads the URL and connects to nothing yet. Raises ConfigurationError."""
        self._engine = make_engine(read_url(url), answer_seconds=answer_seconds)
        self._schema = schema
        event.listen(self._engine, "handle_error", _mark_gone)
        if schema.written_entries is not None and self.kind == "mysql":
            event.listen(self._engine, "connect", _read_repeatably)

    @property
    def kind(self) -> str:
        """sqlite, mysql (MariaDB too) or postgresql."""
        return self._engine.dialect.name

    @property
    def dialect(self) -> sa.Dialect:
        return self._engine.dialect

    def attempt[T](self, work: Callable[[sa.Connection], T]) -> T | Failure:
        """Do the work, once more if the connection broke under it, and return what came or how it failed.

        The work must bear being done twice. What we raise ourselves in it passes through.
        """
        failure = Failure(fate=Fate.LOST)
        for _ in range(2):
            try:
                with self._connect() as connection:
                    return _guarded(connection, work)
            except LOWER_ERRORS as error:
                failure = judge(error, self._schema)
            if failure.fate is not Fate.LOST:
                break
        return failure

    def run[T](self, work: Callable[[sa.Connection], T]) -> T:
        """As `attempt`; raises ShopUnavailable or ShopMismatch, with nothing of the driver's error hung on."""
        outcome = self.attempt(work)
        if isinstance(outcome, Failure):
            raise outcome.error()
        return outcome

    def _connect(self) -> sa.Connection:
        try:
            return self._engine.connect()
        except (LookupError, ValueError, AssertionError):
            # What is no database server at all makes the drivers stumble over its bytes.
            raise ConnectionAbortedError from None
        except RuntimeError:
            # PyMySQL would encrypt the password for MySQL 8 itself, with a package that the layer does not carry.
            raise LoginNeedsTlsError from None

    def close(self) -> None:
        self._engine.dispose()


def _guarded[T](connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
    try:
        return work(connection)
    except LOWER_ERRORS as error:
        # What passes a driver unseen may have stopped it in the middle of a message: that connection is of no more use.
        if not isinstance(error, SQLAlchemyError):
            connection.invalidate()
        raise


def _read_repeatably(connection: Any, _: object) -> None:
    # What a statement found missing stays missing until it has added it: of two writers one is told to repeat. Where
    # the server's own level is READ COMMITTED both would add the row, and no unique key keeps them from it.
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _mark_gone(context: ExceptionContext) -> None:
    # pg8000 reports an ended session as an ordinary error, and newer servers say why they hung up: both would pass
    # the test before use off as a failure, where a new connection is all that is needed.
    if isinstance(context.original_exception, Exception) and is_gone(context.original_exception):
        context.is_disconnect = True
