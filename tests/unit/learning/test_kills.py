"""Killed between sending and drafts: nothing lost, nothing sent twice by itself, no answer left unread."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from fault_teacher import killed
from killing import MEMORY


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_killed_at_fifteen_moments() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        found = killed(Path(folder), 15)
    assert found.kills >= 12 and found.states.keys() == {"approved", "unknown", "sent"}
    assert found.bad == 0, found
