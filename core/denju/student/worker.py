"""The student's own process: loads the model and answers one request at a time.

Native code that dies takes this process down, not the person's. It talks in JSON lines; every request carries an
``id``, and every report the ``id`` that it belongs to::

    → {"id": 1, "do": "load", "path": …, "context": 0, "threads": 0, "template": "auto", "mapped": false,
       "slot": true}
    ← {"id": 1, "card": {"name": …, "context": …, "template": …}}
    → {"id": 2, "do": "count", "texts": […]}                      ← {"id": 2, "counts": […]}
    → {"id": 3, "do": "generate", "pieces": […], "sampling": {…}}   a text, or {"control": "bos"}
    ← {"id": 3, "progress": [stage, done, total, seconds_left]} … {"id": 3, "token": "…"} … {"id": 3, "end": {…}}
    → {"id": 3, "do": "cancel"}
    ← {"id": 3, "error": {"kind": …, "message": …, "hint": …}}     in place of any last report

When its requests end, the parent is gone, and so is this process: at once, in the middle of an evaluation too.
(``PR_SET_PDEATHSIG`` would not do: it fires when the thread that started us ends.)
"""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from denju.errors import DenjuError, ModelFileError, StudentError, TooLong
from denju.student.gguf import ModelHeader, read_header
from denju.student.native import CHUNK, NativeModel, allowed_cores
from denju.student.port import Sampling
from denju.student.slot import Slot, slot_path
from denju.student.speech import Speech
from denju.text import one_line

_MOST_CONTEXT = 4_096
"""Tokens of context when nobody asks for more."""
_PATIENCE = 600.0
"""Seconds that a place in the queue may stay the same."""
_PROGRESS_EVERY = 0.1
"""Seconds between two reports of how far the prompt is read."""
_TOKENS_EVERY = 0.03
"""Seconds between two reports of what was said: one for each token of a small model keeps a core of the parent busy."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line from the parent."""

    id: int
    do: str
    body: dict[str, Any]
    cancel: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Serves the requests of one parent with one model."""

    def __init__(self, requests: IO[bytes], reports: IO[bytes]) -> None:
        self._requests = requests
        self._reports = reports
        self._queue: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._open: dict[int, Request] = {}
        self._slot: Slot | None = None
        """Taken for every answer; None where the parent holds it for several of us."""
        self._loaded: tuple[NativeModel, ModelHeader, int] | None = None
        self._evaluated: list[int] = []
        """Tokens of whole chunks from the start that the model still holds."""

    def serve(self) -> None:
        """Answer until the requests end."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            request = self._queue.get()
            try:
                for report in self._answer(request):
                    self._report(request, report)
            except DenjuError as error:
                self._report(request, {"error": error.to_dict()})
            except (OSError, MemoryError, RuntimeError, ValueError) as error:
                self._report(request, {"error": StudentError(f"The student failed: {error}").to_dict()})
            finally:
                self._open.pop(request.id, None)

    def _listen(self) -> None:
        """Queue requests, and pass a cancel on at once. Runs beside the evaluation, which lets go of the GIL."""
        try:
            for line in self._requests:
                body = json.loads(line)
                if body["do"] == "cancel":
                    if request := self._open.get(body["id"]):
                        request.cancel.set()
                else:
                    request = Request(body["id"], body["do"], body)
                    self._open[request.id] = request
                    self._queue.put(request)
        finally:
            os._exit(0)

    def _report(self, request: Request, report: dict[str, Any]) -> None:
        try:
            self._reports.write(json.dumps({"id": request.id, **report}).encode() + b"\n")
            self._reports.flush()
        except BrokenPipeError:
            os._exit(0)

    def _answer(self, request: Request) -> Iterator[dict[str, Any]]:
        if request.do == "load":
            yield {"card": self._load(request.body)}
        elif request.do == "count":
            model, *_ = self._model()
            yield {"counts": [len(model.tokenize(text)) for text in request.body["texts"]]}
        else:
            yield from self._generate(request)

    def _load(self, wish: dict[str, Any]) -> dict[str, Any]:
        path = Path(wish["path"])
        header = read_header(path)
        template = header.template if wish["template"] == "auto" else wish["template"]
        if template == "practice" and header.template != "practice":
            raise ModelFileError(
                f"{one_line(path.name)}: no control tokens of the practice template.", "Set student.template to auto."
            )
        context = min(wish["context"] or _MOST_CONTEXT, header.context)
        model = NativeModel(path, context=context, threads=_threads(wish["threads"], header), mapped=wish["mapped"])
        self._loaded = (model, header, context)
        self._slot = Slot(slot_path()) if wish["slot"] else None
        return {"name": header.name, "context": context, "template": template}

    def _model(self) -> tuple[NativeModel, ModelHeader, int]:
        if self._loaded is None:
            raise StudentError("No model is loaded.")
        return self._loaded

    def _generate(self, request: Request) -> Iterator[dict[str, Any]]:
        model, header, context = self._model()
        sampling = Sampling(**{**request.body["sampling"], "stop": tuple(request.body["sampling"]["stop"])})
        tokens = [token for piece in request.body["pieces"] for token in _tokens(piece, model, header)] or [header.bos]
        if len(tokens) >= context:
            raise TooLong(
                f"The prompt has {len(tokens):,} tokens; this student takes {context:,} with the answer.",
                "Shorten the message, or use a model with a larger context (student.context).",
            )
        if self._slot is None:
            yield from self._say(request.cancel, tokens, sampling)
            return
        try:
            for place in self._slot.acquire(request.cancel, patience=_PATIENCE):
                yield _progress("waiting", 0, place)
            yield from self._say(request.cancel, tokens, sampling)
        finally:
            self._slot.release()

    def _say(self, cancel: threading.Event, prompt: list[int], sampling: Sampling) -> Iterator[dict[str, Any]]:
        """Read the prompt, then write the answer, one token at a time."""
        model, header, context = self._model()
        begin = time.monotonic()
        reused = self._keep_prefix(prompt)
        for done in self._read(cancel, prompt, reused):
            left = (time.monotonic() - begin) / (done - reused) * (len(prompt) - done)
            yield _progress("reading", done, len(prompt), left)
        tokens, finish, speech = list(prompt), "length", Speech(sampling.stop)
        ends = {header.eos, *header.control.values()}
        unsaid, told = "", 0.0
        while not cancel.is_set() and len(tokens) - len(prompt) < sampling.max_tokens:
            token = model.sample(tokens, sampling)
            if token in ends:
                finish = "stop"
                break
            tokens.append(token)
            unsaid += speech.feed(model.bytes_of(token))
            if unsaid and time.monotonic() - told >= _TOKENS_EVERY:
                yield {"token": unsaid}
                unsaid, told = "", time.monotonic()
            if speech.stopped:
                finish = "stop"
                break
            if len(tokens) >= context or len(tokens) - len(prompt) == sampling.max_tokens:
                break
            model.evaluate([token], len(tokens) - 1)
        if text := unsaid + speech.rest():
            yield {"token": text}
        yield {
            "end": {
                "finish": "cancelled" if cancel.is_set() and finish != "stop" else finish,
                "prompt": len(prompt),
                "reused": reused,
                "completion": len(tokens) - len(prompt),
                "seconds": time.monotonic() - begin,
            }
        }

    def _keep_prefix(self, prompt: list[int]) -> int:
        """Forget what the prompt does not begin with; returns how many tokens need not be read again.

        Only whole chunks on the grid count, and the last one is always read anew: so an answer is the same, bit for
        bit, whatever was said before.
        """
        kept = 0
        while (
            kept + CHUNK < len(prompt)
            and kept + CHUNK <= len(self._evaluated)
            and self._evaluated[kept : kept + CHUNK] == prompt[kept : kept + CHUNK]
        ):
            kept += CHUNK
        del self._evaluated[kept:]
        return kept

    def _read(self, cancel: threading.Event, prompt: list[int], start: int) -> Iterator[int]:
        """Evaluate the prompt from ``start`` in chunks; yields now and then how many tokens are done."""
        model, *_ = self._model()
        told = time.monotonic()
        for begin in range(start, len(prompt), CHUNK):
            if cancel.is_set():
                return
            chunk = prompt[begin : begin + CHUNK]
            model.evaluate(chunk, begin)
            if len(chunk) == CHUNK:
                self._evaluated += chunk
            if time.monotonic() - told >= _PROGRESS_EVERY:
                told = time.monotonic()
                yield begin + len(chunk)


def _threads(wished: int, header: ModelHeader) -> int:
    """Never more than there are cores: threads that wait for one another in turns are a thousand times slower."""
    cores = allowed_cores()
    return min(wished or (1 if header.small else cores), cores)


def _tokens(piece: str | dict[str, str], model: NativeModel, header: ModelHeader) -> list[int]:
    if isinstance(piece, str):
        return model.tokenize(piece)
    name = piece["control"]
    special = {"bos": header.bos, "eos": header.eos, **header.control}
    if name not in special:
        raise StudentError(f"The model has no control token {name!r}.", "Set student.template to auto.")
    return [special[name]]


def _progress(stage: str, done: int, total: int, left: float | None = None) -> dict[str, Any]:
    return {"progress": [stage, done, total, left]}


def main() -> None:
    """Serve the parent over the descriptors 0 and 1, which nothing else may read or write from here on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    requests, reports = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    Worker(os.fdopen(requests, "rb"), os.fdopen(reports, "wb")).serve()


if __name__ == "__main__":
    main()
