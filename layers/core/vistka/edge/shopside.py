"""The parts that touch the shop; SQLAlchemy is imported here and by no other module of the edge."""

import secrets
import time

from vistka.adapters.queues import SqsPollQueue
from vistka.adapters.shop_http_url import is_http, read_address
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopUnavailable
from vistka.domain.orders import Finding
from vistka.edge.outside import Outside
from vistka.edge.rotating import RotatingShop
from vistka.ports import Shop
from vistka.settings import Settings, is_loopback
from vistka.shop.schema import load_schema
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.releasing import Releaser
from vistka.usecases.rivals import look_for_rivals


def open_shop(outside: Outside) -> RotatingShop:
    """Connects when first used; the schema file says whether the connection is given back after each invocation.

    Raises ConfigurationError for a schema file or URL that is wrong.
    """
    secret = outside.secret("SHOP_DATABASE_URL", ShopUnavailable)
    shop = RotatingShop(secret, lambda url: shop_at(url, outside.settings), _let_go)
    outside.given_back.append(shop.close)
    return shop


def _let_go(shop: Shop) -> None:
    if isinstance(shop, SqlShop):
        shop.dispose()  # also where the schema file keeps the connection
    else:
        shop.close()


def shop_at(url: str, settings: Settings) -> Shop:
    """The shop's database, or its own server where the URL begins with https://. Raises ConfigurationError."""
    if not is_http(url):
        return SqlShop(url=url, schema=load_schema(settings.shop_schema))
    from vistka.adapters.shop_http import HttpShop  # noqa: PLC0415 -- most shops are a database, and do without

    address = read_address(url, http_allowed=is_loopback(settings.aws_endpoint_url))
    # The real time: a local deployment moves its own clock, and not the shop's.
    return HttpShop(address, now=time.time, nonce=lambda: secrets.token_hex(16))


def dispatcher_of(outside: Outside, shop: Shop) -> Dispatcher:
    settings = outside.settings
    return Dispatcher(
        shop=shop,
        parcels=outside.parcels,
        runs=outside.runs,
        polls=SqsPollQueue(outside.sqs, settings.polls_queue_url),
        clock=outside.clock,
        metrics=outside.metrics,
        policy=outside.policy(shop),
        interval=settings.interval,
        pace=settings.pace / settings.carrier_keys,
        schedule=settings.polling,
        expiry=settings.poll_expiry,
        new_id=lambda: secrets.token_hex(4),
        say=outside.say,
    )


def releaser_of(outside: Outside, shop: Shop) -> Releaser:
    return Releaser(
        ledger=outside.ledger,
        chats=outside.chats,
        parcels=outside.parcels,
        shop=shop,
        clock=outside.clock,
        after=outside.settings.notice_due,
        say=outside.say,
    )


def rivals_of(outside: Outside, dispatcher: Dispatcher) -> list[Finding]:
    return look_for_rivals(dispatcher.shop, outside.parcels, is_live=outside.settings.tells)
