"""The parts that touch the shop; SQLAlchemy is imported here and by no other module of the edge."""

import secrets

from vistka.adapters.queues import SqsPollQueue
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopUnavailable
from vistka.edge.outside import Outside
from vistka.ports import Shop
from vistka.shop.schema import load_schema
from vistka.usecases.dispatching import Dispatcher


def open_shop(outside: Outside) -> SqlShop:
    """Connects when first used; the schema file says whether the connection is given back after each invocation.

    Raises ConfigurationError for a schema file or URL that is wrong.
    """
    secret = outside.secret("SHOP_DATABASE_URL", ShopUnavailable)
    shop = SqlShop(url=secret(), schema=load_schema(outside.settings.shop_schema))
    outside.given_back.append(shop.close)
    return shop


def dispatcher_of(outside: Outside, shop: Shop) -> Dispatcher:
    settings = outside.settings
    return Dispatcher(
        shop=shop,
        parcels=outside.parcels,
        runs=outside.runs,
        polls=SqsPollQueue(outside.sqs, settings.polls_queue_url),
        clock=outside.clock,
        metrics=outside.metrics,
        policy=outside.policy(shop.fit),
        interval=settings.interval,
        pace=settings.pace,
        expiry=settings.poll_expiry,
        new_id=lambda: secrets.token_hex(4),
        say=outside.say,
    )
