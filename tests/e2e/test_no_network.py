"""Nothing connects anywhere: what the kernel saw of a first run and of some use, and tests without any network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NAMESPACE = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


def test_a_first_run_and_an_answer_open_no_internet_socket(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    environ = {**os.environ, "DENJU_HOME": str(tmp_path / "home"), "DENJU_SLOT": str(tmp_path / "slot")}
    command = [sys.executable, "-m", "denju_tui", "ask", "部品に傷がありました。"]
    traced = ["strace", "-f", "-qq", "-e", "trace=socket,connect,execve", "-o", str(trace), *command]
    done = subprocess.run(traced, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    seen = trace.read_text("utf-8", "replace")
    assert seen.count("execve(") >= 2, "the student's process should have been followed too"
    assert not re.findall(r"AF_INET6?", seen)


def test_commands_and_the_app_in_use_connect_to_no_internet_address() -> None:
    script = ROOT / "scripts" / "watch_connections.py"
    done = subprocess.run([sys.executable, script, "--minutes", "0.1"], capture_output=True, check=False)
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == 0 and "AF_INET" not in told, told
    assert int(re.search(r"(\d+) programs", told)[1]) >= 12, told


def test_the_watch_sees_what_connects(tmp_path: Path) -> None:
    """The strace that the test above trusts would show a connection, had there been one."""
    trace = tmp_path / "trace"
    code = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(trace), sys.executable, "-c", code], check=True
    )
    assert "sa_family=AF_INET" in trace.read_text()


@pytest.mark.skipif(not _NAMESPACE, reason="this machine makes no network namespace for a user")
def test_a_sample_of_the_tests_passes_without_any_network() -> None:
    sample = ["tests/unit/egress/test_outbox.py", "tests/unit/egress/test_exchange.py", "tests/unit/test_text.py"]
    command = [ROOT / "scripts" / "test_offline", "-q", "-p", "no:cacheprovider", *sample]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-2_000:]
