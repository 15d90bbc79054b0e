"""What a run has done, step by step: each is on the disk before the next begins, and is never done again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denju.answering.lines import LineFile
from denju.values import now


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls of the teacher took."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    """Thinking included."""
    money: float = 0.0
    """USD."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.calls + other.calls, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out,
            self.money + other.money,
        )  # fmt: skip


class Steps:
    """The journal of one run, a JSON line a step. One process writes; any other may read it meanwhile.

    ::

        {"step": "try/c0001/0", "at": "…", "seconds": 1.2, "spent": {"calls": 0, …}, "result": {…}}
    """

    def __init__(self, path: Path) -> None:
        self._file = LineFile(path)
        self._lines = {each["step"]: each for each in _read(self._file)}
        self.spent = sum((Spent(**each["spent"]) for each in self._lines.values()), Spent())
        """By all steps so far."""
        self.seconds = sum(each["seconds"] for each in self._lines.values())
        """All steps so far."""

    def __len__(self) -> int:
        return len(self._lines)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Every step with its result, oldest first."""
        for name, line in self._lines.items():
            yield name, line["result"]

    def result(self, name: str) -> Any:
        """What a step gave; None where it was not done yet."""
        line = self._lines.get(name)
        return line["result"] if line else None

    def do(self, name: str, work: Callable[[], Mapping[str, Any]], spent: Callable[[], Spent]) -> Any:
        """The result of step ``name``: from the journal, else of ``work``, and then it is in the journal on return.

        ``spent`` says what the work took. Raises whatever ``work`` raises; then the step is not done.
        """
        if name in self._lines:
            return self._lines[name]["result"]
        began = time.monotonic()
        result = dict(work())
        took = spent()
        line = {
            "step": name, "at": now(), "seconds": round(time.monotonic() - began, 3),
            "spent": {"calls": took.calls, "tokens_in": took.tokens_in, "tokens_out": took.tokens_out,
                      "money": round(took.money, 6)},
            "result": result,
        }  # fmt: skip
        self._file.append(line)
        self._lines[name] = line
        self.spent += took
        self.seconds += line["seconds"]
        return result


def _read(file: LineFile) -> Iterator[dict[str, Any]]:
    """Whole lines that are steps; one that a crash tore is none."""
    for line in file.forwards():
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and {"step", "seconds", "spent", "result"} <= data.keys():
            yield data
