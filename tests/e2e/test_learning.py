"""The mechanism test of learning in miniature, with the practice student: two minutes on two quiet cores at most."""

from __future__ import annotations

from pathlib import Path

import pytest

from denju.learning.plan import Sizes
from learn_mechanism import SILENT, TAUGHT, run


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_from_an_empty_library_to_drafts_that_help(tmp_path: Path) -> None:
    found = run(tmp_path, "ja", Sizes(train=1, gate=8, sealed=3), taught=TAUGHT[:2], silent=SILENT[:1])
    assert found.wrong == [], found.verdicts
