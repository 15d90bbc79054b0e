"""Batch, first form: a record for every row, whatever the row is, and a stopped run goes on."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from denju.answering import batch
from denju.answering.ask import Ask
from denju.answering.batch import Summary
from denju.errors import Interrupted, StorageError, UsageError
from denju.student.port import Sampling
from denju.testing import FakeStudent
from denju.values import Answer, Match
from unit.test_ask import Found, Kept, Shelf


def bench(student: FakeStudent | None = None) -> Ask:
    return Ask(
        library=Shelf(),
        search=Found(Match("none")),
        student=student or FakeStudent(),
        history=Kept(),
        sampling=Sampling(),
    )


def rows(path: Path, *lines: Any) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), "utf-8")
    return path


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_row_gets_a_record_and_a_bad_one_does_not_stop_the_others(tmp_path: Path) -> None:
    source = rows(
        tmp_path / "in.jsonl",
        {"id": "a", "text": "Late."},
        "{broken",
        {"id": 3, "messages": [{"role": "customer", "text": "部品に傷"}], "facts": {"納期": "12月3日"}},
        {"text": ""},
        {"text": 5},
        {"text": "x", "language": "fr"},
        [],
    )
    *events, summary = batch.run(bench(), source, tmp_path / "out.jsonl", threading.Event())
    assert summary == Summary(answered=2, failed=5)
    got = records(tmp_path / "out.jsonl")
    assert [record["id"] for record in got] == ["a", "row-2", "3", "row-4", "row-5", "row-6", "row-7"]
    assert [bool(record["error"]) for record in got] == [False, True, False, True, True, True, True]
    assert got[2]["facts"] == ["納期: 12月3日"]
    assert [event.to_dict() for event in events if isinstance(event, Answer)] == got


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    source = rows(tmp_path / "in.jsonl", *({"id": str(n), "text": "Late."} for n in range(5)))
    target = tmp_path / "out.jsonl"
    cancel = threading.Event()
    with pytest.raises(Interrupted):
        for event in batch.run(bench(), source, target, cancel):
            if isinstance(event, Answer) and event.id == "1":
                cancel.set()
    with target.open("ab") as file:
        file.write(b'{"id": "2", "answ')  # a power cut in the middle of a record
    *_, summary = batch.run(bench(), source, target, threading.Event())
    assert summary == Summary(answered=3, skipped=2)
    assert [record["id"] for record in records(target)] == ["0", "1", "2", "3", "4"]


def test_a_stop_in_the_last_row_is_a_stop(tmp_path: Path) -> None:
    cancel = threading.Event()
    student = FakeStudent(before_token=cancel.set)
    source = rows(tmp_path / "in.jsonl", {"text": "Late."})
    with pytest.raises(Interrupted, match="0 of 1 rows"):
        list(batch.run(bench(student), source, tmp_path / "out.jsonl", cancel))
    assert records(tmp_path / "out.jsonl") == []


def test_a_file_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    source = rows(tmp_path / "in.jsonl", {"text": "Late."})
    target = rows(tmp_path / "notes.txt", "my notes")
    with pytest.raises(UsageError, match="not an answer"):
        list(batch.run(bench(), source, target, threading.Event()))
    assert target.read_text() == "my notes\n"


def test_files_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    source = rows(tmp_path / "in.jsonl", {"text": "Late."})
    with pytest.raises(UsageError, match="no such file"):
        list(batch.run(bench(), tmp_path / "none", tmp_path / "out", threading.Event()))
    with pytest.raises(UsageError, match="not a file"):
        list(batch.run(bench(), source, tmp_path, threading.Event()))
    with pytest.raises(StorageError):
        list(batch.run(bench(), source, tmp_path / "no folder" / "out", threading.Event()))


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (None, ()),
        ("納期: 12月3日\n\n在庫: 3個", ("納期: 12月3日", "在庫: 3個")),
        (["a", "b"], ("a", "b")),
        ({"stock": 3}, ("stock: 3",)),
    ],
)
def test_facts_come_in_several_forms(value: Any, lines: tuple[str, ...]) -> None:
    assert batch.facts(value) == lines


@pytest.mark.parametrize("value", [3, [1], {"a": []}])
def test_facts_of_another_form_are_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="facts"):
        batch.facts(value)
