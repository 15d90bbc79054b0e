"""What a run is: its input, library, student and settings, kept beside the output so that it can be continued.

``OUT.run.json``, written whole every second, holds no text of any row::

    {"denju": "batch", "schema": 1, "input": {"path", "form", "text", "id", "size", "sha256", "rows", "encoding"},
     "library": "sha256:…", "student": {"kind", "model", "sha256", "practice"}, "settings": {"seed": 0, …},
     "options": {"form", "where", "limit", "unordered"},
     "state": "running", "why": "", "pid": 123, "started": 4567, "began": "…Z", "seen": "…Z", "tally": {…}}
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from denju.answering.batch.output import is_written
from denju.answering.batch.records import RecordForm
from denju.answering.batch.rows import Columns
from denju.answering.batch.source import Source, Survey
from denju.errors import NotFound, UsageError
from denju.paths import replaced, storage_error
from denju.student.port import Sampling
from denju.text import noun
from denju.values import Strategy, StudentInfo, now

SCHEMA = 1
State = Literal["running", "finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a run is."""

    rows: int | None = None
    """Of the input; ``None`` where only its end will tell."""
    skipped: int = 0
    """Rows whose record stands in the output since an earlier run …"""
    failed_before: int = 0
    """… and so many of these records have an error."""
    passed_over: int = 0
    """Left out because ``where`` does not hold."""
    answered: int = 0
    failed: int = 0
    prompt: int = 0
    """Tokens of all prompts of this run …"""
    reused: int = 0
    """… of which so many were evaluated already, …"""
    completion: int = 0
    """… and of all answers."""
    seconds: float = 0.0
    """Of this run."""
    waiting: int = 0
    """Sessions in front of this one at the machine's student; 0 when it has it."""

    unread: int = 0
    """Bytes that came to the input after the run began; it does not answer them."""

    @property
    def done(self) -> int:
        """Rows that nothing more happens to."""
        return self.skipped + self.passed_over + self.answered + self.failed

    @property
    def rate(self) -> float:
        """Rows a second, of this run."""
        return (self.answered + self.failed) / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At this rate; ``None`` where it is not known."""
        return (self.rows - self.done) / self.rate if self.rows is not None and self.rate else None


@dataclass(frozen=True, slots=True)
class Options:
    """How the rows of a run are chosen and written."""

    form: RecordForm = "jsonl"
    where: Literal["no-match"] | None = None
    """Only rows that nothing in the library fits."""
    limit: int | None = None
    """Only so many rows from the start."""
    unordered: bool = False
    """Records in the order in which they get ready."""


def _started(pid: int) -> int | None:
    """When a process started, in the system's own count, which tells it from a later one of its number.

    ``None`` where there is no such process, or the system does not say.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return int(status[status.rindex(b")") :].split()[20])  # the name of its program may hold spaces and brackets


@dataclass(frozen=True, slots=True)
class Job:
    """One run."""

    source: Source
    survey: Survey | None
    library: str
    """Digest of what serves."""
    student: StudentInfo
    settings: Mapping[str, Any]
    """What else an answer depends on."""
    options: Options
    state: State = "running"
    why: str = ""
    """Of a stop or a failure."""
    pid: int = field(default_factory=os.getpid)
    started: int | None = field(default_factory=lambda: _started(os.getpid()))
    """Of the process."""
    began: str = field(default_factory=now)
    seen: str = ""
    """When this was written."""
    tally: Tally = Tally()

    @property
    def read_as(self) -> str | None:
        """As in ``Survey``; of standard input nothing is known."""
        return self.survey.read_as if self.survey else None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        source = {"path": str(self.source.path or "-"), "form": self.source.form, **asdict(self.source.columns)}
        return {
            "denju": "batch", "schema": SCHEMA, "input": source | (asdict(self.survey) if self.survey else {}),
            "library": self.library, "student": asdict(self.student), "settings": dict(self.settings),
            "options": asdict(self.options), "state": self.state, "why": self.why, "pid": self.pid,
            "started": self.started, "began": self.began, "seen": self.seen, "tally": asdict(self.tally),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """Read the JSON form.

        Raises:
            ValueError, TypeError, KeyError: it is not that.
        """
        if data["denju"] != "batch" or data["schema"] != SCHEMA:
            raise ValueError
        given = dict(data["input"])
        path, form = given.pop("path"), given.pop("form")
        columns = Columns(given.pop("text"), given.pop("id"))
        named = {name: data[name] for name in ("library", "settings", "state", "why", "pid", "began", "seen")}
        counts = data["tally"].values()
        texts = (named["why"], named["began"], named["seen"], data["student"]["model"])
        if (
            named["state"] not in get_args(State)
            or not all(each is None or type(each) in (int, float) for each in counts)
            or not all(isinstance(each, str) for each in texts)
            or type(data.get("started")) not in (int, type(None))
        ):
            raise ValueError
        return cls(
            source=Source(None if path == "-" else Path(path), form, columns),
            survey=Survey(**given) if given else None,
            student=StudentInfo(**data["student"]),
            options=Options(**data["options"]),
            tally=Tally(**data["tally"]),
            started=data.get("started"),
            **named,
        )


def library_digest(strategies: Iterable[Strategy]) -> str:
    """Of all that serves, in any order."""
    digests = sorted(
        hashlib.sha256(json.dumps(each.to_dict(), sort_keys=True).encode()).hexdigest() for each in strategies
    )
    return "sha256:" + hashlib.sha256("".join(digests).encode()).hexdigest()


def settings_of(sampling: Sampling, no_match: str, context: int, template: str) -> dict[str, Any]:
    """What an answer depends on besides library and student."""
    values = asdict(sampling)
    del values["stop"]  # the template says them
    return {**values, "no_match": no_match, "context": context, "template": template}


def changes(before: Job, after: Job) -> list[str]:
    """What differs between two runs so that their answers do not belong into one file, in words."""
    found = []
    if before.source != after.source:
        found.append(f"the input was {before.source.name}, or read in another way")
    elif before.survey and after.survey and before.survey.sha256 != after.survey.sha256:
        grown = after.survey.size > before.survey.size and after.source.begins_with(before.survey)
        more = after.survey.size - before.survey.size
        found.append(
            f"the input has grown by {more:,} {noun(more, 'byte')}" if grown else "the input holds something else"
        )
    if before.library != after.library:
        found.append("the library serves other strategies")
    if before.student != after.student:
        found.append(f"the student was {before.student.model} ({before.student.sha256[:8]})")
    names = {*before.settings, *after.settings}
    found += [
        f"{name} was {before.settings.get(name)}, is {after.settings.get(name)}"
        for name in sorted(names)
        if before.settings.get(name) != after.settings.get(name)
    ]
    if before.source.path is None and before.options.unordered and not after.options.unordered:
        # Which of its rows come first, and so must be there first, cannot be told any more.
        found.append("it was begun with --unordered")
    if before.options.where != after.options.where:
        found.append("other rows were chosen (--where)")
    return found


def record_path(target: Path) -> Path:
    """Where the run that writes ``target`` is described."""
    return target.parent / f"{target.name}.run.json"  # with_name takes no folder without a name: / or .


def write(target: Path, job: Job) -> None:
    """Keep ``job`` beside its output.

    Raises:
        StorageError: the disk said no.
    """
    path = record_path(target)
    try:
        with replaced(path) as file:
            # Escaped: the name of a file need not be text.
            file.write(json.dumps({**job.to_dict(), "seen": now()}, indent=1).encode() + b"\n")
    except OSError as error:
        raise storage_error(error, path) from error


def read(target: Path) -> Job:
    """The run that writes, or wrote, ``target``; one whose process is gone is stopped.

    Raises:
        NotFound: there was none.
        UsageError: its description cannot be read.
    """
    path = record_path(target)
    try:
        job = Job.from_dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise NotFound(
            f"{target}: no run of denju batch wrote this.", "Name its output: denju batch run IN OUT"
        ) from None
    except OSError as error:
        raise storage_error(error, path) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(f"{path}: does not describe a run.", "Move it away, or name another output.") from None
    if job.state == "running" and not is_written(target):
        return replace(job, state="stopped", why="its process ended")
    return job


def stop(target: Path) -> bool:
    """Ask the run that writes ``target`` to stop, as Ctrl-C does; False when there is none.

    Raises:
        NotFound, UsageError: as ``read``; or its process is not to be found.
        StorageError: it belongs to another user.
    """
    job = read(target)
    if job.state != "running":
        return False
    if _started(job.pid) != job.started:
        if not is_written(target):
            return False
        raise NotFound(
            f"{target}: the process of this run is not on this machine, or has ended.",
            "Stop it where it was started, with Ctrl-C.",
        )
    try:
        os.kill(job.pid, signal.SIGINT)
    except ProcessLookupError:
        return False
    except OSError as error:
        raise storage_error(error, target) from error
    return True
