"""What only a process of its own shows: signals, pipes, closed and full streams, locales, a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import PATIENCE, command, environment, shown_on

SCRATCH = "部品に傷がありました。"


@pytest.fixture(autouse=True)
def _library(home: Path) -> None:
    """A library to run on."""


def run(*arguments: str, **environ: str | None) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(command(*arguments), env=environment(**environ), capture_output=True, check=False)
    assert b"Traceback" not in done.stdout + done.stderr
    return done


def test_ctrl_c_ends_a_wait_for_the_student() -> None:
    """Another process holds the machine's slot, so that the answer cannot begin."""
    with (
        open(os.environ["DENJU_SLOT"], "wb") as slot,
        subprocess.Popen(command("ask", SCRATCH), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        fcntl.lockf(slot, fcntl.LOCK_EX, 1, 0)
        assert process.stdout and process.stderr
        told = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, b"")
    assert told.startswith(b"strategy: ") and rest.splitlines()[-1] == b"denju: Stopped."
    assert json.loads(run("history", "list", "--json").stdout)["record"]["finish"] == "cancelled"


def test_ctrl_c_ends_what_waits_for_its_input() -> None:
    with subprocess.Popen(command("ask", "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for_child(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        told = process.stderr.read()
    assert (process.returncode, told) == (130, b"denju: stopped\n")


def test_a_batch_that_stops_while_more_rows_may_come_ends_as_promised(tmp_path: Path) -> None:
    """The writer of the pipe stays, so that a thread waits for its next line until the end."""
    reader, writer = os.pipe()
    os.close(reader)
    rows = ["batch", "run", "-", "--from", "jsonl"]
    for arguments, line, code in (
        ([*rows, str(tmp_path / "stopped")], b"", 130),
        ([*rows, str(tmp_path / "failed"), "--fail-fast"], b"no row\n", 5),
        ([*rows, "-"], b"no row\n", 141),
    ):
        with subprocess.Popen(
            command(*arguments), stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE
        ) as process:
            assert process.stdin and process.stderr
            process.stdin.write(line)
            process.stdin.flush()
            if not line:
                wait_for_child(process.pid)
                process.send_signal(signal.SIGINT)
            told = process.stderr.read()
        assert (process.returncode, b"Fatal" in told) == (code, False), told
    os.close(writer)


def wait_for_child(pid: int) -> None:
    """Until ``pid`` has started its student."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + PATIENCE
    while not children.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_student_is_left_behind_by_a_killed_command() -> None:
    with subprocess.Popen(command("ask", "-"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        wait_for_child(process.pid)
        [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not Path(f"/proc/{child}").exists() or "zombie" in Path(f"/proc/{child}/status").read_text():
            return
        time.sleep(0.05)
    pytest.fail("the student lives on")


def test_a_reader_that_leaves_ends_a_command_quietly() -> None:
    for arguments in (["library", "export"], ["--help"], ["ask", SCRATCH, "--max-tokens", "200"]):
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen(command(*arguments), stdout=writer, stderr=subprocess.PIPE) as process:
            os.close(writer)
            _, err = process.communicate()
        assert process.returncode == 141
        assert b"Error" not in err and b"Traceback" not in err
    assert json.loads(run("history", "list", "--json").stdout)["record"]["finish"] in ("cancelled", "stop")


def test_a_full_disk_behind_stdout_is_told() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command("library", "export"), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"denju: standard output: no space left on device\n  Free some space")


def test_closed_streams() -> None:
    for closed in ("<&-", ">&-", "2>&-"):
        shell = f'"$@" {closed}'
        done = subprocess.run(["sh", "-c", shell, "sh", *command("config", "show")], capture_output=True, check=False)
        assert done.returncode == 0, done


@pytest.mark.parametrize("locale", ["C", "POSIX", "ja_JP.eucJP", "en_US.ISO-8859-1"])
def test_output_is_utf_8_in_every_locale(locale: str) -> None:
    done = run("library", "show", "start-defect-scratch-ja", LC_ALL=locale, PYTHONIOENCODING=None)
    assert done.returncode == 0
    assert "部品に傷・打痕がある" in done.stdout.decode("utf-8")


def test_a_narrow_encoding_asked_of_python_is_no_hindrance() -> None:
    done = run("library", "show", "start-defect-scratch-ja", PYTHONIOENCODING="ascii")
    assert "部品に傷・打痕がある" in done.stdout.decode("utf-8")


def in_terminal(*arguments: str, when: bytes = b"", then: Callable[[], object] = lambda: None) -> str:
    """Everything that a terminal receives; ``then`` is called once ``when`` stands there."""
    main, side = pty.openpty()
    with subprocess.Popen(command(*arguments), stdin=side, stdout=side, stderr=side) as process:
        os.close(side)
        received = b""
        for piece in shown_on(main, process):
            received += piece
            if when and when in received:
                when = b""
                then()
    os.close(main)
    assert process.returncode == 0
    return received.decode()


def test_a_terminal_gets_columns_and_nothing_that_it_would_act_on(home: Path) -> None:
    wrong = {"title": "[red]件名\x1b]0;x\x07", "situation": "s", "tags": ["odd"], "language": "ja"}
    (home / "in.jsonl").write_text(json.dumps(wrong))
    assert run("import", str(home / "in.jsonl")).returncode == 0
    shown = in_terminal("library", "list", "--tag", "odd")
    assert "[red]件名" in shown and "status" in shown
    assert "\x1b]" not in shown and "\x07" not in shown


def test_a_terminal_sees_the_place_in_the_queue_until_the_answer_begins() -> None:
    with open(os.environ["DENJU_SLOT"], "wb") as slot:
        fcntl.lockf(slot, fcntl.LOCK_EX, 1, 0)
        shown = in_terminal(
            "ask", SCRATCH, "--max-tokens", "8",
            when=b"waiting for the student (1 in front)", then=lambda: fcntl.lockf(slot, fcntl.LOCK_UN, 1, 0),
        )  # fmt: skip
    assert shown.index("strategy: ") < shown.index("waiting for the student (1 in front)")
    assert "waiting" not in shown.rpartition("\r\x1b[K")[2] and "practice model" in shown
