"""One request, one answer, and one deadline that holds from the call to the last byte.

The exchange runs in a daemon thread: a look-up of a name, a handshake, a proxy or a server that never ends holds up
that thread alone, never the caller and never the end of the program. The caller waits for the thread, the deadline
or a cancel, whichever comes first; on the last two the socket is shut down under the thread.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from denju.egress.secret import Secret
from denju.errors import DeadlinePassed, DenjuError, Interrupted, Offline, SettingsError, Unreachable

MAX_BODY = 16_000_000
"""Longest body of an answer, in bytes."""
GLANCE = 0.05
"""Seconds between two looks at the cancel."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Any status is an answer; what it means is the caller's affair."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    sent: str = ""
    """sha256 (hex) of the body that left, where a library built it; empty: the body that was handed over."""


class Network(Protocol):
    """The seam between everything that wants to send and the network."""

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
        """Send one request and wait for the whole answer. Redirects are answers, and nothing is sent twice.

        ``deadline`` is the total in seconds from this call. Give a key as a ``Secret``: it is revealed only in the
        thread that writes it to the socket.

        Raises:
            Offline: the offline switch is on; no socket was opened.
            Unreachable: no name, no route, refused, reset, a proxy or a certificate that says no.
            DeadlinePassed: the time ran out.
            Interrupted: ``cancel`` was set.
            SettingsError: an address that is none, or one without TLS.

        ``sent`` of the last three network errors says whether the request may have arrived.
        """
        ...


class HttpNetwork:
    """The real network, on httpx2, which is imported with the first request."""

    def __init__(self, offline: bool, *, base_url: str = "") -> None:
        """``base_url``: the address a person set; where it says ``http:``, its host is spoken to without TLS."""
        self._offline = offline
        self._plain = urlsplit(base_url).netloc if base_url.lower().startswith("http:") else None

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
        until = time.monotonic() + deadline
        address = self._checked(url)
        for name, value in headers.items():
            if not _is_carried(value):
                what = "The key" if isinstance(value, Secret) else f"The header {name}"
                raise SettingsError(
                    f"{what} holds a character that no header can carry.", "Enter it again, without quotes."
                )
        if self._offline:
            raise Offline(
                f"{address.hostname} was not contacted: denju is offline.",
                "Leave out --offline, or set network.offline to false; the request waits in the outbox until then.",
            )
        if cancel.is_set():
            raise Interrupted("Stopped before anything was sent.")
        exchange = _Exchange(method, url, headers, body, until)
        threading.Thread(target=exchange.run, name="denju network", daemon=True).start()
        while not exchange.done.wait(max(0.0, min(GLANCE, until - time.monotonic()))):
            if cancel.is_set():
                raise _with_sent(Interrupted(f"The request to {address.hostname} was stopped."), exchange.abandon())
            if time.monotonic() >= until:
                raise _with_sent(_deadline(address, deadline), exchange.abandon())
        if exchange.reply is not None:
            return exchange.reply
        raise _with_sent(_translated(exchange.error, address, deadline), exchange.sent)

    def _checked(self, url: str) -> SplitResult:
        try:
            address = urlsplit(url)
            _ = address.port
        except ValueError:
            raise _no_address(url) from None
        if address.scheme not in {"http", "https"} or not address.hostname or any(each <= " " for each in url):
            raise _no_address(url)
        if address.username or address.password:
            raise SettingsError("The address holds a name or a password.", "Store the key with: denju teacher login")
        if address.scheme == "http" and address.netloc != self._plain and not is_near(address.hostname):
            raise SettingsError(
                f"{address.hostname} would be spoken to without encryption.",
                "Use https, or set teacher.base_url to the http address if you trust every machine in between.",
            )
        return address


class _Exchange:
    """One request in its thread. ``done`` is set last; then there is a reply or an error."""

    def __init__(
        self, method: str, url: str, headers: Mapping[str, str | Secret], body: bytes | None, until: float
    ) -> None:
        self._method, self._url, self._headers, self._body, self._until = method, url, headers, body, until
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._abandoned = False
        self.done = threading.Event()
        self.reply: Reply | None = None
        self.error: Exception = RuntimeError("no answer")
        self.sent = False

    def abandon(self) -> bool:
        """Shut the socket down and let nothing more be sent; whether the request may have arrived."""
        with self._lock:
            self._abandoned = True
            if self._socket is not None:
                with contextlib.suppress(OSError):  # not connected yet, closed already, or in the hands of TLS
                    self._socket.shutdown(socket.SHUT_RDWR)
            return self.sent

    def run(self) -> None:
        try:
            self.reply = self._exchanged()
        except Exception as error:
            self.error = error
        finally:
            self.done.set()

    def _exchanged(self) -> Reply:
        import httpx2

        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in self._headers.items()}
        plain["accept-encoding"] = "identity"  # a packed body could unfold to far more than the bound
        left = max(0.01, self._until - time.monotonic())
        address = urlsplit(self._url)
        # Without TLS nobody's certificate is needed, and loading them takes longer than a call on this machine.
        verify = address.scheme == "https" or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        near = _is_loopback(address.hostname or "")
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
                    raise _TooMuch
                if self._abandoned:
                    raise _Abandoned
            return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        """Learn the socket, learn that the request leaves, and let nothing leave after the end."""
        with self._lock:
            if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
                self._socket = info["return_value"].get_extra_info("socket")
            if self._abandoned and event.endswith(_OUTWARD):
                raise _Abandoned
            if event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
                self.sent = True


_OUTWARD = tuple(
    f".{step}.started" for step in ("connect_tcp", "start_tls", "send_request_headers", "send_request_body")
)
"""Steps that something leaves in. An error in another one, such as the closing, would be told on the terminal."""


class _Abandoned(Exception):
    pass


class _TooMuch(Exception):
    pass


def _translated(error: Exception, address: SplitResult, deadline: float) -> DenjuError:
    """``error`` of the thread as one of ours. Its own text is not used: it can quote a header."""
    import httpx2

    host = address.hostname
    causes = list(_causes(error))
    if isinstance(error, _TooMuch):
        return Unreachable(
            f"{host} sent more than {MAX_BODY // 1_000_000} MB.",
            "Check teacher.base_url: this does not look like a teacher.",
        )
    if isinstance(error, httpx2.TimeoutException):
        return _deadline(address, deadline)
    if isinstance(error, (httpx2.ProxyError, ImportError)) or (isinstance(error, ValueError) and "roxy" in str(error)):
        return Unreachable(
            f"The proxy did not let the request to {host} through.",
            "Check HTTPS_PROXY and NO_PROXY, or ask who runs the proxy.",
        )
    if any(isinstance(each, socket.gaierror) for each in causes):
        return Unreachable(
            f"The name {host} was not found.",
            "Check the network connection, and teacher.base_url for a typing mistake.",
        )
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        return Unreachable(
            f"The certificate of {host} is not trusted.",
            "Behind a company's proxy, set SSL_CERT_FILE to its certificate; else do not send anything there.",
        )
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return Unreachable(f"{host} does not speak TLS here.", "Check the port and http or https in teacher.base_url.")
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return Unreachable(f"{address.netloc} refused the connection.", "Is the service running? Check its address.")
    if isinstance(error, (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)):
        return Unreachable(f"The connection to {host} broke before the answer was whole.", "Try again in a while.")
    return Unreachable(f"{host} cannot be reached.", "Check the network connection, then try again.")


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and len(found) < 10:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _with_sent(error: DenjuError, sent: bool) -> DenjuError:
    if isinstance(error, (Unreachable, DeadlinePassed, Interrupted)):
        error.sent = sent
    return error


def _deadline(address: SplitResult, deadline: float) -> DeadlinePassed:
    return DeadlinePassed(
        f"{address.hostname} did not answer within {deadline:g} seconds.",
        "Try again, or give it more time: denju config set teacher.deadline SECONDS",
    )


def _no_address(url: str) -> SettingsError:
    return SettingsError(f"{url[:80]!r} is no address of a server.", "It looks like https://host/path.")


def _is_carried(value: str | Secret) -> bool:
    """Apart from the frame that raises, whose variables can stand in a crash report."""
    plain = value.reveal() if isinstance(value, Secret) else value
    return plain.isascii() and plain.isprintable()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_near(host: str) -> bool:
    """On this machine or in a private network, by its number; a name could lead anywhere."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return _is_loopback(host)
    return number.is_private or number.is_loopback
