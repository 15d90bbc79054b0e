"""The practice student's file through ctransformers, greedily: the real path without the app's process around it."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_int
from pathlib import Path

import numpy
from ctransformers.llm import LLM, Config

CHUNK = 32
"""Tokens evaluated at once; fewer would change the logits."""


class Reader:
    """One loaded model."""

    def __init__(self, path: Path, context: int = 1536) -> None:
        config = Config(context_length=context, batch_size=CHUNK, mmap=False, threads=1)
        self.llm = LLM(str(path), config=config, lib="avx2")

    def tokens(self, text: str) -> list[int]:
        """Ids of ``text``; the buffer is our own, since the library's is too short for Japanese."""
        raw = text.encode()
        buffer = (c_int * (len(raw) + 16))()
        count = self.llm.ctransformers_llm_tokenize(raw, False, buffer)
        return list(buffer[:count])

    def likeliest(self) -> int:
        size = self.llm.ctransformers_llm_logits_size()
        return int(numpy.ctypeslib.as_array(self.llm.ctransformers_llm_logits_data(), (size,)).argmax())

    def _evaluate(self, ids: Sequence[int]) -> None:
        """Evaluate ``ids`` after what they share with the last prompt, cut down to whole chunks."""
        known = self.llm._context
        shared = 0
        while shared < min(len(known), len(ids) - 1) and known[shared] == ids[shared]:
            shared += 1
        shared -= shared % CHUNK
        del known[shared:]
        self.llm.eval(ids[shared:])

    def forced(self, ids: Sequence[int], start: int) -> list[int]:
        """The likeliest next token after each place of ``ids`` from ``start`` on."""
        self._evaluate(ids[: start + 1])
        found = [self.likeliest()]
        for each in ids[start + 1 :]:
            self.llm.eval([each])
            found.append(self.likeliest())
        return found
