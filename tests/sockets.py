"""A small HTTP server on loopback that answers, or misbehaves, exactly as a test says: routes to behaviours.

    with Server() as server:
        server.on("/v2.0/json/", [stall(), answer_json({"ok": True})])

Each request takes the next behaviour of its path's list; the last one stays. A behaviour writes bytes itself, so that
it can break off, stall or lie about a length. Several servers may run at once.
"""

import contextlib
import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, Self


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    at: float
    """time.monotonic() when it was read."""
    connection: int
    """Which connection it came on, counted from 1."""

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """The server's end of one connection, for a behaviour to write to."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self._sock = sock
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def wait(self, seconds: float) -> None:
        """Do nothing for so long; ends early when the server stops."""
        if self._stopped.wait(seconds):
            raise ConnectionAbortedError

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


#: Returns whether the connection stays open for another request.
type Behaviour = Callable[[Wire, Request], bool]


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    """A whole, honest answer."""

    def behave(wire: Wire, request: Request) -> bool:
        wire.send(head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body)
        return True

    return behave


def answer_json(payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    return answer(
        json.dumps(payload).encode(), status=status, headers={"Content-Type": "application/json", **(headers or {})}
    )


def answer_with(make: Callable[[Request], Any], *, status: int = 200, delay: float = 0.0) -> Behaviour:
    """JSON that depends on the request, `delay` seconds after it."""

    def behave(wire: Wire, request: Request) -> bool:
        wire.wait(delay)
        return answer_json(make(request), status=status)(wire, request)

    return behave


def html(status: int = 502) -> Behaviour:
    page = f"<html><body><h1>{status} {HTTPStatus(status).phrase}</h1></body></html>".encode()
    return answer(page, status=status, headers={"Content-Type": "text/html"})


def redirect(location: str, *, status: int = 302, body: bytes = b"") -> Behaviour:
    return answer(body, status=status, headers={"Location": location})


def close_after(behaviour: Behaviour) -> Behaviour:
    """The same, and then the connection is closed though nothing said that it would be."""

    def behave(wire: Wire, request: Request) -> bool:
        behaviour(wire, request)
        return False

    return behave


def hang_up(wire: Wire, request: Request) -> bool:
    """Take the request and close without a byte."""
    return False


def reset(wire: Wire, request: Request) -> bool:
    wire.reset()
    return False


def stall(seconds: float = 60.0) -> Behaviour:
    """Take the request and say nothing for so long."""

    def behave(wire: Wire, request: Request) -> bool:
        wire.wait(seconds)
        return False

    return behave


def half(body: bytes) -> Behaviour:
    """Promise the whole body, send half of it, close."""

    def behave(wire: Wire, request: Request) -> bool:
        wire.send(head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))}))
        wire.send(body[: len(body) // 2])
        return False

    return behave


def wrong_length(body: bytes, *, promised: int) -> Behaviour:
    """Send all of the body under another Content-Length, and keep the connection open."""

    def behave(wire: Wire, request: Request) -> bool:
        wire.send(head(200, {"Content-Type": "application/json", "Content-Length": str(promised)}) + body)
        return promised <= len(body)

    return behave


def gzip_rubbish(wire: Wire, request: Request) -> bool:
    return answer(b"\x1f\x8b\x08 this is not gzip", headers={"Content-Encoding": "gzip"})(wire, request)


def gzipped(body: bytes) -> Behaviour:
    return answer(gzip.compress(body), headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


def large(size: int, *, told: bool = True) -> Behaviour:
    """So many bytes of JSON whitespace; without `told` nothing announces the length."""

    def behave(wire: Wire, request: Request) -> bool:
        wire.send(head(200, {"Content-Type": "application/json", **({"Content-Length": str(size)} if told else {})}))
        for _ in range(size // 65536):
            wire.send(b" " * 65536)
        return False

    return behave


def trickle(body: bytes, *, pause: float, from_head: bool = False) -> Behaviour:
    """One byte every `pause` seconds: of the body, or of the headers already."""

    def behave(wire: Wire, request: Request) -> bool:
        start = head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        if not from_head:
            wire.send(start)
        for byte in (start if from_head else b"") + body:
            wire.send(bytes([byte]))
            wire.wait(pause)
        return True

    return behave


def not_http(wire: Wire, request: Request) -> bool:
    wire.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    return False


class Server:
    """Listens on 127.0.0.1 from the start, and on a port of its own."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._routes: dict[str, list[Behaviour]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.requests: list[Request] = []
        self.closed = 0
        """How many connections this side has closed."""
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def connections(self) -> int:
        return len(self._connections)

    def on(self, path: str, behaviours: Behaviour | Sequence[Behaviour]) -> None:
        """What a path does: the behaviours in turn, and then the last one again and again. "*" is any other path."""
        with self._lock:
            self._routes[path] = [behaviours] if callable(behaviours) else list(behaviours)

    def wait_closed(self, connections: int, *, within: float = 5.0) -> None:
        """Return when so many connections have been closed on this side."""
        end = time.monotonic() + within
        while self.closed < connections:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.closed} of {connections} connections are closed")
            time.sleep(0.005)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._connections:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(sock)
            self._start(self._serve, sock, len(self._connections))

    def _serve(self, sock: socket.socket, number: int) -> None:
        with sock, sock.makefile("rb") as stream, contextlib.suppress(OSError):
            wire = Wire(sock, self._stopped)
            while (request := _read(stream, number)) is not None:
                behaviour = self._next(request)
                if not behaviour(wire, request):
                    break
        with self._lock:
            self.closed += 1

    def _next(self, request: Request) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            queue = self._routes.get(request.path) or self._routes.get("*")
            if not queue:
                return html(404)
            return queue.pop(0) if len(queue) > 1 else queue[0]


def _read(stream: BinaryIO, connection: int) -> Request | None:
    line = stream.readline(65537).decode("latin-1").split()
    if len(line) != 3:
        return None
    headers: dict[str, str] = {}
    while (raw := stream.readline(65537).decode("latin-1").strip()) != "":
        name, _, text = raw.partition(":")
        headers[name.lower()] = text.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(method=line[0], path=line[1], headers=headers, body=body, at=time.monotonic(), connection=connection)
