"""pg8000 under SQLAlchemy, leaving nothing behind when a connection fails or the server has hung up."""

from contextlib import suppress
from typing import Any

from pg8000.exceptions import Error  # type: ignore[import-untyped]
from pg8000.legacy import Connection  # type: ignore[import-untyped]
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000


class Dialect(PGDialect_pg8000):
    """As SQLAlchemy's own, but that sockets are closed in every case."""

    supports_statement_cache = True

    def connect(self, *arguments: Any, **options: Any) -> Any:
        return _Connection(*arguments, **options)

    def do_close(self, dbapi_connection: Any) -> None:
        dbapi_connection.close()

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.close()


class _Connection(Connection):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        try:
            super().__init__(*arguments, **options)
        except BaseException:
            self.close()  # pg8000 leaves the socket of a refused login to the garbage collector
            raise

    def close(self) -> None:
        buffer = getattr(self, "_sock", None)
        if buffer is None:
            return
        # Taking leave of a dead socket fails, and its unsent buffer would complain once more when it is collected.
        with suppress(Error, OSError):
            super().close()
        with suppress(OSError, ValueError):
            buffer.close()
