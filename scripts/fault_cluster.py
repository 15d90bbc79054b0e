"""A batch on a cluster of network namespaces, one of them cut off: ``sudo python scripts/fault_cluster.py``.

A scheduler, three workers and the run sit in five namespaces with addresses of their own on one bridge, as machines
on a switch. On the way one worker is killed, and the network of another one is pulled for good. The output must equal
that of one machine but for ``seconds``. Needs root, iproute2 and denju[cluster]; leaves nothing behind.
Prints a table; exit code 1 when a line differs, or a fault came too late.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("scheduler", "worker1", "worker2", "worker3", "desk")
NET, PORT = "10.203.9", 8786
BRIDGE = f"djbr{os.getpid() % 10_000}"
TEXTS = (
    "部品に傷がありました。ロット A-{} です。",
    "The parts of order {} arrived late.",
    "見積もり {} をお願いします。",
)
BATCH = [sys.executable, "-m", "denju_tui", "batch", "run"]


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def space(name: str) -> str:
    return f"{BRIDGE}-{name}"


@contextlib.contextmanager
def machines() -> Iterator[None]:
    """The namespaces, each with a cable to the bridge."""
    with contextlib.ExitStack() as stack:
        ip("link", "add", BRIDGE, "type", "bridge")
        stack.callback(ip, "link", "del", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, name in enumerate(NAMES):
            ip("netns", "add", space(name))
            stack.callback(ip, "netns", "del", space(name))
            ip("link", "add", f"{BRIDGE}p{number}", "type", "veth", "peer", "name", "eth0", "netns", space(name))
            ip("link", "set", f"{BRIDGE}p{number}", "master", BRIDGE, "up")
            inside = ["-n", space(name)]
            ip(*inside, "addr", "add", f"{NET}.{number + 1}/24", "dev", "eth0")
            ip(*inside, "link", "set", "eth0", "up")
            ip(*inside, "link", "set", "lo", "up")
        yield


def start(name: str, arguments: list[str], folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    """A process on the machine of this name, with a home and a student slot of its own."""
    own = {"DENJU_HOME": str(folder / name), "DENJU_SLOT": str(folder / f"{name}.slot")}
    (folder / name).mkdir(exist_ok=True)
    command = ["ip", "netns", "exec", space(name), *arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **more}
    return subprocess.Popen(command, env={**os.environ, **own}, cwd=folder, **quiet)


def records(path: Path) -> list[dict[str, Any]]:
    return [{**json.loads(line), "seconds": 0} for line in path.read_text("utf-8").splitlines()]


def until(path: Path, lines: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until so many records stand in the output."""
    while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < lines):
        time.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=90)
    count: int = parser.parse_args().rows
    address = f"tcp://{NET}.1:{PORT}"
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        source, target, alone = folder / "in.txt", folder / "out.jsonl", folder / "alone.jsonl"
        source.write_text("".join(TEXTS[number % 3].format(number) + "\n" for number in range(count)), "utf-8")
        stack.enter_context(machines())

        def running(name: str, *arguments: str) -> subprocess.Popen[bytes]:
            process = start(name, [sys.executable, "-m", *arguments, "--no-dashboard"], folder)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        running("scheduler", "distributed.cli.dask_scheduler", "--host", f"{NET}.1", "--port", str(PORT))
        one, two, _ = [
            running(each, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny")
            for each in NAMES[1:4]
        ]
        wait = f"from distributed import Client; Client({address!r}, timeout=60).wait_for_workers(3, 120)"
        start("desk", [sys.executable, "-c", wait], folder).wait()
        start("desk", [*BATCH, str(source), str(alone), "--max-tokens", "24", "--workers", "1"], folder).wait()

        began = time.monotonic()
        arguments = [*BATCH, str(source), str(target), "--max-tokens", "24", "--cluster", address]
        process = start("desk", arguments, folder, stderr=subprocess.PIPE)
        until(target, count // 6, process)
        one.kill()
        killed = one.wait() == -signal.SIGKILL and process.poll() is None
        until(target, count // 3, process)
        ip("-n", space("worker2"), "link", "set", "eth0", "down")
        cut_off = two.poll() is None and process.poll() is None
        told = process.communicate()[1].decode()
        seconds = time.monotonic() - began
        got = records(target) if target.exists() else []
        differ = sum(one != other for one, other in zip(got, records(alone), strict=False)) + abs(count - len(got))
    print("\n| a scheduler and three workers in namespaces of their own | |\n| --- | ---: |")
    rows = {
        "rows": f"{count}", "workers killed": f"{killed:d}", "workers cut off": f"{cut_off:d}",
        "exit code": f"{process.returncode}", "records that differ from one machine's": f"{differ}",
        "seconds": f"{seconds:.0f}",
    }  # fmt: skip
    for title, value in rows.items():
        print(f"| {title} | {value} |")
    if process.returncode:
        print(told)
    sys.exit(bool(differ or process.returncode or not (killed and cut_off)))


if __name__ == "__main__":
    main()
