"""The shop's database of a local world: our own, made anew, or somebody's, filled only while it is nobody's."""

from pathlib import Path
from typing import Final

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from local import scenario
from local.shop.seed import NotOurs, is_free, seed, seeding_engine
from local.world.failure import WorldError
from vistka.adapters.shop_errors import LOWER_ERRORS, judge
from vistka.domain.errors import ConfigurationError
from vistka.shop.schema import load_schema

_ORDERS: Final = "orders_order"


def own_shop(file: Path, told: Path) -> str:
    """Make the world's own database anew from the scenario that the stand-ins tell; return its URL."""
    file.unlink(missing_ok=True)
    url = f"sqlite:///{file}"
    seed(url, scenario.load(told))
    return url


def fill_if_empty(url: str, told: Path, *, schema: str = "") -> bool:
    """Fill somebody's database if it holds no table at all, or only ours without an order; else touch nothing.

    `schema` is what they named as theirs, if anything. Raises WorldError, also when there are tables that no schema
    describes; the texts never hold the password.
    """
    if schema not in {"", "twocomms"}:
        return False
    try:
        engine = seeding_engine(url)
    except ConfigurationError as error:
        raise WorldError(str(error)) from None
    where = make_url(url).render_as_string(hide_password=True)
    try:
        try:
            with engine.connect() as connection:
                if not is_free(connection):
                    if schema or inspect(connection).has_table(_ORDERS):
                        return False
                    raise WorldError(
                        f"SHOP_DATABASE_URL: there are tables, but no {_ORDERS}; "
                        "name the schema file of this shop with SHOP_SCHEMA"
                    )
        finally:
            engine.dispose()
        seed(url, scenario.load(told))
    except NotOurs as error:
        raise WorldError(f"{where}: {error}") from None
    except LOWER_ERRORS as error:
        raise WorldError(f"{where}: {judge(error, load_schema('twocomms')).text}") from None
    return True
