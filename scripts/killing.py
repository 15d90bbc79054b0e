"""What the scripts share that kill a sender again and again: where it dies, who forks it, and a server that counts."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOUCHES = ("open", "os.", "fcntl.", "socket.", "tempfile.")
"""The audit events at which a process is killed."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
"""A kill, unlike a power cut, loses nothing that was only in memory, so the disk need not be waited for."""
NURSERY = "--nursery"
"""The argument with which a script becomes the process that forks the senders."""


class Server:
    """Takes any request, counts it, and answers ``answer`` after ``pause`` seconds."""

    def __init__(self, answer: bytes, *, pause: float = 0.0) -> None:
        self.taken = 0
        counting = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                counting.taken += 1
                self.rfile.read(int(self.headers["content-length"]))
                time.sleep(pause)
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # whoever asked was killed
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def run_nursery(send: Callable[[list[str]], None]) -> None:
    """Fork a sender for every line of stdin: where it dies, then what ``send`` needs.

    Prints its pid, the number of its touches where it was not killed, and its exit code.
    """
    for line in sys.stdin:
        point, *words = line.split()
        if (pid := os.fork()) == 0:
            _send_and_die(send, words, int(point))
            os._exit(0)
        print("pid", pid, flush=True)
        print("end", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _send_and_die(send: Callable[[list[str]], None], words: list[str], point: int) -> None:
    """Die at the ``point``-th touch (0: never, and print how many there were)."""
    touches = 0

    def touched(event: str, _: tuple[Any, ...]) -> None:
        nonlocal touches
        if event.startswith(TOUCHES):
            touches += 1
            if touches == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touched)
    send(words)
    print("touches", touches, flush=True)


class Nursery:
    """The process that forks the senders; a script itself cannot, because its server has threads."""

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, script, NURSERY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def run(self, point: int, *words: object, after: float | None = None) -> tuple[int, int]:
        """Exit code of one sender, and how many touches it had; ``after``: killed after so many seconds."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(point, *words, file=self._process.stdin, flush=True)
        touches = 0
        for line in self._process.stdout:
            match line.split():
                case ["pid", pid] if after is not None:
                    time.sleep(after)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
                case ["touches", count]:
                    touches = int(count)
                case ["end", code]:
                    return int(code), touches
        raise RuntimeError("the nursery died")

    def close(self) -> None:
        self._process.communicate()
