"""A run that is killed and resumed comes to the end of a run that nobody killed, and pays for nothing twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from fault_learn import killed
from killing import MEMORY


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_killed_at_four_moments() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        found = killed(Path(folder), 4)
    assert found.kills == 4 and found.calls > 15
    assert not found.bad, found
