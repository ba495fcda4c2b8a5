"""One seed makes shop, carrier and chats alike, and says what must be told of them."""

from datetime import datetime
from pathlib import Path
from typing import Final

from local.scenario.build import build as _build
from local.scenario.expected import RUN_HOURS, Expectation, Expected, Settled, expected, settle, shows
from local.scenario.model import Order, Scenario, User

__all__ = [
    "ORDERS",
    "RUN_HOURS",
    "SEED",
    "Expectation",
    "Expected",
    "Order",
    "Scenario",
    "Settled",
    "User",
    "build",
    "expected",
    "load",
    "settle",
    "shows",
]

ORDERS: Final = 300
SEED: Final = 20_250_909


def build(*, epoch: datetime, orders: int = ORDERS, seed: int = SEED) -> Scenario:
    """The same for the same arguments. `epoch` is aware: the moment just before the first run.

    Raises ValueError for fewer orders than there are stories to tell (about 150).
    """
    return _build(epoch=epoch, orders=orders, seed=seed)


def load(file: Path) -> Scenario:
    """Raises OSError, and KeyError, TypeError or ValueError for a file that holds no scenario."""
    return Scenario.load(file)
