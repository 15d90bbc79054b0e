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


class Held:
    """A run of one topic that hears nothing of its teacher until ``open_line`` is set."""

    def __init__(self, folder: Path) -> None:
        domain = Domain.of_starter("ja", TAUGHT[:1])
        self._card = folder / "card.toml"
        lines = [f"{name} = {json.dumps(each, ensure_ascii=False)}" for name, each in domain.card().items()]
        self._card.write_text("\n".join(lines), "utf-8")
        self._scripted = Scripted(domain)
        self.open_line, self.asked = threading.Event(), threading.Event()

    def answer(self, request: Request) -> str:
        self.asked.set()
        assert self.open_line.wait(PATIENCE)
        return self._scripted(request)

    def planned(self, server: Server) -> tuple[str, dict[str, str]]:
        """The run's id, and the environment of its commands."""
        environ = environment(
            DENJU_TEACHER_PROVIDER="openai", DENJU_TEACHER_MODEL=MODEL, DENJU_TEACHER_BASE_URL=server.url
        )
        sizes = ("--train", "1", "--gate", "1", "--sealed", "1")
        planned = told(environ, "plan", "--card", str(self._card), *sizes, "--json")
        return str(planned["id"]), environ


def told(environ: dict[str, str], *arguments: str) -> dict[str, object]:
    """What a command says as JSON."""
    done = subprocess.run(command("learn", *arguments), env=environ, capture_output=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_run_outlives_its_terminal(isolated: Path, tmp_path: Path) -> None:
    held = Held(tmp_path)
    with Server(held.answer) as server:
        run, environ = held.planned(server)
        terminal = Pty(command("learn", "run", run, "--yes", "sato"), environ=environ)
        try:
            terminal.until(held.asked.is_set)
            assert told(environ, "status", run, "--json")["state"] == "running"
            terminal.leave()
            held.open_line.set()
            terminal.process.wait(PATIENCE)
        finally:
            terminal.end()
    # From another terminal, as after a new login.
    assert told(environ, "status", run, "--json")["state"] == "finished"


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_run_is_paused_from_another_terminal(isolated: Path, tmp_path: Path) -> None:
    held = Held(tmp_path)
    with Server(held.answer) as server:
        run, environ = held.planned(server)
        with subprocess.Popen(
            command("learn", "run", run, "--yes", "sato"), env=environ, stderr=subprocess.PIPE
        ) as one:
            assert held.asked.wait(PATIENCE)
            for _ in range(2):  # asked once more, it still waits for the call under way
                stopped = subprocess.run(command("learn", "stop"), env=environ, capture_output=True, check=True)
                assert b"asked to pause" in stopped.stderr
            held.open_line.set()
            assert one.wait(PATIENCE) == 130
        assert told(environ, "status", run, "--json")["state"] == "paused"
        subprocess.run(command("learn", "resume", run), env=environ, capture_output=True, check=True)
    assert told(environ, "status", run, "--json")["state"] == "finished"
