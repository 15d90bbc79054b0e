"""A run: rows in, one answer record a row out, in a file that a stopped run continues.

A reader finds the strategy of each row, hands answer rows, and whoever iterates over ``Batch.run`` writes the records.
The same rows get the same answers whatever the number of hands, the grouping and the stops.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from denju.answering.ask import Ask, Question
from denju.answering.batch import job as jobs
from denju.answering.batch.hands import Finish, Hand, failed
from denju.answering.batch.job import Job, State, Tally
from denju.answering.batch.output import FileOutput, StreamOutput
from denju.answering.batch.records import form_of
from denju.answering.batch.rows import Row
from denju.answering.batch.window import WINDOW, Window, Work
from denju.errors import DenjuError, Interrupted, LibraryBusy, NotFound, SomeRowsFailed, UsageError
from denju.retrieval.query import spoken_language
from denju.text import noun
from denju.values import Answer, Match

_LOOK = 0.2
"""Seconds between two looks at whether the run should stop."""
_KEEP_EVERY = 1.0
"""Seconds between two writings of how far the run is."""
_FROM_A_FILE = "Save all rows of the input in a file, and answer that with --retry-failed and --despite-changes."
"""What to do with failed rows of standard input."""

Update = Answer | Tally
"""What a run reports: a record that is written, and how far it is; the last one is a Tally."""
_Result = tuple[Work, Answer] | BaseException | None


class _Lacking(UsageError):
    """Standard input does not hold the rows that are answered already."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for besides what the run is."""

    retry_failed: bool = False
    """Answer rows again whose record has an error."""
    despite_changes: bool = False
    """Go on although input, library, student or settings are not what they were."""
    fail_fast: bool = False
    """Stop at the first row that fails."""


@dataclass
class Batch:
    """The use case; one run an object."""

    ask: Ask
    """Over one state of the library, which does not change while rows are answered."""
    hands: Sequence[Hand]
    job: Job
    wish: Wish = Wish()
    waiting: Callable[[], int] = lambda: 0
    """Sessions in front at the machine's student."""
    window: int = WINDOW
    tally: Tally = field(default=Tally(), init=False)
    """How far it is."""

    def run(
        self, target: Path | IO[bytes], cancel: threading.Event, *, stdin: IO[bytes] | None = None
    ) -> Iterator[Update]:
        """Answer the rows that ``target`` does not hold yet; ends with a Tally.

        Raises:
            UsageError: the input is no table of rows, or was changed while it was read; or ``target`` holds something
                else, another run's answers, or answers to rows that standard input does not give again.
            NotFound, StorageError: a file cannot be read or written; what was written stays.
            Interrupted: ``cancel`` was set.
            SomeRowsFailed: a row failed, and ``fail_fast`` was wished for.
            BrokenPipeError: nobody reads the stream any more.
        """
        if not isinstance(target, Path):
            yield from self._answer(StreamOutput(target, form_of(self.job.options.form)), None, cancel, stdin)
            return
        with contextlib.closing(FileOutput(target, form_of(self.job.options.form))) as output:
            before = self._checked(target) if output.kept and not self.wish.despite_changes else None
            if self.wish.retry_failed and any(each.failed for each in output.kept):
                output.drop_failed(self._ids_to_answer())
            jobs.write(target, self.job)
            left: Job | None = None
            state: State = "stopped"
            why = ""
            try:
                yield from self._answer(output, target, cancel, stdin)
                state = "finished"
            except Interrupted:
                raise
            except DenjuError as error:
                state, why = "failed", error.what
                if isinstance(error, _Lacking) and not (self.tally.answered or self.tally.failed):
                    left = before
                raise
            finally:
                if before is not None and state != "finished" and not (self.tally.answered or self.tally.failed):
                    # Not all rows may have been passed yet whose records stand.
                    self.tally = replace(
                        before.tally, rows=self.tally.rows, answered=0, failed=0, skipped=len(output.kept),
                        failed_before=sum(each.failed for each in output.kept),
                    )  # fmt: skip
                with contextlib.suppress(DenjuError):
                    jobs.write(target, left or replace(self.job, state=state, why=why, tally=self.tally))

    def _ids_to_answer(self) -> list[str] | None:
        """Of the rows that this run gives a record; ``None`` where every record is of one of them."""
        source, survey, limit = self.job.source, self.job.survey, self.job.options.limit
        if survey is None:
            raise UsageError(
                "Rows of standard input cannot be read twice, as --retry-failed needs.",
                _FROM_A_FILE,
            )
        if limit is None and not self.wish.despite_changes:  # a changed input may not have the row any more
            return None
        rows = source.rows(survey, limit=limit)
        if self.job.options.where is None:
            return [row.id for row in rows]
        return [row.id for row in rows if not _fitted(row, match_of(self.ask, row, brief=True))]

    def _checked(self, target: Path) -> Job:
        """The run whose answers ``target`` holds; those of two runs that are not the same are not mixed."""
        before: Job | None = None
        try:
            before = jobs.read(target)
            why = "; ".join(jobs.changes(before, self.job))
        except NotFound:
            why = "nothing tells which run wrote the answers in it"
        if before is None or why:
            raise UsageError(
                f"{target} cannot be continued: {why}.",
                "Name another file for the answers, or go on all the same with --despite-changes.",
            )
        return before

    def _answer(
        self, output: FileOutput | StreamOutput, target: Path | None, cancel: threading.Event, stdin: IO[bytes] | None
    ) -> Iterator[Update]:
        kept = output.kept if isinstance(output, FileOutput) else []
        window = Window(ordered=not self.job.options.unordered, size=self.window)
        results: queue.SimpleQueue[_Result] = queue.SimpleQueue()
        reading = _Reading(self, window, results, [each.id for each in kept], stdin)
        stop = threading.Event()
        threads = [threading.Thread(target=reading.read, name="rows", daemon=True)]
        for number, hand in enumerate(self.hands):
            order = threading.Lock()
            for name in (f"hand {number}", f"hand {number}, ahead"):
                arguments = (number, hand, order, window, results, stop)
                threads.append(threading.Thread(target=_work, args=arguments, name=name, daemon=True))
        began = written = time.monotonic()
        self.tally = Tally(failed_before=sum(each.failed for each in kept))
        try:
            for thread in threads:
                thread.start()
            yield self._now(reading, began)
            while not (window.finished and results.empty()):
                if cancel.is_set():
                    raise self._stopped(output)
                result = None
                with contextlib.suppress(queue.Empty):
                    result = results.get(timeout=_LOOK)
                if isinstance(result, BaseException):
                    raise result
                for done, answer in window.answered(*result) if result else ():
                    yield self._written(output, done.row, answer, cancel)
                    if answer.error and self.wish.fail_fast:
                        raise SomeRowsFailed(
                            f"Row {done.row.number:,} ({done.row.id}) failed: {answer.error['message']}",
                            _FROM_A_FILE if self.job.source.path is None else "--retry-failed answers it again.",
                        )
                yield self._now(reading, began)
                if target and time.monotonic() - written > _KEEP_EVERY:
                    written = time.monotonic()
                    jobs.write(target, replace(self.job, tally=self.tally))
            if isinstance(output, FileOutput) and reading.disordered and not self.job.options.unordered:
                output.put_in_order(reading.ids)
        finally:
            stop.set()
            window.stop()
            for thread in threads if self.job.survey else threads[1:]:  # one that waits for input cannot be woken
                thread.join()
        self.tally = replace(self._now(reading, began), unread=self._unread())
        yield self.tally

    def _written(self, output: FileOutput | StreamOutput, row: Row, answer: Answer, cancel: threading.Event) -> Answer:
        """Write one record, and keep it in the history; returns it as it is written."""
        # What was evaluated already depends on which rows stood beside this one, and on stops.
        record = replace(answer, tokens=replace(answer.tokens, reused=0))
        output.write(record)
        self.tally = _counted(self.tally, answer)
        while row.question is not None and (answer.answer or not answer.error):
            try:
                self.ask.history.append(record, row.question.turns, "batch")
                break
            except LibraryBusy:  # whoever has it lets go some time, and the record is written already
                if cancel.is_set():
                    raise self._stopped(output) from None
        return record

    def _stopped(self, output: FileOutput | StreamOutput) -> Interrupted:
        return Interrupted(
            f"Stopped after {self.tally.done:,} {noun(self.tally.done, 'row')}.",
            "The same command goes on from there." if isinstance(output, FileOutput) else "",
        )

    def _now(self, reading: _Reading, began: float) -> Tally:
        rows, limit = self.job.survey.rows if self.job.survey else reading.total, self.job.options.limit
        self.tally = replace(
            self.tally, rows=rows if rows is None or limit is None else min(rows, limit), skipped=reading.skipped,
            passed_over=reading.passed_over, seconds=time.monotonic() - began, waiting=self.waiting(),
        )  # fmt: skip
        return self.tally

    def _unread(self) -> int:
        """Bytes that came to the input since the run began."""
        path, survey = self.job.source.path, self.job.survey
        try:
            return max(0, path.stat().st_size - survey.size) if path and survey else 0
        except OSError:
            return 0


class _Reading:
    """Reads rows ahead, leaves out those that are answered, and finds the strategy of the others."""

    def __init__(
        self, batch: Batch, window: Window, results: queue.SimpleQueue[_Result], kept: Sequence[str],
        stdin: IO[bytes] | None,
    ) -> None:  # fmt: skip
        """``kept`` are the ids that the output holds, from its start."""
        self._batch, self._window, self._results, self._stdin = batch, window, results, stdin
        self._key = form_of(batch.job.options.form).key
        self._kept, self._done, self._at = kept, Counter(kept), 0
        self.skipped = self.passed_over = 0
        self.total: int | None = None
        """Rows of standard input, once it has ended."""
        self.ids: list[str] = []
        """Of all rows that have a record or get one, where the output held records when the run began."""
        self.disordered = False
        """Whether the records are, or will be, in another order than the rows."""

    def read(self) -> None:
        """Put every row that is to be answered into the window."""
        try:
            self._read()
        except BaseException as error:
            self._results.put(error)
        finally:
            self._window.close()
            self._results.put(None)

    def _read(self) -> None:
        job, number = self._batch.job, 0
        shared, begun = self._shared_ids(), False
        # Not one row more than the limit is asked for: standard input may not have it yet.
        rows = job.source.rows(job.survey, self._stdin, job.options.limit)
        for row in rows:
            number += 1
            # A row that is left out must not take the record of another with its id: there the filter comes first.
            filtered_first = shared is None or self._key(row.id) in shared
            if not filtered_first and self._stands(row.id):
                continue
            if job.options.where == "no-match" and _fitted(row, match_of(self._batch.ask, row, brief=True)):
                self.passed_over += 1
                continue
            if filtered_first and self._stands(row.id):
                continue
            if not job.options.unordered:
                self._look_for_lacking_rows()
            match = match_of(self._batch.ask, row)
            if self._kept:
                self.ids.append(row.id)
            self.disordered = self.disordered or self._at < len(self._kept)
            begun = True
            if not self._window.put(Work(row, match, group_of(row, match))):
                return
        # A limit may be lower than before: what stands behind it is missed only where rows were answered anew.
        if job.options.limit is None or number < job.options.limit or begun:
            self._look_for_lacking_rows()
        self.total = number

    def _shared_ids(self) -> Container[str] | None:
        """Keys that the records of several rows have, as far as that matters; ``None`` where any row's may be one."""
        batch = self._batch
        # Despite changes a row that has a record may be left out by now. So the first rows of an id have its records:
        # at worst one is answered twice, and none goes without an answer.
        if batch.job.options.where is None or not self._kept or batch.wish.despite_changes:
            return ()
        if batch.job.survey is None:
            return None
        keys = Counter(self._key(row.id) for row in batch.job.source.rows(batch.job.survey))
        return {key for key, count in keys.items() if count > 1}

    def _look_for_lacking_rows(self) -> None:
        """Refuse an input that nobody looked at before, where rows that are answered already did not come first."""
        batch = self._batch
        if batch.job.survey is None and not batch.wish.despite_changes and self.skipped < len(self._kept):
            raise _Lacking(
                "Standard input lacks rows that are answered already.",
                "Give it the same rows from the first on, or go on all the same with --despite-changes.",
            )

    def _stands(self, row_id: str) -> bool:
        """Whether the output holds the record of the next row; then the row is skipped."""
        key = self._key(row_id)
        if not self._done[key]:
            return False
        self._done[key] -= 1
        self.ids.append(row_id)
        self.skipped += 1
        if self._at < len(self._kept) and self._kept[self._at] == key:
            self._at += 1
        else:
            self.disordered = True
        return True


def _fitted(row: Row, match: Match) -> bool:
    """Whether ``--where no-match`` leaves the row out."""
    return match.kind != "none" and row.question is not None


def match_of(ask: Ask, row: Row, *, brief: bool = False) -> Match:
    """What the search finds for a row; nothing is searched where the row names its strategy, or is a bad one.

    ``brief`` names no runners-up and does not say why, which take half of the time.
    """
    if row.question is None or row.question.strategy is not None:
        return Match("off")
    turns, language = row.question.turns, _language(row.question)
    if brief:
        return ask.search.search(turns, language=language, limit=1, why=False)
    return ask.search.search(turns, language=language)


def group_of(row: Row, match: Match) -> str:
    """Rows of one group share the guidance in the prompt: everything before facts and conversation."""
    if row.question is None:
        return ""
    strategy = row.question.strategy or (match.best.strategy.id if match.best else "")
    return f"{_language(row.question)} {strategy}"


def _language(question: Question) -> str:
    return question.language or spoken_language(question.turns)


def _work(
    number: int, hand: Hand, order: threading.Lock, window: Window, results: queue.SimpleQueue[_Result],
    stop: threading.Event,
) -> None:  # fmt: skip
    """What each of a hand's two threads does until no more rows come; ``order`` is theirs."""
    try:
        while True:
            with order:
                work = window.take(number)
                if work is None:
                    return
                finish = _begun(work, hand, stop)
            answer = finish()
            if answer.finish == "cancelled":
                return
            results.put((work, answer))
    except BaseException as error:
        results.put(error)


def _begun(work: Work, hand: Hand, stop: threading.Event) -> Finish:
    if work.row.question is None:
        return lambda: failed(work.row)
    return hand.begin(work.row, work.match, stop)


def _counted(tally: Tally, answer: Answer) -> Tally:
    return replace(
        tally,
        answered=tally.answered + (not answer.error),
        failed=tally.failed + bool(answer.error),
        prompt=tally.prompt + answer.tokens.prompt,
        reused=tally.reused + answer.tokens.reused,
        completion=tally.completion + answer.tokens.completion,
    )
