"""All that a front end does with batches: start, continue, foretell, look at, stop."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from denju.answering.ask import Ask
from denju.answering.batch import job as jobs
from denju.answering.batch.forecast import Forecast, forecast
from denju.answering.batch.hands import Hand, LocalHand
from denju.answering.batch.job import Job, Options, Tally
from denju.answering.batch.output import answers_in
from denju.answering.batch.records import JsonLines, RecordForm
from denju.answering.batch.rows import ID, TEXT, Columns
from denju.answering.batch.run import Batch, Update, Wish
from denju.answering.batch.snapshot import Snapshot
from denju.answering.batch.source import Form, Source
from denju.paths import storage_error
from denju.student.port import Student, StudentCard


@dataclass(frozen=True, slots=True)
class Crew:
    """Students that answer at once."""

    students: Sequence[Student]
    turn: Callable[[threading.Event], AbstractContextManager[None]]
    """Holds the machine's student slot for one row of any of them."""
    in_front: Callable[[], int] = lambda: 0
    """Sessions that the slot is waited for behind."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which rows are answered, and how."""

    source: Source
    options: Options
    seed: int = 0
    max_tokens: int | None = None
    """Longest answer; ``None`` takes the setting."""

    @classmethod
    def of(cls, job: Job) -> Order:
        """The order that a run came from."""
        return cls(job.source, job.options, job.settings["seed"], job.settings["max_tokens"])


@dataclass(frozen=True)
class Batches:
    """The workbench gives what it is made of."""

    snapshot: Callable[[], Snapshot]
    ask: Callable[[Snapshot, int, int | None], Ask]
    """How to answer from one state of the library, with a seed and a longest answer."""
    crew: Callable[[int], AbstractContextManager[Crew]]
    """So many students, 0 for as many as suit this machine; they end with the block."""
    cluster: Callable[[str, Ask, Snapshot], AbstractContextManager[tuple[Sequence[Hand], StudentCard]]]
    """The students of a cluster, by the address of its scheduler."""

    def order(
        self,
        source: str,
        *,
        form: Form | None = None,
        text: str = TEXT,
        row_id: str = ID,
        to: RecordForm = "jsonl",
        where: Literal["no-match"] | None = None,
        limit: int | None = None,
        unordered: bool = False,
        seed: int = 0,
        max_tokens: int | None = None,
    ) -> Order:
        """An order for the rows of a file, or of standard input for ``-``."""
        options = Options(to, where, limit, unordered)
        return Order(Source.named(source, form, Columns(text, row_id)), options, seed, max_tokens)

    def order_of(self, target: Path) -> Order:
        """The order of the run that wrote ``target``, to continue it.

        Raises:
            NotFound, UsageError: there was none, or its description cannot be read.
        """
        return Order.of(jobs.read(target))

    def run(
        self,
        order: Order,
        target: Path | IO[bytes],
        cancel: threading.Event,
        *,
        retry_failed: bool = False,
        despite_changes: bool = False,
        fail_fast: bool = False,
        workers: int = 0,
        cluster: str | None = None,
        stdin: IO[bytes] | None = None,
    ) -> Iterator[Update]:
        """Answer the rows that ``target`` does not hold yet; see ``Wish`` and ``Batch.run``."""
        wish = Wish(retry_failed, despite_changes, fail_fast)
        survey = order.source.survey()
        snapshot = self.snapshot()
        ask = self.ask(snapshot, order.seed, order.max_tokens)
        with self._hands(ask, workers, cluster, snapshot) as (hands, card, in_front):
            settings = jobs.settings_of(ask.sampling, ask.no_match, card.context, card.template)
            job = Job(order.source, survey, snapshot.digest, card.info, settings, order.options)
            yield from Batch(ask, hands, job, wish, in_front).run(target, cancel, stdin=stdin)

    def forecast(
        self, order: Order, cancel: threading.Event, *, workers: int = 0, stdin: IO[bytes] | None = None
    ) -> Iterator[Tally | Forecast]:
        """What the run would do; see ``forecast``."""
        snapshot = self.snapshot()
        ask = self.ask(snapshot, order.seed, order.max_tokens)
        with self._hands(ask, workers, None, snapshot) as (hands, _, _):
            yield from forecast(ask, hands[0], len(hands), order.source, order.options, cancel, stdin)

    def status(self, target: Path) -> Job:
        """What is known of the run that writes, or wrote, ``target``; see ``job.read``."""
        return jobs.read(target)

    def stop(self, target: Path) -> bool:
        """Ask a run to stop, in whatever process it is; see ``job.stop``."""
        return jobs.stop(target)

    def failures(self, target: Path, limit: int) -> list[dict[str, Any]]:
        """The first ``limit`` records with an error; none of a table, which has no records.

        Raises:
            NotFound, UsageError: no run wrote this, or it holds something else.
            StorageError: it cannot be read.
        """
        if jobs.read(target).options.form != "jsonl":
            return []
        try:
            records = (json.loads(each) for each in answers_in(target, JsonLines()))
            return list(itertools.islice((each for each in records if each["error"]), limit))
        except OSError as error:
            raise storage_error(error, target) from error

    @contextlib.contextmanager
    def _hands(
        self, ask: Ask, workers: int, cluster: str | None, snapshot: Snapshot
    ) -> Iterator[tuple[Sequence[Hand], StudentCard, Callable[[], int]]]:
        if cluster is not None:
            with self.cluster(cluster, ask, snapshot) as (hands, card):
                yield hands, card, lambda: 0
            return
        with self.crew(workers) as crew:
            card = crew.students[0].card()
            yield [LocalHand(ask, each, card, crew.turn) for each in crew.students], card, crew.in_front
