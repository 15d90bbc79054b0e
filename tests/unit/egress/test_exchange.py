"""What becomes of a library's own exceptions: the error, and whether the request may have arrived."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

import pytest

from denju.egress.exchange import Exchange, Kinds, TooMuch
from denju.egress.network import Reply
from denju.errors import DeadlinePassed, Interrupted, Unreachable


class Late(Exception):
    """A library's timeout."""


class Proxy(Exception):
    """A library's trouble with a proxy."""


class Broken(Exception):
    """A library's broken line."""


class Failing(Exchange):
    """Leaves, or not, and then fails with ``error``."""

    def __init__(self, error: Exception, *, leaves: bool = True, pause: float = 0.0) -> None:
        now = time.monotonic()
        super().__init__(urlsplit("https://teacher.example/v1"), 0.3 if pause else 20, now + (0.3 if pause else 20))
        self.error, self.leaves, self.pause = error, leaves, pause
        self.ended = threading.Event()

    def exchanged(self) -> Reply:
        try:
            time.sleep(self.pause)
            if self.leaves:
                self.leaving()
            raise self.error
        finally:
            self.ended.set()

    def kinds(self) -> Kinds:
        return Kinds(late=(Late,), proxy=(Proxy,), broken=(Broken,))


def wrapped(cause: Exception) -> Exception:
    """As libraries do it: one more exception around, the first one its context only."""
    try:
        try:
            raise cause
        except Exception:
            raise Broken  # noqa: B904
    except Broken as error:
        return error


@pytest.mark.parametrize(
    ("error", "kind", "what", "sent"),
    [
        (Late(), DeadlinePassed, "did not answer", True),
        (Broken(), Unreachable, "broke", True),
        (TooMuch(), Unreachable, "more than", True),
        (wrapped(ssl.SSLError("EOF in the middle")), Unreachable, "TLS", True),
        (KeyError("canary"), Unreachable, "cannot be reached", True),
        (Proxy(), Unreachable, "proxy", False),
        (wrapped(socket.gaierror()), Unreachable, "name teacher.example", False),
        (wrapped(ssl.SSLCertVerificationError()), Unreachable, "certificate", False),
        (wrapped(ConnectionRefusedError()), Unreachable, "refused", False),
    ],
)
def test_only_what_proves_it_says_that_nothing_arrived(
    error: Exception, kind: type[Exception], what: str, sent: bool
) -> None:
    with pytest.raises(kind, match=what) as caught:
        Failing(error).result(threading.Event())
    assert caught.value.sent is sent  # type: ignore[attr-defined]
    assert "canary" not in str(caught.value)


def test_a_library_that_is_slow_to_begin_sends_nothing_after_the_end() -> None:
    exchange = Failing(Broken(), pause=0.6)
    with pytest.raises(DeadlinePassed) as caught:
        exchange.result(threading.Event())
    assert exchange.ended.wait(20)
    assert not caught.value.sent and not exchange.sent


def test_a_cancel_before_it_leaves_says_so() -> None:
    cancel = threading.Event()
    cancel.set()
    exchange = Failing(Broken(), pause=0.2)
    with pytest.raises(Interrupted) as caught:
        exchange.result(cancel)
    assert not caught.value.sent
