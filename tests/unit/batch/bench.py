"""A batch over a library and a search in memory, with students that are told what to say."""

from __future__ import annotations

import contextlib
import io
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from denju.answering.ask import Ask
from denju.answering.batch.batches import Batches, Crew
from denju.answering.batch.job import Tally
from denju.answering.batch.snapshot import Snapshot
from denju.student.port import Sampling
from denju.testing import FakeStudent
from denju.values import Match, Strategy, Turn
from unit.test_ask import LATE_EN, LATE_JA, Kept, Shelf, matched


class Words:
    """Finds "late" where it stands, and nothing else."""

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:
        if "late" in turns[-1].text.lower() or "遅" in turns[-1].text:
            return matched(LATE_JA if language == "ja" else LATE_EN)
        return Match("none", threshold=0.3)


class Bench:
    """Runs batches in one folder."""

    def __init__(self, folder: Path, *students: FakeStudent) -> None:
        self.folder = folder
        self.students = students or (FakeStudent(echo=True),)
        self.library = Shelf()
        self.history = Kept()
        self.sampling = Sampling()
        self.target = folder / "out.jsonl"

    @property
    def batches(self) -> Batches:
        return Batches(
            snapshot=lambda: Snapshot(self.library.serving(), self.library),
            ask=self._ask,
            crew=self._crew,
            cluster=self._cluster,
        )

    def _ask(self, snapshot: Snapshot, seed: int, max_tokens: int | None) -> Ask:
        sampling = replace(self.sampling, seed=seed, max_tokens=max_tokens or self.sampling.max_tokens)
        return Ask(library=snapshot, search=Words(), student=self.students[0], history=self.history, sampling=sampling)

    @contextlib.contextmanager
    def _crew(self, _count: int) -> Any:
        yield Crew(self.students, lambda _cancel: contextlib.nullcontext())

    def _cluster(self, *_: Any) -> Any:
        raise AssertionError("no cluster here")

    def rows(self, *lines: Any, name: str = "in.jsonl") -> str:
        """The name of a file with these rows; a text is a line as it is."""
        path = self.folder / name
        path.write_text(
            "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines), "utf-8"
        )
        return str(path)

    def run(
        self, source: str, cancel: threading.Event | None = None, *, stdin: bytes = b"", target: Any = None,
        order: Any = None, **options: Any,
    ) -> Tally:  # fmt: skip
        """A whole run; returns its last tally."""
        wishes = {
            name: options.pop(name) for name in ("retry_failed", "despite_changes", "fail_fast") if name in options
        }
        *_, last = self.batches.run(
            order or self.batches.order(source, **options), target or self.target, cancel or threading.Event(),
            stdin=io.BytesIO(stdin), **wishes,
        )  # fmt: skip
        assert isinstance(last, Tally)
        return last

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.target.read_text("utf-8").splitlines()]

    def ids(self) -> list[str]:
        return [each["id"] for each in self.records()]


def timeless(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "seconds": 0} for each in records]


__all__ = ["LATE_EN", "Bench", "FakeStudent", "Strategy", "timeless"]
