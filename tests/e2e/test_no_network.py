"""Nothing connects anywhere: what the kernel saw of a first run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


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
