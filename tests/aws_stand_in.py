"""AWS for the tests: moto in this process, or what stands at TEST_AWS_URL, MiniStack for one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from moto import mock_aws
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

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


@contextmanager
def served_aws() -> Iterator[str]:
    """moto behind a socket. It answers one request at a time: its transactions bear no other beside them."""
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=False, request_handler=MotoRequestHandler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
