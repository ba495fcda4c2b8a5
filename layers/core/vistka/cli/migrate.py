"""`vistka migrate`: the two tracking columns in the shop's order table."""

import re
from typing import Final

import click

from vistka.adapters.shop_http_url import is_http
from vistka.cli.failures import WrongUse
from vistka.cli.options import Outside, pass_outside
from vistka.cli.render import errors, plain
from vistka.cli.world import find_world
from vistka.domain.errors import ShopUnavailable
from vistka.shop.schema import load_schema

_STANDARD_SCHEMA = "twocomms"

#: Host and name; a URL that leaves a doubt where its password ends does not match.
_PLACE: Final = re.compile(
    r"[\w+]+://(?:[^@?#]*@)?(?P<host>\[[^\]@]*\]|[^:/?#@]*)(?::\d+)?/(?P<name>[^?#@]*)(?:[?#][^@]*)?"
)


@click.command(short_help="Add the two tracking columns to the shop's orders.")
@click.option("--dry-run", is_flag=True, help="Print the SQL, change nothing.")
@pass_outside
def migrate(outside: Outside, *, dry_run: bool) -> None:
    """Add the two tracking columns to the shop's order table where they are missing.

    The database is SHOP_DATABASE_URL, the schema file SHOP_SCHEMA (twocomms if not set); without SHOP_DATABASE_URL
    it is the local world's, while that is up. A second time there is nothing to do.

    \b
    Examples:
      SHOP_DATABASE_URL=mysql://shop:secret@db.example/shop vistka migrate --dry-run
      vistka migrate
    """
    url, schema, whose = _database(outside)
    if is_http(url):
        raise WrongUse(
            "SHOP_DATABASE_URL: this shop is reached over HTTP, and adds its columns itself (integrations/README.md)"
        )
    errors().print(f"shop database: {whose}, schema {schema}", style="dim", soft_wrap=True)
    # SQLAlchemy is slow to load, and the other commands do without it.
    from vistka.adapters.shop_migrate import migrate as add_columns  # noqa: PLC0415

    described = load_schema(schema)
    try:
        statements = add_columns(url, described, dry_run=dry_run)
    except ShopUnavailable as error:
        if url.startswith("sqlite") and "file is not there" in str(error):
            raise WrongUse(f"{error}; check the path") from error
        raise
    for statement in statements:
        click.echo(f"{statement};")
    if described.written_entries is not None:
        said = f"nothing to do: this shop keeps them in rows of {described.written_entries[0].rows.table}"
    elif not statements:
        said = "nothing to do: the columns are there"
    elif dry_run:
        said = "dry run: nothing was changed"
    else:
        said = "done"
    errors().print(said)


def _database(outside: Outside) -> tuple[str, str, str]:
    url = outside.environ.get("SHOP_DATABASE_URL", "").strip()
    schema = outside.environ.get("SHOP_SCHEMA", "").strip()
    if url:
        return url, schema or _STANDARD_SCHEMA, _named(url, "SHOP_DATABASE_URL")
    # A stack that was named is not the local world, and its secrets stay in it.
    named = outside.choice.stack or outside.environ.get("VISTKA_STACK", "").strip()
    world = None if named else find_world(outside.folder)
    if world is None or not world.shop_database_url:
        raise WrongUse("no shop database: set SHOP_DATABASE_URL, or start the local world with `make up`")
    return (
        world.shop_database_url,
        schema or world.shop_schema or _STANDARD_SCHEMA,
        _named(world.shop_database_url, world.title),
    )


def _named(url: str, whose: str) -> str:
    """Host and name of the database, without user or password (R9), and where its URL is from."""
    found = _PLACE.fullmatch(url)
    if found is None:
        return whose
    place = "/".join(part for part in (found["host"], found["name"]) if part)
    return f"{plain(place)} ({whose})" if place else whose
