"""A web server on this machine that says what a test tells it to, and remembers what it was sent.

``script`` holds what the next requests get, in order, and the last of them stays; while it is empty, requests get the
protocol's own answer.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Say:
    """Answer with this. ``claim``: bytes that the header promises beyond the body, after which the line is cut."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    claim: int = 0


@dataclass(frozen=True)
class Reset:
    """Cut the line without an answer."""


@dataclass(frozen=True)
class Silent:
    """Say nothing until the test ends."""


@dataclass(frozen=True)
class Drip:
    """Begin well, then a byte every 20 ms until the test ends."""


Step = Say | Reset | Silent | Drip


@dataclass(frozen=True)
class Received:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Loopback:
    """The server; a subclass speaks a protocol in ``answer``."""

    def __init__(self, script: Sequence[Step] = ()) -> None:
        self.script = list(script)
        self.requests: list[Received] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def next(self, request: Received) -> Step:
        with self._lock:
            self.requests.append(request)
            if not self.script:
                return self.answer(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def answer(self, request: Received) -> Step:
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        self.broken: set[int] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def shutdown_request(self, request: Any) -> None:
        if id(request) in self.broken:  # no farewell: the other side is to see a reset
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        step = self.server.loopback.next(Received(self.command, self.path, headers, body))
        self.close_connection = True
        match step:
            case Reset():
                self.server.broken.add(id(self.connection))
            case Silent():
                self.server.loopback.stopping.wait(30)
            case Drip():
                self._drip()
            case Say():
                self._say(step)

    do_GET = do_POST  # noqa: N815

    def _say(self, step: Say) -> None:
        self.send_response(step.status)
        headers = {"content-type": "application/json", "content-length": str(len(step.body) + step.claim)}
        for name, value in {**headers, **step.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(step.body)
        if step.claim:
            self.server.broken.add(id(self.connection))

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "100000")
        self.end_headers()
        for byte in _spaces():
            with contextlib.suppress(OSError):
                self.wfile.write(byte)
            if self.server.loopback.stopping.wait(0.02):
                return

    def log_message(self, *_: object) -> None:
        """The test's own output stays readable."""


def _spaces() -> Iterator[bytes]:
    yield b'{"'
    for _ in range(1_500):
        yield b" "


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
