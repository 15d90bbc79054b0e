"""Which addresses may be spoken to, looked at before a socket is opened."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from denju.egress.secret import Secret
from denju.errors import Interrupted, Offline, SettingsError

_PORTS = {"https": 443, "http": 80}


class Refusals:
    """What is refused before anything is opened, whichever library would send it."""

    def __init__(self, offline: bool, *, base_url: str = "") -> None:
        """``base_url``: the address a person set; where it says ``http:``, its host is spoken to without TLS."""
        self._offline = offline
        self._plain = address_of(base_url).netloc if base_url.lower().startswith("http:") else None

    def check(self, url: str, headers: Mapping[str, str | Secret], cancel: threading.Event) -> SplitResult:
        """The address of ``url``, if a request may go there.

        Raises:
            SettingsError: no address, one without TLS, or a header that cannot be carried.
            Offline: the offline switch is on.
            Interrupted: ``cancel`` is set.
        """
        address = self._address(url)
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
        return address

    def _address(self, url: str) -> SplitResult:
        address = address_of(url)
        if address.scheme == "http" and address.netloc != self._plain and not is_near(address.hostname or ""):
            raise SettingsError(
                f"{address.hostname} would be spoken to without encryption.",
                "Use https, or set teacher.base_url to the http address if you trust every machine in between.",
            )
        return address


def place(url: str) -> str:
    """Scheme, host and port of an address, told in full; one that is none stands for itself."""
    try:
        address = urlsplit(url)
        return f"{address.scheme}://{address.hostname}:{address.port or _PORTS.get(address.scheme)}"
    except ValueError:
        return url


def address_of(url: str) -> SplitResult:
    """The parts of an address.

    Raises:
        SettingsError: it is none, or holds a name or a password.
    """
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError:
        raise _no_address(url) from None
    if address.scheme not in {"http", "https"} or not address.hostname or " " in url or not url.isprintable():
        raise _no_address(url)
    if address.username or address.password:
        raise SettingsError(
            "The address holds a name or a password.",
            "Take it out of teacher.base_url, and store the key with: denju teacher login",
        )
    return address


def is_near(host: str) -> bool:
    """On this machine or in a private network, by its number; a name could lead anywhere."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return is_loopback(host)
    return number.is_private or number.is_loopback


def is_loopback(host: str) -> bool:
    """Whether it is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _no_address(url: str) -> SettingsError:
    return SettingsError(
        f"{url[:80]!r} is no address of a server.",
        "It looks like https://host/path. Correct teacher.base_url, or DENJU_TEACHER_BASE_URL where that is set.",
    )


def _is_carried(value: str | Secret) -> bool:
    """Apart from the frame that raises, whose variables can stand in a crash report."""
    plain = value.reveal() if isinstance(value, Secret) else value
    return plain.isascii() and plain.isprintable()
