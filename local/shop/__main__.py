"""Command line of the demonstration shop: `python -m local.shop seed --url URL`."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from local import scenario
from local.shop.seed import NotOurs, seed
from vistka.domain.errors import ConfigurationError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.shop", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    filling = commands.add_parser("seed", help="make the original's tables in an empty database and fill them")
    filling.add_argument("--url", required=True, help="SQLAlchemy URL: SQLite, MariaDB/MySQL or PostgreSQL")
    filling.add_argument("--orders", type=int, default=scenario.ORDERS)
    filling.add_argument("--seed", type=int, default=scenario.SEED)
    filling.add_argument("--scenario", type=Path, help="the file that the stand-ins wrote, so that both agree")
    filling.add_argument("--without-tracking-columns", action="store_true", help="a shop before the migration")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.scenario is not None:
            told = scenario.load(chosen.scenario)
        else:
            told = scenario.build(epoch=datetime.now(UTC), orders=chosen.orders, seed=chosen.seed)
        count = seed(chosen.url, told, tracked=not chosen.without_tracking_columns)
    except (OSError, KeyError, TypeError, ValueError, NotOurs, ConfigurationError) as wrong:
        print(f"seed: {wrong}", file=sys.stderr)
        return 2
    except SQLAlchemyError as wrong:
        # The text of a database error may hold the URL's password: its kind and number are enough.
        print(
            f"seed: the database refused ({type(wrong).__name__}: {getattr(wrong, 'orig', None)!r:.200})",
            file=sys.stderr,
        )
        return 1
    print(f"{count} orders")
    return 0


if __name__ == "__main__":
    sys.exit(main())
