"""AWS for the tests: moto in this process, or what stands at TEST_AWS_URL, MiniStack for one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

REGION = "eu-central-1"


@contextmanager
def aws_stand_in() -> Iterator[str]:
    """Yields the address to pass to clients; empty for moto. Sets the environment that clients read."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled"),
        ):
            environment.setenv(name, value)
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        if url := os.environ.get("TEST_AWS_URL", ""):
            yield url
        else:
            with mock_aws():
                yield ""
