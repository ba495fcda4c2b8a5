"""Clients for the smaller AWS services, with short timeouts and few attempts, made when first used."""

import logging
from typing import Any, Final

import boto3
from botocore.config import Config

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 4
#: The first attempt and two more.
ATTEMPTS: Final = 3


def client(
    service: str, *, region: str = "", endpoint_url: str = "", session: boto3.session.Session | None = None
) -> Any:
    """A boto3 client; an empty address leaves it to AWS_ENDPOINT_URL, an empty region to AWS_DEFAULT_REGION.

    A session reads the descriptions of AWS once for all of its clients: a second client costs a tenth of the first.
    """
    quiet_debug_logs()
    return (session or boto3.session.Session()).client(
        service,
        region_name=region or None,
        endpoint_url=endpoint_url or None,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        ),
    )


def quiet_debug_logs() -> None:
    """Keep request bodies out of the logs: at DEBUG these libraries write phones, chat ids and secrets (R9)."""
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.INFO)
