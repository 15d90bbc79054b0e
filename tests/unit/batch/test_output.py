"""The file of the answers: whole records, torn ends cut off, one run at a time, nothing a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from denju.answering.batch import output as module
from denju.answering.batch.output import FileOutput, StreamOutput, answers_in, is_written
from denju.answering.batch.records import COLUMNS, JsonLines, RecordForm, Table, form_of
from denju.errors import UsageError
from denju.values import Answer

ANSWERS = [
    Answer(id="a", answer='One, "two"\nthree', language="en", match="none", unsupported=("5", "Tanaka")),
    Answer(id="=1+1", answer="部品", language="ja", match="none"),
    Answer(
        id="c", answer="", language="", match="off", finish="error", error={"kind": "k", "message": "m", "hint": "h"}
    ),
]


def written(path: Path, form: RecordForm) -> bytes:
    output = FileOutput(path, form_of(form))
    for answer in ANSWERS:
        output.write(answer)
    assert is_written(path)
    output.close()
    assert not is_written(path)
    return path.read_bytes()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_wherever_a_file_is_torn_whole_records_stay(tmp_path: Path, form: RecordForm) -> None:
    path = tmp_path / "out"
    data = written(path, form)
    assert path.stat().st_mode & 0o777 == 0o600
    records = list(answers_in(path, form_of(form)))
    head = len(data) - sum(map(len, records))
    ends = [head + sum(map(len, records[:count])) for count in range(len(records) + 1)]
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        output = FileOutput(path, form_of(form))
        whole = sum(cut >= end for end in ends[1:])
        assert len(output.kept) == whole
        assert [each.failed for each in output.kept] == [False, False, True][:whole]
        for answer in ANSWERS[whole:]:
            output.write(answer)
        output.close()
        assert path.read_bytes() == data


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_records_are_dropped_and_put_in_order(tmp_path: Path, form: RecordForm) -> None:
    path = tmp_path / "out"
    data = written(path, form)
    output = FileOutput(path, form_of(form))
    output.put_in_order(["c", "=1+1", "a"])
    assert [each.id for each in output.kept] == ["c", form_of(form).key("=1+1"), "a"]
    output.drop_failed()
    output.write(ANSWERS[2])  # the file that took the other's place is the one that is written
    with pytest.raises(UsageError, match="Another run"):
        FileOutput(path, form_of(form))
    output.put_in_order(["a", "=1+1", "c", "unknown"])
    output.close()
    assert path.read_bytes() == data


@pytest.mark.parametrize("link", [False, True])
def test_a_run_that_waits_while_the_file_is_replaced_writes_to_the_new_one(
    tmp_path: Path, link: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    if link:
        path.symlink_to("elsewhere")
    data = written(path, "jsonl")
    first = FileOutput(path, form_of("jsonl"))

    def meanwhile(_seconds: float) -> None:
        first.put_in_order(["c"])
        first.close()
        monkeypatch.undo()

    monkeypatch.setattr(module.time, "sleep", meanwhile)
    second = FileOutput(path, form_of("jsonl"))
    assert [each.id for each in second.kept] == ["c", "a", "=1+1"]
    second.write(ANSWERS[0])
    second.close()
    assert len(path.read_bytes()) == len(data) + len(JsonLines().record(ANSWERS[0]))
    assert path.is_symlink() == link


def test_a_table_holds_no_formula_and_opens_as_japanese(tmp_path: Path) -> None:
    data = written(tmp_path / "out.csv", "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["id"] for row in rows] == ["a", "'=1+1", "c"]
    assert rows[0]["answer"] == 'One, "two"\nthree'
    assert (rows[0]["unsupported"], rows[2]["error"]) == ("5\nTanaka", "m")


def test_what_a_terminal_would_act_on_is_escaped() -> None:
    record = JsonLines().record(replace(ANSWERS[0], id="\x9b31m\u202e\ud800"))
    assert b"\\u009b31m\\u202e\\ud800" in record
    assert Table().record(replace(ANSWERS[0], id="\ud800"))


def test_a_stream_has_one_head() -> None:
    stream = io.BytesIO()
    output = StreamOutput(stream, Table())
    for answer in ANSWERS:
        output.write(answer)
    assert stream.getvalue().count(b"unsupported") == 1
