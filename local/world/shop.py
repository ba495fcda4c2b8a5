"""The shop's database of a local world: our own, made anew, or somebody's, filled only while it is empty."""

import json
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from local import scenario
from local.shop.seed import NotOurs, database_url, seed
from local.world.failure import WorldError

_ORDERS: Final = "orders_order"


def own_shop(file: Path, told: Path) -> str:
    """Make the world's own database anew from the scenario that the stand-ins tell; return its URL."""
    file.unlink(missing_ok=True)
    url = f"sqlite:///{file}"
    seed(url, scenario.load(told))
    return url


def fill_if_empty(url: str, told: Path) -> bool:
    """Fill somebody's database if it has no order table. Raises WorldError; the texts never hold its password."""
    where = database_url(url).render_as_string(hide_password=True)
    try:
        engine = create_engine(database_url(url))
        try:
            if inspect(engine).has_table(_ORDERS):
                return False
        finally:
            engine.dispose()
        seed(url, scenario.load(told))
    except NotOurs as error:
        raise WorldError(f"{where}: {error}") from None
    except SQLAlchemyError as error:
        # The error's own text may hold the URL, but the driver's number and words say what is wrong.
        reason = getattr(error, "orig", None)
        raise WorldError(f"{where} does not answer: {type(reason or error).__name__} {_words(reason)}") from None
    return True


def _words(reason: object) -> str:
    return json.dumps([str(part)[:200] for part in getattr(reason, "args", ())], ensure_ascii=False)
