"""The native library under the student, with its traps closed. Imported by the worker process only.

ctransformers 0.2.27 overflows its own token buffer on Japanese, takes the process down on a wrong file, batch size or
context, and withholds text. So only its loading and evaluation are used, over token ids and with buffers of our own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import sys
import time
import types
from collections.abc import Iterator, Sequence
from ctypes import c_int
from pathlib import Path
from typing import Any

from denju.errors import ModelFileError, StudentError
from denju.student.port import Sampling
from denju.text import one_line

CHUNK = 32
"""Tokens evaluated at once. Chunks of other sizes give slightly other numbers, so prompts are cut on this grid."""

_LOOK_BACK = 64
"""Tokens that a repetition penalty looks at."""


class NativeModel:
    """A loaded model. One thread only."""

    def __init__(self, path: Path, *, context: int, threads: int, mapped: bool) -> None:
        """Load the file; ``mapped`` reads it as it is needed, so it must never change while it is open.

        Raises:
            ModelFileError: the library refuses the file.
            StudentError: there is no library for this machine.
        """
        instructions = instruction_set()
        llm = _import_llm()
        config = llm.Config(context_length=context, batch_size=CHUNK, threads=threads, mmap=mapped)
        try:
            self._model = llm.LLM(str(path), config=config, lib=instructions)
        except RuntimeError as error:
            raise ModelFileError(
                f"{one_line(path.name)}: the library could not load the model.",
                "Try another GGUF file of the same model.",
            ) from error
        except OSError as error:
            raise _no_library() from error
        self._crew = Crew(threads)
        self._tokenize = self._model.ctransformers_llm_tokenize
        self._text_of = self._model.ctransformers_llm_detokenize
        self._evaluate = self._model.ctransformers_llm_batch_eval
        self._sample = self._model.ctransformers_llm_sample

    def tokenize(self, text: str) -> list[int]:
        """Token ids of ``text``, without any control token; NUL, which would end the text, is left out."""
        data = text.replace("\0", "").encode("utf-8", "replace")
        # At most one token a byte, and one for the space that the library puts in front.
        buffer = (c_int * (len(data) + 16))()
        count: int = self._tokenize(data, False, buffer)
        return buffer[:count]

    def evaluate(self, tokens: Sequence[int], past: int) -> None:
        """Evaluate at most ``CHUNK`` tokens that stand at position ``past``.

        Raises:
            StudentError: the library reports a failure.
        """
        buffer = (c_int * len(tokens))(*tokens)
        with self._crew.at_work() as threads:
            done = self._evaluate(buffer, len(tokens), past, CHUNK, threads)
        if not done:
            raise StudentError("The model could not be evaluated.", "Ask again, or take a smaller context.")

    def sample(self, before: Sequence[int], sampling: Sampling) -> int:
        """The token after the evaluated ones; the seed is mixed with the position, or every step draws the same."""
        # Without a penalty nobody looks back, and handing the tokens over takes a fifth of the call.
        last = before[-_LOOK_BACK:] if sampling.repetition_penalty != 1.0 else ()
        greedy = sampling.temperature <= 0
        token: int = self._sample(
            (c_int * len(last))(*last),
            len(last),
            1 if greedy else sampling.top_k,
            sampling.top_p,
            1.0 if greedy else sampling.temperature,
            sampling.repetition_penalty,
            (sampling.seed + len(before)) & 0x7FFFFFFF,
        )
        return token

    def bytes_of(self, token: int) -> bytes:
        """What a token stands for: often only a part of a character."""
        data: bytes = self._text_of(token)
        return data


class Crew:
    """How many threads evaluate: as many as were asked for, fewer while others want the cores too.

    The library's threads wait for one another in a busy loop, so when one loses its core to another program they all
    stand still: 11 tokens/s in place of 469, measured beside a training. The processor time that an evaluation got
    tells how many cores it really had; so many threads it takes for some seconds. The numbers that come out do not
    depend on it.
    """

    _TRUCE = 5.0
    """Seconds until all threads are tried again."""

    def __init__(self, threads: int) -> None:
        self._all = self._now = threads
        self._until = 0.0

    @contextlib.contextmanager
    def at_work(self) -> Iterator[int]:
        """The number of threads to evaluate with, watched while they do."""
        if self._all == 1:
            yield 1
            return
        begin, used = time.monotonic(), time.process_time()
        if begin >= self._until:
            self._now = self._all
        yield self._now
        wall, used = time.monotonic() - begin, time.process_time() - used
        if self._now > 1 and used < (self._now - 0.5) * wall:
            self._now = max(1, round(used / wall))
            self._until = begin + wall + self._TRUCE


def instruction_set() -> str:
    """Which build of the library this processor can run: ``avx2``, ``avx`` or ``basic``.

    Raises:
        StudentError: there is none for this machine.
    """
    if platform.machine().lower() not in ("x86_64", "amd64", "i686") and sys.platform != "darwin":
        raise _no_library()
    flags: set[str] = set()
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("flags"):
                flags = set(line.split())
                break
    if {"avx2", "fma", "f16c"} <= flags:
        return "avx2"
    return "avx" if {"avx", "f16c"} <= flags else "basic"


def allowed_cores() -> int:
    """Cores that this process may use: its CPU set, and the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _control_groups():
        with contextlib.suppress(OSError, ValueError):
            quota, period = (group / "cpu.max").read_text().split()
            cores = min(cores, max(1, int(quota) // int(period)))
    return max(1, cores)


def _control_groups() -> list[Path]:
    """Ours and all above it; any of them may set the quota."""
    root = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                own = root / line[4:]
                return [own, *(each for each in own.parents if each.is_relative_to(root))]
    return [root]


def _import_llm() -> Any:
    """``ctransformers.llm`` without ``ctransformers/__init__``, which imports a client for model downloads.

    That client takes most of the start-up time, and nothing of it may run here: the student has no business with the
    network.
    """
    spec = importlib.util.find_spec("ctransformers")
    if spec is None or spec.submodule_search_locations is None:
        raise _no_library()
    package = types.ModuleType("ctransformers")
    package.__spec__, package.__path__ = spec, list(spec.submodule_search_locations)
    sys.modules["ctransformers"] = package
    return importlib.import_module("ctransformers.llm")


def _no_library() -> StudentError:
    return StudentError(
        f"There is no ctransformers library for this machine ({platform.system()} {platform.machine()}).",
        "It comes for Linux and Windows on x86-64, and for macOS.",
    )
