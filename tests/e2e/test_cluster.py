"""A batch on a Dask cluster: a scheduler and three workers as processes, two of them killed on the way."""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import command, environment

pytestmark = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="needs denju[cluster]")

TEXTS = (
    "部品に傷がありました。ロット A-{} です。",
    "The parts of order {} arrived late.",
    "見積もり {} をお願いします。",
)


def records(path: Path) -> list[dict[str, object]]:
    return [{**json.loads(line), "seconds": 0} for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.enable_socket
def test_killed_workers_lose_nothing_and_answer_nothing_twice(
    isolated: Path, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    source, target = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("".join(TEXTS[number % 3].format(number) + "\n" for number in range(45)))
    run = ("batch", "run", str(source))
    alone = (str(tmp_path / "alone.jsonl"), "--max-tokens", "24", "--workers", "1")
    subprocess.run(command(*run, *alone), env=environment(), check=True, capture_output=True)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment(), "cwd": tmp_path}
    port = address.rpartition(":")[2]
    scheduler = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    worker = ["-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    started.append(subprocess.Popen([sys.executable, *scheduler], **quiet))  # type: ignore[call-overload]
    for number in range(3):
        slot = {**quiet, "env": environment(DENJU_SLOT=str(tmp_path / f"slot{number}"))}
        started.append(subprocess.Popen([sys.executable, *worker], **slot))  # type: ignore[call-overload]
    _wait_for_workers(address, 3)

    arguments = (*run, str(target), "--max-tokens", "24", "--cluster", address)
    process = subprocess.Popen(command(*arguments), env=environment(), stderr=subprocess.PIPE)
    for lines, killed in ((1, started[1]), (15, started[2])):
        while process.poll() is None and not (target.exists() and target.read_bytes().count(b"\n") >= lines):
            time.sleep(0.01)
        assert process.poll() is None
        killed.send_signal(signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 0, told.decode()
    assert records(target) == records(tmp_path / "alone.jsonl")


def _wait_for_workers(address: str, count: int) -> None:
    waiting = f"from distributed import Client; c = Client({address!r}, timeout=60); c.wait_for_workers({count}, 120)"
    subprocess.run([sys.executable, "-c", waiting], check=True, capture_output=True, env=environment())
