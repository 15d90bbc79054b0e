"""One request, one answer, and one deadline that holds from the call to the last byte, whichever library sends.

The exchange runs in a daemon thread: a look-up of a name, a handshake, a proxy or a server that never ends holds up
that thread alone, never the caller and never the end of the program. The caller waits for the thread, the deadline
or a cancel, whichever comes first; on the last two nothing more leaves.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult

from denju.egress.network import Reply
from denju.errors import DeadlinePassed, DenjuError, Interrupted, Unreachable

MAX_BODY = 16_000_000
"""Longest body of an answer, in bytes."""
GLANCE = 0.05
"""Seconds between two looks at the cancel."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a library's own exceptions mean."""

    late: tuple[type[Exception], ...]
    proxy: tuple[type[Exception], ...]
    """A proxy did not let it through, so it did not arrive."""
    broken: tuple[type[Exception], ...]
    """The line broke."""


class Exchange:
    """One request. A subclass sends it in ``exchanged``, with a library of its own.

    ``address`` is where it goes, ``until`` when its time is over, by the monotonic clock.
    """

    def __init__(self, address: SplitResult, deadline: float, until: float) -> None:
        self.address, self.deadline, self.until = address, deadline, until
        self.lock = threading.Lock()
        """Held while something begins to leave, and while the exchange is given up."""
        self.abandoned = False
        self.sent = False
        """Whether the request may have arrived."""
        self._done = threading.Event()
        self._reply: Reply | None = None
        self._error: Exception = RuntimeError("no answer")

    def exchanged(self) -> Reply:
        """Send and read, in the thread."""
        raise NotImplementedError

    def kinds(self) -> Kinds:
        """What the library's exceptions mean; called after ``exchanged`` has failed."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """Cut the line under the thread, where the library lets anyone; the lock is held."""

    def unknown(self, error: Exception) -> DenjuError:  # noqa: ARG002 - a subclass may name it
        """For an exception that nothing here expects."""
        return Unreachable(
            f"{self.address.hostname} cannot be reached.", "Check the network connection, then try again."
        )

    def leaving(self) -> None:
        """To be called right before the request leaves: from here on it may have arrived."""
        with self.lock:
            if self.abandoned:
                raise Abandoned
            self.sent = True

    def result(self, cancel: threading.Event) -> Reply:
        """Start the thread and wait for its end; see ``Network.send``."""
        threading.Thread(target=self._run, name="denju network", daemon=True).start()
        while not self._done.wait(max(0.0, min(GLANCE, self.until - time.monotonic()))):
            if cancel.is_set():
                raise _stopped(self.address, self._abandon())
            if time.monotonic() >= self.until:
                raise self._late(self._abandon())
        if self._reply is not None:
            return self._reply
        raise self._translated(self._error)

    def _run(self) -> None:
        try:
            self._reply = self.exchanged()
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def _abandon(self) -> bool:
        """Let nothing more leave; whether the request may have arrived."""
        with self.lock:
            self.abandoned = True
            self.hang_up()
            return self.sent

    def _late(self, sent: bool) -> DeadlinePassed:
        late = DeadlinePassed(
            f"{self.address.hostname} did not answer within {self.deadline:g} seconds.",
            "Try again, or give it more time: denju config set teacher.deadline SECONDS",
        )
        late.sent = sent
        return late

    def _translated(self, error: Exception) -> DenjuError:
        """``error`` of the thread as one of ours. Its own text is not used: it can quote a header."""
        kinds = self.kinds()
        if isinstance(error, kinds.late):
            return self._late(self.sent)
        if (unreached := _unreached(error, kinds, self.address)) is not None:
            return unreached  # it never got a line, so nothing can have arrived
        found = _broken(error, kinds, self.address) or self.unknown(error)
        if isinstance(found, Unreachable):
            found.sent = self.sent
        return found


def _stopped(address: SplitResult, sent: bool) -> Interrupted:
    stopped = Interrupted(
        f"The request to {address.hostname} was stopped.",
        "It may have arrived; it goes again only after another yes." if sent else "It did not leave.",
    )
    stopped.sent = sent
    return stopped


class Abandoned(Exception):
    """Nobody waits for this exchange any more."""


class TooMuch(Exception):
    """The answer is longer than ``MAX_BODY``."""


def _unreached(error: Exception, kinds: Kinds, address: SplitResult) -> Unreachable | None:
    """For what goes wrong before a request can leave."""
    host, causes = address.hostname, _causes(error)
    if isinstance(error, kinds.proxy) or (isinstance(error, ValueError) and "roxy" in str(error)):
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
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return Unreachable(f"{address.netloc} refused the connection.", "Is the service running? Check its address.")
    return None


def _broken(error: Exception, kinds: Kinds, address: SplitResult) -> Unreachable | None:
    """For what may go wrong at any moment."""
    host, causes = address.hostname, _causes(error)
    if isinstance(error, TooMuch):
        return Unreachable(
            f"{host} sent more than {MAX_BODY // 1_000_000} MB.",
            "Check teacher.base_url: this does not look like a teacher.",
        )
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return Unreachable(f"{host} does not speak TLS here.", "Check the port and http or https in teacher.base_url.")
    if any(isinstance(each, kinds.broken) for each in causes):
        return Unreachable(f"The connection to {host} broke before the answer was whole.", "Try again in a while.")
    return None


def _causes(error: BaseException) -> list[BaseException]:
    """``error`` and all that led to it, by cause and by context: libraries use now the one, now the other."""
    found: list[BaseException] = []
    ahead: list[BaseException | None] = [error]
    while ahead and len(found) < 20:
        each = ahead.pop(0)
        if each is not None and each not in found:
            found.append(each)
            ahead += [each.__cause__, each.__context__]
    return found
