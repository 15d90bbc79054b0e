"""The real network, on httpx2, which is imported with the first request."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

from denju.egress.address import Refusals, is_loopback
from denju.egress.exchange import MAX_BODY, Abandoned, Exchange, Kinds, TooMuch
from denju.egress.network import Reply
from denju.egress.secret import Secret


class HttpNetwork:
    """Sends the bytes that it is handed, over a connection of their own."""

    def __init__(self, offline: bool, *, base_url: str = "") -> None:
        """``base_url``: the address a person set; where it says ``http:``, its host is spoken to without TLS."""
        self.offline = offline
        self._refusals = Refusals(offline, base_url=base_url)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | Secret],
        body: bytes | None,
        deadline: float,
        cancel: threading.Event,
    ) -> Reply:
        """See ``Network.send``."""
        until = time.monotonic() + deadline
        address = self._refusals.check(url, headers, cancel)
        return _HttpExchange(address, deadline, until, method, url, headers, body).result(cancel)


class _HttpExchange(Exchange):
    def __init__(
        self,
        address: SplitResult,
        deadline: float,
        until: float,
        method: str,
        url: str,
        headers: Mapping[str, str | Secret],
        body: bytes | None,
    ) -> None:
        super().__init__(address, deadline, until)
        self._method, self._url, self._headers, self._body = method, url, headers, body
        self._socket: socket.socket | None = None

    def exchanged(self) -> Reply:
        import httpx2

        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in self._headers.items()}
        plain["accept-encoding"] = "identity"  # a packed body could unfold to far more than the bound
        left = max(0.01, self.until - time.monotonic())
        # Without TLS nobody's certificate is needed, and loading them takes longer than a call on this machine.
        verify = self.address.scheme == "https" or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        near = is_loopback(self.address.hostname or "")
        with (
            httpx2.Client(timeout=left, follow_redirects=False, trust_env=not near, verify=verify) as client,
            client.stream(
                self._method, self._url, headers=plain, content=self._body, extensions={"trace": self._traced}
            ) as response,
        ):
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY:
                    raise TooMuch
                if self.abandoned:
                    raise Abandoned
            return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))

    def kinds(self) -> Kinds:
        import httpx2

        return Kinds(
            late=(httpx2.TimeoutException,),
            proxy=(httpx2.ProxyError, ImportError),  # the latter for a kind of proxy that needs one more package
            broken=(httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError),
        )

    def hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # not connected yet, closed already, or in the hands of TLS
                self._socket.shutdown(socket.SHUT_RDWR)

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        """Learn the socket, learn that the request leaves, and let nothing leave after the end."""
        if event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self.leaving()
            return
        with self.lock:
            if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
                self._socket = info["return_value"].get_extra_info("socket")
            if self.abandoned and event.endswith(_OUTWARD):
                raise Abandoned


_OUTWARD = tuple(
    f".{step}.started" for step in ("connect_tcp", "start_tls", "send_request_headers", "send_request_body")
)
"""Steps that something leaves in. An error in another one, such as the closing, would be told on the terminal."""
