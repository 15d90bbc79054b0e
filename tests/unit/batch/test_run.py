"""A run: a record for every row, once, in order, and the same whatever stopped it on the way."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from denju.answering.batch import job as jobs
from denju.answering.batch.forecast import Forecast
from denju.answering.batch.job import Job, Tally
from denju.answering.batch.rows import Row
from denju.answering.batch.source import Source
from denju.answering.batch.window import WINDOW
from denju.errors import Interrupted, LibraryBusy, NotFound, SomeRowsFailed, StorageError, StudentDied, UsageError
from denju.values import Answer, Match, Turn
from unit.batch.bench import LATE_EN, Bench, FakeStudent, Words, timeless
from unit.test_ask import matched

MANY = [{"id": str(number), "text": f"{('Late', 'Hello', '遅れ')[number % 3]} {number}"} for number in range(40)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_every_row_gets_a_record_and_a_bad_one_does_not_stop_the_others(bench: Bench) -> None:
    source = bench.rows(
        {"id": "a", "text": "Late."}, "{broken", {"id": 3, "messages": [{"role": "customer", "text": "部品に傷"}],
        "facts": {"納期": "12月3日"}}, "", {"text": ""}, {"text": 5}, {"text": "x", "language": "fr"}, [],
    )  # fmt: skip
    tally = bench.run(source)
    assert (tally.rows, tally.answered, tally.failed, tally.done) == (7, 2, 5, 7)
    records = bench.records()
    assert [each["id"] for each in records] == ["a", "row-2", "3", "row-4", "row-5", "row-6", "row-7"]
    assert [bool(each["error"]) for each in records] == [False, True, False, True, True, True, True]
    assert records[2]["facts"] == ["納期: 12月3日"]
    assert (records[0]["match"], records[2]["match"]) == ("matched", "none")
    assert [(record[0].id, record[2]) for record in bench.history.records] == [("a", "batch"), ("3", "batch")]
    assert jobs.read(bench.target).state == "finished"


@pytest.mark.parametrize("hands", [1, 3])
def test_rows_of_one_strategy_are_answered_together_and_written_in_order(tmp_path: Path, hands: int) -> None:
    bench = Bench(tmp_path, *(FakeStudent(echo=True) for _ in range(hands)))
    bench.run(bench.rows(*MANY))
    assert bench.ids() == [row["id"] for row in MANY]
    alone = Bench(tmp_path)
    alone.target = tmp_path / "alone.jsonl"
    alone.run(bench.rows(*MANY))
    assert timeless(alone.records()) == timeless(bench.records())
    changes = sum(
        ("Apologise" in one, "遅れをお詫び" in one) != ("Apologise" in two, "遅れをお詫び" in two)
        for one, two in zip(alone.students[0].prompts, alone.students[0].prompts[1:], strict=False)
    )
    assert changes < 20  # rows come in turns of three, which would make 39


def test_a_run_stopped_at_any_record_is_continued(bench: Bench) -> None:
    source, draw = bench.rows(*MANY), random.Random(1)
    bench.run(source)
    whole = timeless(bench.records())
    for unordered in (False, True):
        bench.target.unlink()
        for _ in range(60):
            cancel, left = threading.Event(), draw.randint(1, 8)
            order = bench.batches.order(source, unordered=unordered)
            try:
                for update in bench.batches.run(order, bench.target, cancel):
                    left -= isinstance(update, Answer)
                    if left == 0:
                        cancel.set()
                break
            except Interrupted:
                assert jobs.read(bench.target).state == "stopped"
                with bench.target.open("ab") as file:
                    file.write(b'{"schema": 1, "id": "7", "answ'[: draw.randint(0, 30)])  # a torn end
        assert sorted(bench.ids()) == sorted(each["id"] for each in whole)
        assert unordered or timeless(bench.records()) == whole


def test_ids_that_come_twice_are_answered_each(bench: Bench) -> None:
    source = bench.rows(*({"id": "x", "text": f"Late {number}"} for number in range(6)), {"text": "y"})
    cancel = threading.Event()
    with pytest.raises(Interrupted):
        for update in bench.batches.run(bench.batches.order(source, unordered=True), bench.target, cancel):
            if isinstance(update, Answer):
                cancel.set()
    bench.run(source, unordered=True)
    answers = [each["answer"] for each in bench.records() if each["id"] == "x"]
    assert [answer.split()[-1] for answer in answers] == ["0", "1", "2", "3", "4", "5"]


def test_failed_rows_are_answered_again_in_their_place(bench: Bench) -> None:
    source = bench.rows(*MANY[:5])
    bench.students = (FakeStudent(["one", StudentDied("It ended."), StudentDied("It ended."), "two", "three", "four"]),)
    tally = bench.run(source)
    assert (tally.answered, tally.failed) == (4, 1)
    assert bench.run(source).failed_before == 1
    before = [each for each in bench.records() if not each["error"]]
    bench.students = (FakeStudent(["again"]),)
    tally = bench.run(source, retry_failed=True)
    assert (tally.answered, tally.failed, tally.failed_before, tally.skipped) == (1, 0, 0, 4)
    assert bench.ids() == ["0", "1", "2", "3", "4"]
    assert [each for each in bench.records() if each["answer"] != "again"] == before


def test_a_failed_row_whose_id_comes_again_is_answered_in_its_own_place(bench: Bench) -> None:
    source = bench.rows(*({"id": "C1", "text": f"Late {number}"} for number in range(3)), {"id": "C2", "text": "Late"})
    bench.students = (FakeStudent(["zero", StudentDied("It ended."), StudentDied("It ended."), "two", "three"]),)
    assert bench.run(source).failed == 1
    bench.students = (FakeStudent(echo=True),)
    tally = bench.run(source, retry_failed=True, limit=2)  # the third C1 is not asked for, and must not move up
    assert (tally.answered, tally.skipped) == (0, 2)
    assert [each["answer"] for each in bench.records()] == ["zero", "", "two", "three"]
    tally = bench.run(source, retry_failed=True)
    assert (tally.answered, tally.skipped) == (2, 2)
    assert [each["answer"].split()[-1] for each in bench.records()] == ["zero", "1", "2", "three"]


def test_a_row_that_is_left_out_takes_no_record_of_another_with_its_id(bench: Bench) -> None:
    texts = ("Late 0", "Hello 1", "Hello 2")
    source = bench.rows(*({"id": "C1", "text": text} for text in texts), {"id": "C2", "text": "Hello 3"})
    bench.students = (FakeStudent([StudentDied("It ended."), StudentDied("It ended."), "two", "three"]),)
    assert bench.run(source, where="no-match").passed_over == 1
    tally = bench.run(source, where="no-match")
    assert (tally.answered, tally.skipped, tally.passed_over) == (0, 3, 1)
    bench.students = (FakeStudent(echo=True),)
    tally = bench.run(source, where="no-match", retry_failed=True, limit=2)
    assert (tally.answered, tally.skipped, tally.passed_over) == (0, 1, 1)
    tally = bench.run(source, where="no-match", retry_failed=True)
    assert (tally.answered, tally.skipped, tally.passed_over) == (2, 1, 1)
    assert [each["answer"].split()[-1] for each in bench.records()] == ["1", "2", "three"]


def test_rows_whose_records_stand_are_not_searched_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[tuple[str, bool]] = []
    search = Words.search

    def look(words: Words, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:
        searched.append((turns[-1].text, why))
        return search(words, turns, language=language, limit=limit, why=why)

    monkeypatch.setattr(Words, "search", look)
    source = bench.rows({"id": "a", "text": "Late"}, {"id": "b", "text": "Hello"}, {"id": "c", "text": "Hello"})
    bench.run(source, where="no-match", limit=2)
    assert searched == [("Late", False), ("Hello", False), ("Hello", True)]
    searched.clear()
    tally = bench.run(source, where="no-match", limit=2)
    assert (tally.answered, tally.skipped, tally.passed_over) == (0, 1, 1)
    assert searched == [("Late", False)]


def test_a_row_that_the_library_fits_by_now_keeps_its_record_in_its_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = bench.rows(*({"id": text, "text": text} for text in ("Hello a", "Piano", "Hello b", "Late")))
    assert bench.run(source, where="no-match", limit=2).answered == 2
    search = Words.search

    def grown(words: Words, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:
        found = search(words, turns, language=language, limit=limit, why=why)
        return matched(LATE_EN) if turns[-1].text == "Hello a" else found

    monkeypatch.setattr(Words, "search", grown)
    tally = bench.run(source, where="no-match", despite_changes=True)
    assert (tally.answered, tally.skipped, tally.passed_over) == (1, 2, 1)
    assert bench.ids() == ["Hello a", "Piano", "Hello b"]


@pytest.mark.parametrize("limit", [None, WINDOW + 20])
def test_an_unordered_run_that_misses_rows_at_its_end_says_so_and_what_it_wrote(
    bench: Bench, limit: int | None
) -> None:
    rows = [f'{{"id": "{number}", "text": "Late"}}\n'.encode() for number in range(WINDOW + 40)]
    bench.run("-", stdin=b"".join(rows[:3]), unordered=True, limit=limit)
    with pytest.raises(UsageError, match="lacks rows"):  # its end is read when the first rows are written
        bench.run("-", stdin=b"".join(rows[1:]), unordered=True, limit=limit)
    job = jobs.read(bench.target)
    assert (job.state, job.why) == ("failed", "Standard input lacks rows that are answered already.")
    assert (job.tally.skipped, job.tally.answered) == (2, len(bench.ids()) - 3)
    assert job.tally.answered > 0
    bench.run("-", stdin=b"".join(rows), unordered=True)
    assert sorted(map(int, bench.ids())) == list(range(len(rows)))


def test_standard_input_of_an_unordered_run_is_not_gone_on_with_in_order(bench: Bench) -> None:
    rows = b"".join(json.dumps(row).encode() + b"\n" for row in MANY[:3])
    bench.run("-", stdin=rows, unordered=True)
    with pytest.raises(UsageError, match="it was begun with --unordered"):
        bench.run("-", stdin=rows)
    assert bench.run("-", stdin=rows, despite_changes=True).skipped == 3
    source = bench.rows(*MANY[:3])
    bench.target.unlink()
    bench.run(source, unordered=True)
    assert bench.run(source).skipped == 3


def test_failed_rows_of_standard_input_are_answered_again_from_a_file(bench: Bench) -> None:
    with pytest.raises(SomeRowsFailed) as failed:
        bench.run("-", stdin=b'{"id": "a", "text": "Late"}\n{"id": "b"}\n', fail_fast=True)
    assert failed.value.hint.startswith("Save all rows of the input in a file")
    source = bench.rows({"id": "a", "text": "Late"}, {"id": "b", "text": "Late"}, {"id": "c"})
    with pytest.raises(SomeRowsFailed, match="Row 3") as failed:
        bench.run(source, retry_failed=True, despite_changes=True, fail_fast=True)
    assert failed.value.hint == "--retry-failed answers it again."
    assert [bool(each["error"]) for each in bench.records()] == [False, False, True]


@pytest.mark.parametrize("where", [None, "no-match"])
def test_failed_rows_that_another_input_does_not_hold_keep_their_records(bench: Bench, where: Any) -> None:
    hello = {"text": "Hello"}
    bench.run("-", stdin=b'{"text": "Hello"}\n{}\n', where=where)
    before = bench.records()
    tally = bench.run(bench.rows(hello), retry_failed=True, despite_changes=True, where=where)
    assert (tally.answered, tally.skipped, tally.failed_before) == (0, 1, 1)
    assert bench.records() == before
    tally = bench.run(bench.rows(hello, hello), retry_failed=True, despite_changes=True, where=where)
    assert (tally.answered, tally.skipped, tally.failed_before) == (1, 1, 0)


@pytest.mark.parametrize("unordered", [False, True])
def test_a_run_of_standard_input_goes_on_only_with_the_rows_that_it_began_with(bench: Bench, unordered: bool) -> None:
    rows = [json.dumps(row).encode() + b"\n" for row in [*MANY[:2], {"id": "bad"}, *MANY[2:4]]]
    assert bench.run("-", stdin=b"".join(rows[:4]), unordered=unordered).failed == 1
    before, job = bench.target.read_bytes(), jobs.read(bench.target)
    for given in (b"", rows[0], b"".join(rows[1:4]), *(() if unordered else (rows[4],))):
        with pytest.raises(UsageError, match="lacks rows"):
            bench.run("-", stdin=given, unordered=unordered)
        assert bench.target.read_bytes() == before
        assert replace(jobs.read(bench.target), seen="") == replace(job, seen="")
    with pytest.raises(UsageError, match="cannot be read twice"):
        bench.run("-", stdin=b"".join(rows), retry_failed=True, unordered=unordered)
    assert bench.target.read_bytes() == before
    tally = bench.run("-", stdin=b"".join(rows), unordered=unordered)
    assert (tally.answered, tally.skipped, tally.failed_before) == (1, 4, 1)


@pytest.mark.parametrize("name", ["/", ".", ""])
def test_a_folder_is_no_run(bench: Bench, name: str) -> None:
    with pytest.raises(NotFound, match="no run of denju batch"):
        bench.batches.status(Path(name))
    with pytest.raises(UsageError, match="a folder"):
        bench.run(bench.rows(*MANY[:2]), target=Path(name))


def test_names_that_are_no_text_are_read_back(bench: Bench) -> None:
    source = os.fsdecode(os.fsencode(bench.folder / "in") + b"\xff.jsonl")
    Path(bench.rows(*MANY[:2])).rename(source)
    bench.target = Path(os.fsdecode(os.fsencode(bench.folder / "out") + b"\xfe.jsonl"))
    assert bench.run(source).answered == 2
    assert jobs.read(bench.target).source.path == Path(source)
    assert bench.run(source).skipped == 2
    Path(source).unlink()
    with pytest.raises(NotFound):
        bench.run(source)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_ids_that_a_terminal_would_act_on_are_cleaned_and_known_again(bench: Bench, form: Any) -> None:
    source = bench.rows({"id": "\x1b[31mX", "text": "Late"}, {"id": "a\ud83d", "text": "Late"}, {"id": "\x1b[2J"})
    assert bench.run(source, to=form).answered == 2
    written = bench.target.read_bytes()
    assert b"\x1b" not in written
    assert bench.run(source, to=form).skipped == 3
    assert bench.target.read_bytes() == written
    if form == "jsonl":
        assert bench.ids() == ["X", "a", "row-3"]


def test_failed_rows_past_the_limit_keep_their_records(bench: Bench) -> None:
    source = bench.rows({"id": "a", "text": "Late"}, {"id": "b"}, {"id": "c", "text": "Late"}, {"id": "d"})
    assert bench.run(source).failed == 2
    before = bench.records()
    tally = bench.run(source, retry_failed=True, limit=2)
    assert (tally.failed, tally.failed_before, tally.skipped) == (1, 1, 1)
    assert timeless(bench.records()) == timeless(before)
    with pytest.raises(UsageError, match="cannot be read twice"):
        bench.run("-", stdin=b"", retry_failed=True, limit=2, despite_changes=True)
    assert timeless(bench.records()) == timeless(before)


def test_a_student_that_dies_once_is_asked_again(bench: Bench) -> None:
    bench.students = (FakeStudent([StudentDied("It ended."), "fine"]),)
    assert bench.run(bench.rows({"text": "Late."})).answered == 1


def test_fail_fast_stops_at_the_first_bad_row(bench: Bench) -> None:
    source = bench.rows({"text": "Late."}, "{broken", {"text": "Late."})
    with pytest.raises(SomeRowsFailed, match="Row 2"):
        bench.run(source, fail_fast=True)
    assert len(bench.records()) == 2
    assert jobs.read(bench.target).state == "failed"


@pytest.mark.parametrize("change", ["input", "grown", "library", "settings", "column", "record"])
def test_a_run_that_is_not_the_same_is_refused(bench: Bench, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = bench.rows(*MANY[:3])
    bench.run(source)
    before = bench.target.read_bytes()
    options: dict[str, Any] = {}
    if change == "input":
        bench.rows({"text": "Other."}, *MANY[:2])
    elif change == "grown":
        bench.rows(*MANY[:4])
    elif change == "library":
        serving = (replace(LATE_EN, steps=("Other",)),)
        monkeypatch.setattr(bench.library, "serving", lambda: serving)
    elif change == "record":
        jobs.record_path(bench.target).unlink()
    else:
        options = {"seed": 7} if change == "settings" else {"text": "body"}
    reasons = {
        "input": "something else", "grown": "has grown by", "library": "other strategies",
        "settings": "seed was 0, is 7", "column": "in another way", "record": "nothing tells",
    }  # fmt: skip
    with pytest.raises(UsageError, match=reasons[change]):
        bench.run(source, **options)
    assert bench.target.read_bytes() == before
    bench.run(source, despite_changes=True, **options)
    assert before[:-1] in bench.target.read_bytes()


def test_what_comes_to_the_input_meanwhile_waits_for_another_run(bench: Bench) -> None:
    source = bench.rows(*MANY[:3])
    updates = bench.batches.run(bench.batches.order(source), bench.target, threading.Event())
    next(updates)
    with Path(source).open("a") as file:
        file.write('{"text": "new"}\n')
    *_, last = updates
    assert (last.rows, last.answered, last.unread) == (3, 3, 16)


@pytest.mark.parametrize("change", ["other", "shorter", "gone"])
@pytest.mark.parametrize("limit", [None, 2])
def test_an_input_that_is_changed_while_it_is_read_fails_the_run(
    bench: Bench, change: str, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = bench.rows(*MANY[:5])
    rows = Source.rows

    def late(each: Source, *arguments: Any) -> Iterator[Row]:
        """The input is another one by the time at which it is read."""
        path, data = Path(source), Path(source).read_bytes()
        if change == "gone":
            path.unlink()
            path.write_bytes(data.replace(b"Hello", b"Other"))
        else:
            path.write_bytes(data.replace(b"Hello", b"Other") if change == "other" else data[: len(data) // 2])
        return rows(each, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Source, "rows", late)
        with pytest.raises(UsageError, match="was changed while it was read") as caught:
            bench.run(source, limit=limit)
    assert "--despite-changes" in caught.value.hint
    job = jobs.read(bench.target)
    assert (job.state, job.why) == ("failed", caught.value.what)
    bench.rows(*MANY[:5])
    bench.run(source)
    assert bench.ids() == ["0", "1", "2", "3", "4"]


def test_a_history_that_another_holds_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    append, tries = bench.history.append, [0]

    def busy(*arguments: Any) -> None:
        tries[0] += 1
        if tries[0] in (2, 3):
            raise LibraryBusy("Another denju has been writing here.")
        append(*arguments)

    monkeypatch.setattr(bench.history, "append", busy)
    assert bench.run(bench.rows(*MANY[:3])).answered == 3
    assert [record[0].id for record in bench.history.records] == bench.ids() == ["0", "1", "2"]


def test_a_run_that_waits_for_the_history_can_be_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel, source = threading.Event(), bench.rows(*MANY[:3])

    def busy(*_: Any) -> None:
        cancel.set()
        raise LibraryBusy("Another denju has been writing here.")

    with monkeypatch.context() as patch:
        patch.setattr(bench.history, "append", busy)
        with pytest.raises(Interrupted, match="Stopped after 1 row"):
            bench.run(source, cancel)
    job = jobs.read(bench.target)
    assert (job.state, job.tally.answered, bench.ids()) == ("stopped", 1, ["0"])
    assert bench.run(source).skipped == 1


def test_a_strategy_that_is_approved_meanwhile_waits_for_another_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = bench.rows({"text": "Hello", "strategy": "new"})
    monkeypatch.setattr(bench.library, "get", lambda *_, **__: replace(LATE_EN, id="new"))
    bench.run(source)
    assert bench.records()[0]["error"]["message"] == "new did not serve yet when the run began."


def test_only_what_nothing_fits_and_only_the_first(bench: Bench) -> None:
    source = bench.rows(*MANY)
    tally = bench.run(source, where="no-match", limit=10)
    assert (tally.rows, tally.answered, tally.passed_over) == (10, 3, 7)
    assert bench.ids() == ["1", "4", "7"]
    tally = bench.run(source, where="no-match", limit=20)  # a limit may be raised
    assert bench.ids() == ["1", "4", "7", "10", "13", "16", "19"]


@pytest.mark.parametrize(("retry", "counts"), [(False, (3, 1)), (True, (2, 0))])
def test_a_run_that_is_stopped_before_it_goes_on_tells_how_many_records_stand(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, retry: bool, counts: tuple[int, int]
) -> None:
    source = bench.rows(*MANY[:2], {"id": "bad"}, *MANY[3:])
    bench.run(source, limit=3)
    monkeypatch.setattr(Source, "rows", lambda *_: iter(()))  # none of them was read yet
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Interrupted):
        bench.run(source, cancel, retry_failed=retry)
    job = jobs.read(bench.target)
    assert (job.state, job.tally.rows) == ("stopped", len(MANY))
    assert (job.tally.done, job.tally.failed_before) == counts == (len(bench.ids()), int(not retry))


def test_a_limit_is_reached_without_the_row_behind_it(bench: Bench) -> None:
    class Typed(io.BytesIO):
        """Standard input of somebody who writes two rows, and no more."""

        def readline(self, size: int | None = -1, /) -> bytes:
            return super().readline(size) or pytest.fail("a third row was waited for")

    order = bench.batches.order("-", form="lines", limit=2)
    stdin = b"Late one\nHello two\n"
    *_, found = bench.batches.forecast(order, threading.Event(), stdin=Typed(stdin))
    assert isinstance(found, Forecast) and found.rows == 2
    *_, tally = bench.batches.run(order, bench.target, threading.Event(), stdin=Typed(stdin))
    assert isinstance(tally, Tally) and (tally.rows, tally.answered) == (2, 2)
    *_, tally = bench.batches.run(order, bench.target, threading.Event(), stdin=Typed(stdin))
    assert isinstance(tally, Tally) and (tally.rows, tally.skipped) == (2, 2)


def test_pipes(bench: Bench) -> None:
    out = io.BytesIO()
    tally = bench.run("-", stdin=b"Late one\n\nHello two\n", form="lines", target=out)
    assert (tally.rows, tally.answered) == (2, 2)
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == ["row-1", "row-2"]

    class Gone(io.BytesIO):
        def write(self, _data: Any) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        bench.run("-", stdin=b"Late one\n" * 50, form="lines", target=Gone())


def test_an_output_of_something_else_or_of_another_run_is_left_alone(bench: Bench) -> None:
    source = bench.rows(*MANY[:2])
    for text in ("my notes\n", "my notes", "[1]\n", '{"id": 1}\n'):
        bench.target.write_text(text)
        with pytest.raises(UsageError, match="not an answer"):
            bench.run(source)
        assert bench.target.read_text() == text
    bench.target.unlink()
    updates = bench.batches.run(bench.batches.order(source), bench.target, threading.Event())
    next(updates)
    assert jobs.read(bench.target).state == "running"
    with pytest.raises(UsageError, match="Another run"):
        bench.run(source)
    updates.close()
    assert jobs.read(bench.target).state == "stopped"
    assert not bench.batches.stop(bench.target)


def test_a_run_is_stopped_only_where_its_process_is_the_one_that_began_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(jobs.os, "kill", lambda *given: sent.append(given))
    updates = bench.batches.run(bench.batches.order(bench.rows(*MANY[:2])), bench.target, threading.Event())
    next(updates)
    assert bench.batches.stop(bench.target) and sent == [(os.getpid(), signal.SIGINT)]
    job = jobs.read(bench.target)
    data = job.to_dict()
    del data["started"]  # what wrote it did not know of it yet
    assert Job.from_dict(data).started is None
    for other in (replace(job, started=1), replace(job, started=None), replace(job, pid=2**22 + 1)):
        jobs.write(bench.target, other)
        with pytest.raises(NotFound, match="not on this machine, or has ended"):
            bench.batches.stop(bench.target)
    assert len(sent) == 1
    updates.close()
    jobs.write(bench.target, replace(job, started=1))
    assert not bench.batches.stop(bench.target)
    with pytest.raises(ValueError):
        Job.from_dict({**data, "started": "1"})


def test_files_that_cannot_be_used_are_told(bench: Bench) -> None:
    source = bench.rows(*MANY[:2])
    with pytest.raises(NotFound):
        bench.run(str(bench.folder / "none"))
    with pytest.raises(UsageError, match="regular"):
        bench.run("/dev/zero")
    with pytest.raises(UsageError, match="folder"):
        bench.run(source, target=bench.folder)
    with pytest.raises(UsageError, match=r"^/dev/full: Not a regular file"):
        bench.run(source, target=Path("/dev/full"))
    with pytest.raises(StorageError):
        bench.run(source, target=bench.folder / "no folder" / "out")
    with pytest.raises(NotFound):
        bench.batches.order_of(bench.folder / "none")
    jobs.record_path(bench.target).write_text('{"denju": "batch", "schema": 9}')
    with pytest.raises(UsageError, match="does not describe"):
        bench.batches.order_of(bench.target)


def test_a_full_disk_loses_nothing_that_was_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from denju.answering.batch import output

    source, real, room = bench.rows(*MANY[:6]), output.os.write, [1500]

    def write(descriptor: int, data: bytes) -> int:
        done = real(descriptor, data[: room[0]])
        room[0] -= done
        return done

    with monkeypatch.context() as patch:
        patch.setattr(output.os, "write", write)
        with pytest.raises(StorageError, match="no space left"):
            bench.run(source)
    assert 0 < len(bench.records()) < 6
    assert jobs.read(bench.target).state == "failed"
    bench.run(source)
    assert bench.ids() == ["0", "1", "2", "3", "4", "5"]


def test_a_forecast_counts_and_writes_nothing(bench: Bench) -> None:
    source = bench.rows(*MANY, "{broken", {"text": "x", "strategy": "late-en"})
    *_, found = bench.batches.forecast(bench.batches.order(source), threading.Event())
    assert (found.rows, found.bad, found.to_answer, found.none, found.named) == (42, 1, 41, 13, 1)
    assert {(each[0], each[2]) for each in found.strategies} == {("late-en", 14), ("late-ja", 13)}
    assert found.estimate is not None
    assert not bench.target.exists()
    assert bench.history.records == []
