"""What the Batch pane knows: an order before it is a run, and the runs of this user, in whatever process they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from denju.errors import DenjuError, NotFound
from denju_tui.batch_list import known
from denju_tui.launching import Launched

if TYPE_CHECKING:
    from denju.workbench import Job, Order, Workbench

RunState = Literal["starting", "running", "stopped", "finished", "failed", "refused"]
DESPITE = "--despite-changes"
RETRY = "--retry-failed"
_STEM = 180
"""Bytes of a file's name that the name of its answers begins with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are to be answered, and where to."""

    source: Path
    target: Path
    text: str = "text"
    id: str = "id"
    no_match: bool = False
    """Only rows that nothing in the library fits."""
    limit: int | None = None

    @classmethod
    def of(cls, source: Path) -> Wanted:
        """An order for a file; its answers go beside it, into a file that is not there yet."""
        # What a run keeps beside its answers has their name and more, and no name has more than 255 bytes.
        stem = os.fsencode(source.stem)[:_STEM].decode("utf-8", "ignore")
        for number in range(1, 1_000):
            name = f"{stem}.answers{f'-{number}' if number > 1 else ''}.jsonl"
            if not os.path.lexists(target := source.with_name(name)):
                break
        return cls(source, target)

    def order(self, workbench: Workbench) -> Order:
        """The same for the engine."""
        return workbench.batches.order(
            str(self.source), text=self.text, row_id=self.id, where="no-match" if self.no_match else None,
            limit=self.limit, to="csv" if self.target.suffix.lower() == ".csv" else "jsonl",
        )  # fmt: skip

    def command(self) -> list[str]:
        """The same for a process of its own."""
        options = ["--text", self.text, "--id", self.id]
        options += ["--where", "no-match"] if self.no_match else []
        options += ["--limit", str(self.limit)] if self.limit else []
        return ["batch", "run", str(self.source), str(self.target), *options]


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as it stands now."""

    target: Path
    state: RunState
    job: Job | None = None
    """``None`` where it did not get so far that it describes itself."""
    said: str = ""
    """Why it did not start."""
    despite: bool = False
    """It would go on despite changes."""

    @property
    def id(self) -> str:
        return str(self.target)

    @property
    def active(self) -> bool:
        return self.state in ("starting", "running")

    @property
    def from_stdin(self) -> bool:
        """Its rows are gone: only a command that is given them again goes on with it."""
        return self.job is not None and self.job.source.path is None

    @property
    def failed_rows(self) -> int:
        return self.job.tally.failed + self.job.tally.failed_before if self.job else 0

    @property
    def share(self) -> float | None:
        """How much of it is done; ``None`` where only the end will tell."""
        if self.job is None:
            return None
        tally = self.job.tally
        return tally.done / tally.rows if tally.rows else None


def runs(workbench: Workbench, launched: dict[Path, Launched]) -> tuple[Run, ...]:
    """Those that the list names and those of ``launched``, the newest first; what is gone from the disk is left out."""
    targets = dict.fromkeys([*reversed(launched), *known(workbench.paths.drafts)])
    found = (_run(workbench, target, launched.get(target)) for target in targets)
    return tuple(each for each in found if each is not None)


def has_run(workbench: Workbench, target: Path) -> bool:
    """Whether the file holds the answers of a run."""
    try:
        workbench.batches.status(target)
    except DenjuError:
        return False
    return True


def _run(workbench: Workbench, target: Path, launched: Launched | None) -> Run | None:
    try:
        job = workbench.batches.status(target)
    except NotFound:
        job = None
    except DenjuError as error:
        return Run(target, "refused", said=f"{error.what}\n{error.hint}")
    code = launched.code() if launched else None
    if launched is not None and (job is None or _is_older(job, launched)):
        if code is None:
            return Run(target, "starting", job)
        if code:
            said = launched.said()
            return Run(target, "refused", job, said, DESPITE in said)
    return Run(target, job.state, job) if job else None


def _is_older(job: Job, launched: Launched) -> bool:
    """Whether what is known of the run was written before the command began, which has said nothing there yet."""
    return job.pid != launched.pid and job.state != "running" and job.seen <= launched.began
