"""The pages behind a real address of this machine, as the Function URL would serve them; and a shop's page beside."""

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

type Answer = Callable[[dict[str, Any]], dict[str, Any]]


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """`answer` takes events of a Function URL. The address ends without a slash."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            response = answer(
                {
                    "rawPath": parts.path,
                    "rawQueryString": parts.query,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "requestContext": {"http": {"method": self.command, "path": parts.path}},
                }
            )
            body = response.get("body", "")
            raw = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
            self.send_response(response["statusCode"])
            for name, value in {**response["headers"], "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page_of(files: Mapping[str, tuple[str, str]], headers: Mapping[str, str]) -> Answer:
    """A shop's own site: path -> (type, content), each with these headers."""

    def answer(event: dict[str, Any]) -> dict[str, Any]:
        kind, body = files.get(event["rawPath"], ("text/plain", ""))
        status = 200 if event["rawPath"] in files else 404
        return {"statusCode": status, "headers": {"Content-Type": kind, **headers}, "body": body}

    return answer
