"""The seam between everything that wants to send and the network."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from denju.egress.secret import Secret


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
    """A way to send one request."""

    @property
    def offline(self) -> bool:
        """Whether the offline switch is on: said first, for no key and no price is missed then."""
        ...

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

        ``sent`` of the three network errors says whether the request may have arrived.
        """
        ...
