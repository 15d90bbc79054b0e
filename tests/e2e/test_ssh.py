"""The app over a real SSH session: Debian's sshd on loopback, a key made for the test, with and without tmux."""

from __future__ import annotations

import getpass
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from denju.workbench import Workbench
from drafted import answer_text, drafted
from loopback.gemini import GeminiServer
from terminals import PATIENCE, Pty, Tmux, processes_of, wait_for

JAPANESE = "部品に傷がありました。検査はどうなっているのですか。"
ENGLISH = "The parts arrived two days late and our line has stopped."
UNKNOWN = "Do you offer piano lessons for beginners?"
SSHD = Path("/usr/sbin/sshd")
WORKER = "denju.student.worker"
F4, F5, F7, F9, F12 = "\x1bOS", "\x1b[15~", "\x1b[18~", "\x1b[20~", "\x1b[24~"


class Ssh:
    """One sshd for one test; who logs in works in the test's home."""

    def __init__(self, folder: Path) -> None:
        # Fails, and does not skip: without sshd this part is untested.
        assert SSHD.exists(), "sshd is missing; on Debian: apt-get install openssh-server"
        self.folder = folder
        for name in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.port, self.process = self._start()

    def _start(self) -> tuple[int, subprocess.Popen[bytes]]:
        log = self.folder / "log"
        for attempt in range(20):
            port = 20_000 + (os.getpid() + 97 * attempt) % 20_000  # sockets are closed to tests, so it is tried
            options = {
                "Port": port, "ListenAddress": "127.0.0.1", "HostKey": self.folder / "host",
                "AuthorizedKeysFile": self.folder / "key.pub", "StrictModes": "no", "UsePAM": "no",
                "PidFile": "none", "PasswordAuthentication": "no", "PermitRootLogin": "prohibit-password",
            }  # fmt: skip
            given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
            log.unlink(missing_ok=True)
            process = subprocess.Popen([SSHD, "-D", "-f", "/dev/null", "-E", log, *given])
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline and process.poll() is None:
                if log.exists() and "Server listening" in log.read_text():
                    return port, process
                time.sleep(0.05)
            process.kill()
            process.wait()
        raise AssertionError(log.read_text())

    def command(self, *command: str, **environ: str) -> list[str]:
        """``ssh -tt`` that runs ``command`` in the test's home."""
        named = {name: os.environ[name] for name in ("HOME", "DENJU_HOME", "DENJU_SLOT", "LANG")} | environ
        remote = shlex.join(["env", *(f"{name}={value}" for name, value in named.items()), *command])
        return [
            "ssh", "-tt", "-F", "none", "-p", str(self.port), "-i", str(self.folder / "key"),
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes",
            "-o", "LogLevel=ERROR", "-e", "none", f"{getpass.getuser()}@127.0.0.1", remote,
        ]  # fmt: skip

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


APP = (sys.executable, "-m", "denju_tui")


@pytest.fixture
def ssh(isolated: Path, tmp_path: Path) -> Iterator[Ssh]:
    server = Ssh(tmp_path)
    yield server
    server.end()


@pytest.fixture
def home() -> Path:
    return Path(os.environ["DENJU_HOME"])


class InTmux(Pty):
    """ssh to a tmux: keys go the whole way, and what stands there is read from tmux."""

    def __init__(self, command: Sequence[str], inner: Tmux) -> None:
        self.inner = inner
        super().__init__(command)

    @property
    def text(self) -> str:
        return self.inner.screen

    def end(self) -> None:
        super().end()
        self.inner.end()


@pytest.fixture(params=["pty", "tmux"])
def session(request: pytest.FixtureRequest, ssh: Ssh, tmp_path: Path) -> Iterator[Callable[..., Pty]]:
    """The app over ssh, on its own pty or in a tmux."""
    opened: list[Pty] = []

    def begin(**environ: str) -> Pty:
        if request.param == "pty":
            opened.append(Pty(ssh.command(*APP, **environ)))
        else:
            inner = Tmux(tmp_path)
            opened.append(InTmux(ssh.command(*inner.command, "new-session", shlex.join(APP), **environ), inner))
        return opened[-1]

    yield begin
    for each in opened:
        each.end()


def test_a_first_session(session, home):
    terminal = session()
    terminal.until_shows("Press any key to begin.")
    terminal.write("x")
    terminal.until(lambda: terminal.shows("F8 Overview practice") and not terminal.shows("Press any key"))
    if not isinstance(terminal, InTmux):
        terminal.until(lambda: "25" in terminal.screen.modes)  # the caret shows, for input methods
    terminal.write("\x7f")
    terminal.until_shows("The customer's message")

    terminal.type(JAPANESE)
    terminal.write("\r")
    terminal.until(lambda: terminal.shows("部品に傷・打痕がある") and terminal.answered)
    terminal.write("\x0e")  # Ctrl+N: the next message begins a conversation of its own
    terminal.until_shows("Write a customer's message")
    terminal.type(UNKNOWN)
    terminal.write("\r")
    terminal.until(lambda: terminal.shows("No match") and terminal.answered)
    terminal.write("\x0e")
    terminal.until_shows("Write a customer's message")

    # The student is held back until the person has said stop.
    (worker,) = processes_of(home, WORKER)
    os.kill(worker, signal.SIGSTOP)
    terminal.type(ENGLISH)
    terminal.write("\r")
    terminal.until_shows("Late delivery, line stopped")
    terminal.write("\x1b")
    terminal.until_shows("Stopping")
    os.kill(worker, signal.SIGCONT)
    terminal.until_shows("Stopped here.")

    terminal.resize(120, 40)
    terminal.until_shows("Matched words")
    terminal.resize(50, 12)
    terminal.until_shows("denju needs 60 columns and 15 lines")
    terminal.resize(80, 24)
    terminal.until(lambda: terminal.shows("Stopped here.") and not terminal.shows("Matched words"))
    terminal.write("\x11")
    terminal.until(lambda: terminal.process.poll() is not None)
    assert terminal.process.returncode == 0


def test_a_draft_is_edited_and_approved(session, home):
    (home / "state").mkdir(parents=True)
    (home / "state" / "introduced").touch()
    with Workbench() as bench:
        serving = bench.library.get("start-delivery-late-linestop-en")
        bench.library.revise(replace(serving, steps=("Offer the express truck",)), base_revision=serving.revision)
    terminal = session(DENJU_PERSON_NAME="sato")
    terminal.until_shows("The customer's message")
    terminal.write(F4)
    terminal.until_shows("nothing speaks against 1 of them")
    terminal.write("\r")
    terminal.until_shows("+ Offer the express truck")
    terminal.write("\x05")  # Ctrl+E
    terminal.until_shows("title: Late delivery, line stopped")
    terminal.write("\x1b[B\x1b[F")  # down, and to the end of the title
    terminal.type(" again")
    terminal.write(F12)
    terminal.until(lambda: terminal.shows("Late delivery, line stopped again") and terminal.shows("F9 approve"))
    terminal.until(lambda: terminal.shows("nothing speaks against 1 of them") or terminal.shows("found first"))
    terminal.write(F9)
    terminal.until_shows("No draft waits.")
    with Workbench() as bench:
        approved = bench.library.get("start-delivery-late-linestop-en")
    assert (approved.title, approved.status) == ("Late delivery, line stopped again", "approved")
    assert approved.steps == ("Offer the express truck",)
    assert approved.reviews[-1].by == "sato"


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_teacher_is_shown_what_would_leave_and_then_asked(session, home):
    (home / "state").mkdir(parents=True)
    (home / "state" / "introduced").touch()
    with GeminiServer() as teacher:
        teacher.text = answer_text(drafted(title="Faded banner"))
        terminal = session(
            DENJU_TEACHER_KEY=teacher.key, DENJU_TEACHER_BASE_URL=teacher.base_url, DENJU_TEACHER_MODEL=teacher.model,
            DENJU_PERSON_NAME="sato",
        )  # fmt: skip
        terminal.until_shows("The customer's message")
        terminal.write(F5)
        terminal.until_shows("Describe a situation below")
        terminal.type("The banner came faded, says tanaka@example.co.jp")
        terminal.write("\r")
        terminal.until_shows("The banner came faded, says [EMAIL_1]")
        assert not terminal.shows("tanaka@") and teacher.requests == []
        terminal.write(F12)
        terminal.until_shows("Faded banner")
        (sent,) = teacher.requests
        assert b"The banner came faded" in sent.body and b"tanaka@" not in sent.body


def test_a_dead_line_ends_the_app_and_what_was_typed_is_there_again(ssh, home):
    (home / "state").mkdir(parents=True)
    (home / "state" / "introduced").touch()
    terminal = Pty(ssh.command(*APP))
    try:
        terminal.until_shows("The customer's message")
        terminal.type("half a mess")
        terminal.hang_up()
    finally:
        terminal.end()
    wait_for(lambda: not processes_of(home, "python"), lambda: "the app outlives its terminal")
    again = Pty(ssh.command(*APP), columns=120, lines=40)
    try:
        again.until_shows("half a mess")
        again.write("\x11")
        again.until(lambda: again.process.poll() is not None)
        assert again.process.returncode == 0
    finally:
        again.end()


def test_a_session_in_tmux_outlives_its_connection(ssh, home, tmp_path):
    (home / "state").mkdir(parents=True)
    (home / "state" / "introduced").touch()
    inner = Tmux(tmp_path)
    session = (*inner.command, "new-session", "-A", "-s", "work", shlex.join(APP))
    first = Pty(ssh.command(*session, DENJU_PERSON_LANGUAGE="ja"))
    try:
        first.until(lambda: inner.shows("お客様からの文面"))
        inner.type(JAPANESE)
        first.write("\r")
        first.until(lambda: inner.shows("部品に傷・打痕がある") and inner.answered)
        first.write("書きかけ")
        first.until(lambda: inner.shows("書きかけ"))
    finally:
        first.end()
    assert inner.shows("書きかけ")

    second = Pty(ssh.command(*session), columns=120, lines=40)
    try:
        second.until(lambda: inner.shows("決め手になった語") and inner.shows("書きかけ"))
        second.resize(80, 24)
        second.until(lambda: not inner.shows("決め手になった語") and inner.shows("書きかけ"))
        second.write("\x11")
        second.until(lambda: not inner.shows("書きかけ"))
    finally:
        second.end()
        inner.end()
    # The terminal goes while the app is leaving it.
    wait_for(lambda: not processes_of(home, "denju_tui"), lambda: "the app outlives its terminal")


def test_a_batch_outlives_the_session_that_began_it(ssh, home, tmp_path):
    (home / "state").mkdir(parents=True)
    (home / "state" / "introduced").touch()
    rows, answers = tmp_path / "mails.jsonl", tmp_path / "mails.answers.jsonl"
    rows.write_text("".join(json.dumps({"id": str(n), "text": f"{ENGLISH} {n}"}) + "\n" for n in range(120)))
    first = Pty(ssh.command(*APP))
    try:
        first.until_shows("Write a customer's message")
        first.write(F7)
        first.until_shows("Answer a whole file of messages")
        first.write("\x0e")  # Ctrl+N
        first.until_shows("Type a part of the name")
        first.write(str(rows))
        first.until_shows("mails.jsonl")
        first.write("\r")
        first.until_shows("120 rows, about")
        first.write(F12)
        record = answers.with_name(f"{answers.name}.run.json")
        wait_for(record.exists, lambda: "\n".join(first.screen.lines))
        run = json.loads(record.read_bytes())["pid"]
        os.kill(run, signal.SIGSTOP)  # it is to be at work still when the second session comes
        first.hang_up()
    finally:
        first.end()
    second = Pty(ssh.command(*APP), columns=120, lines=40)
    try:
        second.until_shows("Write a customer's message")
        second.write(F7)
        second.until_shows("It goes on when you leave denju.")
        second.write(F9)
        second.until_shows("Pausing")
        os.kill(run, signal.SIGCONT)
        second.until_shows("goes on where it stopped")
        second.write("\x11")
        second.until(lambda: second.process.poll() is not None)
    finally:
        second.end()
    told = subprocess.run([*APP, "batch", "status", answers, "--json"], capture_output=True, text=True, check=True)
    job = json.loads(told.stdout)
    assert job["state"] == "stopped" and job["tally"]["answered"] < 120
    assert len(answers.read_bytes().splitlines()) == job["tally"]["answered"]


def test_a_terminal_that_draws_lines_wide_gets_plain_signs(ssh):
    terminal = Pty(ssh.command(*APP), wide=True)
    try:
        terminal.until_shows("Press any key to begin.")
        terminal.write("\r")
        terminal.until_shows("Write a customer's message")
        assert "─" not in "".join(terminal.screen.lines)
        terminal.write("\x11")
        terminal.until(lambda: terminal.process.poll() is not None)
    finally:
        terminal.end()
