"""An outbox, a ledger and a door in the test's home, and a request to send through them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from denju.egress.ledger import Ledger
from denju.egress.outbox import Outbox
from loopback.server import Loopback, Received, Say


class Echo(Loopback):
    """Answers with the body it got."""

    def answer(self, request: Received) -> Say:
        return Say(200, request.body, {"content-type": "application/json"})


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as running:
        yield running


@pytest.fixture
def outbox(isolated: Path) -> Outbox:
    return Outbox(isolated / "outbox")


@pytest.fixture
def ledger(isolated: Path) -> Ledger:
    return Ledger(isolated / "ledger")
