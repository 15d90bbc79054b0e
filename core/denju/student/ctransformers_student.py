"""The student that runs a GGUF file with ctransformers, in a process of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from denju.errors import ModelFileError, StudentBusy, StudentDied, StudentError, TooLong
from denju.events import Progress, Token
from denju.student.models import ModelFile
from denju.student.port import Control, Generated, Piece, Sampling, StudentCard
from denju.student.process import StudentProcess
from denju.text import one_line
from denju.values import StudentInfo

_LOOK = 0.05
"""Seconds between two looks at ``cancel`` while the child is silent."""
_LAST_WORD = 0.15
"""Seconds that a cancelled child gets to say how far it came."""
_DRAIN = 5.0
"""Seconds that a cancelled child may take to get ready for the next request."""
_SILENCE = 900.0
"""Seconds without a word after which a child is taken for hung; more than it waits for the slot."""
_ERRORS = {each.kind: each for each in (ModelFileError, StudentBusy, TooLong)}


class CtransformersStudent:
    """A ``Student`` (see ``port``). A child that dies is told as an error, and the next call starts a new one."""

    def __init__(
        self, *, model: ModelFile, threads: int = 0, context: int = 0, template: str = "auto", slot: bool = True
    ) -> None:
        """Nothing starts yet. 0 takes the allowed cores (one for a small model), and the model's own context, at most
        4096 tokens. Without ``slot`` the caller holds the machine's slot while it asks (``SharedSlot``).
        """
        self._model = model
        self._wish = {"threads": threads, "context": context, "template": template, "slot": slot}
        self._process: StudentProcess | None = None
        self._card: StudentCard | None = None
        """Of the model that the process has loaded; None while it loads."""
        self._owed = 0
        """Id of a cancelled request whose last report was not read yet; 0 when there is none."""
        self._last_id = 0
        self._reading = 0
        """Id of the request whose reports are being read; 0 when there is none."""
        self._changing = threading.Lock()
        """Held while the process is started or dropped, which may be asked for from any thread."""

    def warm(self) -> None:
        """Start the child and the loading of the model, and return at once: the wait overlaps other work.

        Raises:
            StudentError: no process could be started.
        """
        self._started()

    def load(self, cancel: threading.Event) -> Iterator[Progress]:
        """See ``Student.load``. The child goes on loading after a cancel."""
        yield from self._settled(cancel)
        yield from self._loaded(cancel)

    def card(self) -> StudentCard:
        """See ``Student.card``."""
        return self._ready()[1]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See ``Student.count_tokens``."""
        process, _ = self._ready()
        with self._dropping(process):
            number = self._request(process, "count", {"texts": list(texts)})
            reports = list(self._reports(process, number, threading.Event()))
        if not reports:  # another thread ended the wait; the process is no longer this one's to drop
            raise StudentDied("The student was closed.", "Ask again: it starts anew.")
        counts: list[int] = reports[-1]["counts"]
        return counts

    def generate(
        self, pieces: Sequence[Piece], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | Token | Generated]:
        """See ``Student.generate``. An iterator that is left alone cancels its answer."""
        begin = time.monotonic()
        yield from self.load(cancel)
        process = self._process
        if process is not None and not cancel.is_set():
            with self._dropping(process):
                body = {"pieces": [_to_json(piece) for piece in pieces], "sampling": asdict(sampling)}
                number = self._request(process, "generate", body)
                for report in self._reports(process, number, cancel):
                    if "end" in report:
                        # The child runs ahead: what it finished after the cancel was never said.
                        finish = "cancelled" if cancel.is_set() else report["end"]["finish"]
                        yield Generated(**{**report["end"], "finish": finish})
                        return
                    if cancel.is_set():
                        continue
                    if "token" in report:
                        yield Token(report["token"])
                    else:
                        yield Progress(*report["progress"])
        yield Generated("cancelled", 0, 0, 0, time.monotonic() - begin)

    def close(self) -> None:
        """See ``Student.close``. From another thread, it ends the answer that is being written as a dead child does."""
        if self._process is not None:
            self._drop(self._process)

    def _ready(self) -> tuple[StudentProcess, StudentCard]:
        """A process that has loaded the model and owes nothing."""
        for _ in self.load(threading.Event()):
            pass
        if self._process is None or self._card is None:
            raise StudentDied("The student was closed.", "Ask again: it starts anew.")
        return self._process, self._card

    def _started(self) -> StudentProcess:
        """The process; a new one where there is none, or it died while nobody asked."""
        with self._changing:
            # One that died while it loaded stays: why it did must still be told.
            if self._process is not None and (self._process.alive or self._card is None):
                return self._process
            if self._process is not None:
                self._process.end()
            self._process, self._card, self._owed, self._reading = StudentProcess(), None, 0, 0
            wish = {**self._wish, "path": str(self._model.path), "mapped": self._model.copied}
            self._request(self._process, "load", wish)
            return self._process

    def _settled(self, cancel: threading.Event) -> Iterator[Progress]:
        """Wait for the end of a cancelled answer; a child that does not come to it is ended."""
        process, deadline = self._process, time.monotonic() + _DRAIN
        if process is not None and self._reading:
            # An iterator that was left in the middle, and not closed: whoever asks next goes first.
            self._abandon(process, self._reading)
        while process is not None and self._owed and not cancel.is_set():
            try:
                report = process.receive(within=_LOOK)
            except StudentDied:
                report = None
                deadline = 0.0
            if report is not None and report["id"] == self._owed and _is_last(report):
                self._owed = 0
            elif time.monotonic() > deadline:
                self._drop(process)
                return
        yield from ()

    def _loaded(self, cancel: threading.Event) -> Iterator[Progress]:
        """Wait until the model is loaded."""
        process = self._started()
        if self._card is not None:
            return
        deadline, told = time.monotonic() + _SILENCE, False
        with self._dropping(process, StudentError):
            while self._card is None and not cancel.is_set():
                try:
                    report = process.receive(within=_LOOK)
                except StudentDied as error:
                    raise (self._not_loaded(error) if process.crashed else error) from None
                if report is not None:
                    self._card = self._card_of(report)
                elif time.monotonic() > deadline:
                    raise StudentDied("The student's process does not load the model.", "Ask again: it starts anew.")
                elif not told:
                    told = True
                    yield Progress("loading", 0, 1)

    def _card_of(self, report: dict[str, Any]) -> StudentCard:
        if "error" in report:
            raise _error(report["error"])
        card, model = report["card"], self._model
        name = "practice" if model.practice else card["name"] or model.sha256[:12]
        info = StudentInfo(kind="ctransformers", model=name, sha256=model.sha256, practice=model.practice)
        return StudentCard(info=info, context=card["context"], template=card["template"])

    def _not_loaded(self, error: StudentDied) -> ModelFileError:
        return ModelFileError(
            f"{one_line(self._model.path.name)}: the model could not be loaded. {error.what}",
            "Try a smaller context (student.context), or another GGUF file of the same model.",
        )

    def _request(self, process: StudentProcess, do: str, body: dict[str, Any]) -> int:
        self._last_id += 1
        process.send({"id": self._last_id, "do": do, **body})
        return self._last_id

    def _reports(self, process: StudentProcess, number: int, cancel: threading.Event) -> Iterator[dict[str, Any]]:
        """What the child says about one request; ends after its last report, or soon after ``cancel``."""
        heard, give_up, ended = time.monotonic(), 0.0, False
        self._reading = number
        try:
            while not ended and self._reading == number:
                if cancel.is_set() and not give_up:
                    give_up = time.monotonic() + _LAST_WORD
                    process.send({"id": number, "do": "cancel"}, within=_LOOK)
                report = process.receive(within=_LOOK)
                if report is not None:
                    heard, ended = time.monotonic(), _is_last(report)
                    if "error" in report:
                        raise _error(report["error"])
                    yield report
                elif give_up and time.monotonic() > give_up:
                    return
                elif time.monotonic() - heard > _SILENCE:
                    raise StudentDied("The student's process does not answer.", "Ask again: it starts anew.")
        finally:
            if self._reading == number:
                self._reading = 0
                if not ended:
                    self._abandon(process, number)

    def _abandon(self, process: StudentProcess, number: int) -> None:
        """Cancel a request; what the child still says about it is skipped before the next one."""
        self._reading, self._owed = 0, number
        with contextlib.suppress(StudentDied):
            process.send({"id": number, "do": "cancel"}, within=_LOOK)

    @contextlib.contextmanager
    def _dropping(self, process: StudentProcess, kind: type[StudentError] = StudentDied) -> Iterator[None]:
        """After an error of this kind, the next call starts a new process."""
        try:
            yield
        except kind:
            self._drop(process)
            raise

    def _drop(self, process: StudentProcess) -> None:
        with self._changing:
            process.end()
            if self._process is process:
                self._process, self._card, self._owed, self._reading = None, None, 0, 0


def _is_last(report: dict[str, Any]) -> bool:
    return "token" not in report and "progress" not in report


def _error(error: dict[str, str]) -> StudentError:
    return _ERRORS.get(error["kind"], StudentError)(error["message"], error["hint"])


def _to_json(piece: Piece) -> str | dict[str, str]:
    return {"control": piece.name} if isinstance(piece, Control) else piece
