"""Learning with the practice student: the mechanism test in miniature (two minutes on two quiet cores at most), and a
terminal that goes away.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from commands import command, environment
from denju.learning.plan import Sizes
from killing import MEMORY
from learn_mechanism import SILENT, TAUGHT, run
from scripted_teacher import MODEL, Domain, Request, Scripted, Server
from terminals import PATIENCE, Pty


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_from_an_empty_library_to_drafts_that_help() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as home:
        # Topics with few words in common: alone in a library, a strategy also matches what is merely near.
        topics = (TAUGHT[0], *TAUGHT[4:])
        found = run(Path(home), "ja", Sizes(train=1, gate=12, sealed=4), taught=topics, silent=SILENT[:1])
    assert found.wrong == [], found.verdicts


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_run_outlives_its_terminal(isolated: Path, tmp_path: Path) -> None:
    domain = Domain.of_starter("ja", TAUGHT[:1])
    card = tmp_path / "card.toml"
    card.write_text(
        "\n".join(f"{name} = {json.dumps(each, ensure_ascii=False)}" for name, each in domain.card().items()), "utf-8"
    )
    open_line, asked = threading.Event(), threading.Event()

    def answer(request: Request) -> str:
        """Nothing is answered until the terminal is gone."""
        asked.set()
        assert open_line.wait(PATIENCE)
        return Scripted(domain)(request)

    with Server(answer) as server:
        environ = environment(
            DENJU_TEACHER_PROVIDER="openai", DENJU_TEACHER_MODEL=MODEL, DENJU_TEACHER_BASE_URL=server.url
        )
        sizes = ("--train", "1", "--gate", "1", "--sealed", "1")
        planned = subprocess.run(
            command("learn", "plan", "--card", str(card), *sizes, "--json"),
            env=environ,
            capture_output=True,
            check=True,
        )
        run = json.loads(planned.stdout)["id"]
        terminal = Pty(command("learn", "run", run, "--yes", "sato"), environ=environ)
        try:
            terminal.until(asked.is_set)
            status = subprocess.run(
                command("learn", "status", run, "--json"), env=environ, capture_output=True, check=True
            )
            assert json.loads(status.stdout)["state"] == "running"
            terminal.leave()
            open_line.set()
            terminal.process.wait(PATIENCE)
        finally:
            terminal.end()
    # From another terminal, as after a new login.
    status = subprocess.run(command("learn", "status", run, "--json"), env=environ, capture_output=True, check=True)
    assert json.loads(status.stdout)["state"] == "finished"
