"""The parent's end of the student's process: start it, talk in lines, notice its death, end it."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from typing import Any

from denju.errors import StudentDied, StudentError
from denju.text import one_line

_ANEW = "Ask again: it starts anew."
_LAST_WORDS = 2_000
"""Bytes of the child's standard error that are looked at."""


class StudentProcess:
    """One child. Every call returns within its time, whatever the child does.

    It holds no thread: who waits for the child reads its lines. ``end`` may be called from any thread.
    """

    def __init__(self) -> None:
        try:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the child
        except OSError as error:
            raise StudentError(
                f"The student's process could not be started, as it got no temporary file: {_reason(error)}.",
                "Free some space, or set TMPDIR to a folder that you can write to.",
            ) from error
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "denju.student.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=0,
                start_new_session=True,  # the terminal's Ctrl-C and hang-up are not for the child
            )
        except OSError as error:
            self._errors.close()
            raise StudentError(
                f"The student's process could not be started: {_reason(error)}.",
                "Close other programs and try again.",
            ) from error
        assert self._child.stdin and self._child.stdout
        self._requests, self._reports = self._child.stdin, self._child.stdout
        for pipe in (self._requests, self._reports):
            os.set_blocking(pipe.fileno(), False)
        self._lines: deque[bytes] = deque()
        self._part = b""
        self._pipes = threading.Lock()
        """Held for each look at the pipes, so that ``end`` never closes one under a reader."""
        self._ended = False

    @property
    def pid(self) -> int:
        return self._child.pid

    def send(self, message: dict[str, Any], *, within: float = 10.0) -> None:
        """Write one line.

        Raises:
            StudentDied: the child is gone, or took nothing for ``within`` seconds.
        """
        line = json.dumps(message).encode() + b"\n"
        sent, deadline = 0, time.monotonic() + within
        try:
            while sent < len(line):
                with self._pipes:
                    self._must_be_open()
                    if _ready(self._requests, selectors.EVENT_WRITE, 0.05):
                        sent += self._requests.write(line[sent : sent + (1 << 16)]) or 0
                        continue
                if time.monotonic() > deadline:
                    raise StudentDied("The student's process takes no requests.", _ANEW)
        except OSError as error:
            raise self.died() from error
        finally:
            if 0 < sent < len(line):
                self._child.kill()  # half a line would garble the next one

    def receive(self, *, within: float) -> dict[str, Any] | None:
        """The next line, or None when none came ``within`` that many seconds.

        Raises:
            StudentDied: the child is gone, or was ended.
        """
        if not self._lines:
            with self._pipes:
                self._must_be_open()
                if not _ready(self._reports, selectors.EVENT_READ, within):
                    return None
                data = self._reports.read(1 << 16)
            if not data:
                raise self.died()
            *lines, self._part = (self._part + data).split(b"\n")
            self._lines.extend(lines)
        try:
            report: dict[str, Any] | None = json.loads(self._lines.popleft()) if self._lines else None
        except ValueError as error:
            self._child.kill()
            raise StudentDied("The student's process answered nothing readable.", _ANEW) from error
        return report

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def _must_be_open(self) -> None:
        if self._ended:
            raise StudentDied("The student was closed.", _ANEW)

    @property
    def crashed(self) -> bool:
        """Whether native code took it down, rather than somebody who killed it."""
        return -(self._child.poll() or 0) in (
            signal.SIGSEGV,
            signal.SIGABRT,
            signal.SIGBUS,
            signal.SIGFPE,
            signal.SIGILL,
        )

    def died(self) -> StudentDied:
        """What is known of the child's end; its output has ended already."""
        with self._pipes:
            self._must_be_open()
            try:
                code = self._child.wait(1.0)
            except subprocess.TimeoutExpired:
                self._child.kill()
                code = self._child.wait()
            words = self._last_words()
        how = f"exit code {code}"
        if code < 0:
            how = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        hint = _ANEW
        if code == -signal.SIGKILL:
            hint = "Ask again: it starts anew. If the memory ran out, take a smaller model or context."
        return StudentDied(f"The student's process ended ({how}){': ' + words if words else ''}.", hint)

    def _last_words(self) -> str:
        """The last line that the child wrote to its standard error."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - _LAST_WORDS))
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return one_line(lines[-1])[:200].rstrip(".") if lines else ""

    def end(self) -> None:
        """Kill the child and leave nothing behind: no zombie, no open pipe. Twice is fine."""
        with self._pipes:
            if not self._ended:
                self._ended = True
                self._child.kill()
                self._child.wait()
                for pipe in (self._requests, self._reports, self._errors):
                    pipe.close()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _ready(pipe: Any, event: int, within: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        return bool(selector.select(within))
