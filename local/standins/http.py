"""A listener on 127.0.0.1 that can be taken down for real, hang, or cut a connection."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def fields(self) -> dict[str, Any]:
        """Query, form or JSON object, whichever was sent. Raises ValueError for JSON that is none."""
        kind = self.headers.get("content-type", "")
        # Both services read JSON whatever its type is called, and curl calls everything a form.
        if kind.startswith("application/x-www-form-urlencoded") and not self.body.lstrip().startswith(b"{"):
            return {**self.query, **dict(parse_qsl(self.body.decode(), keep_blank_values=True))}
        if not self.body:
            return dict(self.query)
        data = json.loads(self.body)
        if not isinstance(data, dict):
            raise ValueError("a JSON object is expected")  # noqa: TRY004 - one kind for whatever was sent wrong
        return {**self.query, **data}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """`promised` bytes are announced; fewer may be sent. `hold` seconds pass before it, or till `release` is set."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    hold: float = 0
    release: threading.Event | None = None
    cut: bool = False  # no answer: the connection is closed
    reset: bool = False  # the same, rudely


def as_json(data: Any, status: int = 200, **rest: Any) -> Reply:
    return Reply(status=status, body=json.dumps(data, ensure_ascii=False).encode(), **rest)


type Answer = Callable[[Request], Reply]


class Listener:
    """One service's address. `close` refuses connections, `open` takes the same port again."""

    def __init__(self, answer: Answer, *, port: int = 0) -> None:
        self._answer = answer
        self._port = port
        self._server: _Server | None = None
        self._lock = threading.Lock()
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def listening(self) -> bool:
        return self._server is not None

    def open(self) -> None:
        """Raises OSError when the port is taken."""
        with self._lock:
            if self._server is not None:
                return
            self._server = _Server(("127.0.0.1", self._port), self._answer)
            self._port = int(self._server.server_address[1])
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            # The port first: between the two nobody may slip in and be answered.
            server.socket.close()
            server.cut_all()
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], answer: Answer) -> None:
        self.answer = answer
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # a client that left is no news
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120
    wbufsize = -1  # header and body in one packet

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815 - names of http.server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        reply = cast("_Server", self.server).answer(
            Request(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length) if length else b"",
            )
        )
        if reply.hold:
            (reply.release or threading.Event()).wait(reply.hold)
        if reply.cut or reply.reset:
            self._cut(rude=reply.reset)
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
        if reply.promised is not None:
            self._cut(rude=False)

    def _cut(self, *, rude: bool) -> None:
        self.close_connection = True
        if rude:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - name of http.server
        pass
