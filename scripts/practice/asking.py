"""The real path, several times at once: the app's prompt and student process, the likeliest token each time.

Each worker has a student of its own on one thread, and a slot of its own: the machine's one slot would make them
take turns.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from denju.events import Token
from denju.student.ctransformers_student import CtransformersStudent
from denju.student.models import ModelFile
from denju.student.port import Sampling
from denju.student.prompt import build
from denju.student.slot import VARIABLE
from practice.cases import Asked

MAX_TOKENS = 256
"""Of a reply: as the app's settings have it."""

_student: CtransformersStudent | None = None
"""This worker's."""


def answers(model: bytes, asked: Sequence[Asked], workers: int) -> Iterator[str]:
    """A reply to each prompt by the model in this file's bytes, in order; the same for any number of workers."""
    with tempfile.TemporaryDirectory() as folder:
        # A training may replace its file while this goes on.
        (Path(folder) / "model.gguf").write_bytes(model)
        pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(Path(folder),)
        )
        try:
            yield from pool.map(_answer, asked)
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(folder: Path) -> None:
    global _student
    os.environ[VARIABLE] = str(folder / f"{os.getpid()}.slot")
    model = folder / "model.gguf"
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    _student = CtransformersStudent(model=ModelFile(model, digest), threads=1, template="practice")


def _answer(asked: Asked) -> str:
    assert _student is not None
    card = _student.card()
    prompt = build(
        asked.guidance, asked.turns, template=card.template, count_tokens=_student.count_tokens,
        context=card.context, max_tokens=MAX_TOKENS,
    )  # fmt: skip
    sampling = Sampling(max_tokens=min(MAX_TOKENS, card.context // 4), stop=prompt.stop)
    events = _student.generate(prompt.pieces, sampling, threading.Event())
    return "".join(event.text for event in events if isinstance(event, Token)).strip()
