"""``denju batch``."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from commands import Denju, command, environment
from denju.testing import FakeStudent
from denju_tui.batch_list import known
from denju_tui.cli import batch_telling

Rows = tuple[str, str]


@pytest.fixture
def student(monkeypatch: pytest.MonkeyPatch) -> FakeStudent:
    made = FakeStudent(answers=["Yes, of course."])
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: made)
    monkeypatch.setattr("denju.student.native.allowed_cores", lambda: 1)
    return made


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Three rows in, and where their answers go."""
    source = tmp_path / "in.jsonl"
    texts = ("部品に傷がありました。", "The parts arrived late.", "見積もりをお願いします。")
    source.write_text("".join(json.dumps({"id": f"r{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    return str(source), str(tmp_path / "out.jsonl")


def records(path: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_a_record_a_row_once(denju: Denju, rows: Rows) -> None:
    done = denju("batch", "run", *rows, "--max-tokens", "4", "--seed", "3", "--workers", "2")
    assert (done.code, done.out) == (0, "")
    assert "3 answered, 0 failed, 0 there already" in done.err and "practice model" in done.err
    assert [(each["id"], each["seed"], each["language"]) for each in records(rows[1])] == [
        ("r0", 3, "ja"), ("r1", 3, "en"), ("r2", 3, "ja"),
    ]  # fmt: skip
    again = denju("batch", "resume", rows[1])
    assert "0 answered, 0 failed, 3 there already" in again.err and len(records(rows[1])) == 3
    other = denju("batch", "run", *rows, "--max-tokens", "4", "--seed", "4")
    assert other.code == 2 and "seed was 3, is 4" in other.err and "--despite-changes" in other.err
    shown = denju("batch", "status", rows[1])
    assert "finished" in shown.out and "3 of 3 rows" in shown.out
    assert denju("batch", "status", rows[1], "--json").json()["tally"]["skipped"] == 3


def test_a_stopped_run_goes_on(denju: Denju, rows: Rows, student: FakeStudent) -> None:
    student.before_token = lambda: len(student.prompts) == 2 and signal.raise_signal(signal.SIGTERM)
    stopped = denju("batch", "run", *rows)
    assert stopped.code == 130 and "The same command goes on" in stopped.err
    assert "stopped; denju batch resume" in denju("batch", "status", rows[1]).out
    student.before_token = None
    assert denju("batch", "run", *rows).code == 0
    assert [each["id"] for each in records(rows[1])] == ["r0", "r1", "r2"]
    assert "no run is under way" in denju("batch", "stop", rows[1]).err


def test_some_rows_fail(denju: Denju, rows: Rows, student: FakeStudent) -> None:
    Path(rows[0]).write_text('{"id": "a", "text": "Hello, the parts are late"}\nnot json\n{"id": "c"}\n')
    done = denju("batch", "run", *rows)
    assert done.code == 5
    assert "1 answered, 2 failed" in done.err and "denju: 2 rows failed.\n  Their records say why" in done.err
    assert [bool(each["error"]) for each in records(rows[1])] == [False, True, True]
    assert "row-2: The row is not JSON" in denju("batch", "status", rows[1]).out
    assert denju("batch", "resume", rows[1]).code == 5
    assert denju("batch", "run", rows[0], rows[1] + "2", "--fail-fast").code == 5


def test_why_a_run_does_not_go_on_is_told_in_japanese(
    denju: Denju, rows: Rows, student: FakeStudent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    assert denju("batch", "run", *rows).code == 0
    with Path(rows[0]).open("a") as file:
        file.write("\n")
    changed = denju("batch", "run", *rows, "--seed", "4")
    reasons = "入力が 1 バイト増えています；seed は 0 でしたが、いまは 4 です"
    assert changed.code == 2 and changed.err.startswith(f"denju: {rows[1]} は続けられません：{reasons}\n")
    Path(rows[0]).write_text("not json\n")
    assert denju("batch", "run", rows[0], rows[1] + "2", "--fail-fast").code == 5
    told = denju("batch", "status", rows[1] + "2").out.splitlines()[0]
    assert re.fullmatch(r".*: エラーで停止: 1 行目（row-1）が失敗しました：行が JSON ではありません.*", told), told


@pytest.mark.parametrize("name", ["out.csv", "OUT.CSV"])
def test_a_table_in_and_out(denju: Denju, tmp_path: Path, student: FakeStudent, name: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / name
    source.write_bytes("番号,本文\n1,部品に傷がありました。\n".encode("cp932"))
    assert denju("batch", "run", str(source), str(target), "--text", "本文", "--id", "番号").code == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert [(row["id"], row["answer"]) for row in csv.DictReader(file)] == [("1", "Yes, of course.")]
    assert "Read as CP932 (Shift_JIS)." in denju("batch", "status", str(target)).out


def test_the_encoding_is_told_where_it_is_not_utf_8(denju: Denju, tmp_path: Path, student: FakeStudent) -> None:
    source = tmp_path / "in.txt"
    for encoding, told in (("cp932", "CP932 (Shift_JIS)"), ("utf-8", None)):
        source.write_bytes("部品に傷がありました。\n".encode(encoding))
        assert denju("batch", "run", str(source), "--dry-run", "--json").json()["read_as"] == told
        assert ("Read as" in denju("batch", "run", str(source), "--dry-run").out) == bool(told)


def test_in_a_pipe(denju: Denju, student: FakeStudent) -> None:
    done = denju("batch", "run", "-", "-", "--from", "lines", stdin="部品に傷がありました。\nLate\n".encode())
    assert done.code == 0
    assert [each["id"] for each in done.json_lines()] == ["row-1", "row-2"]
    assert "2 answered" in done.err


def test_a_run_of_standard_input_loses_nothing_without_its_rows(
    denju: Denju, tmp_path: Path, student: FakeStudent, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.jsonl"
    given = b'{"id": "a", "text": "Late"}\n{"id": "b"}\n'
    failed = denju("batch", "run", "-", str(target), stdin=given)
    assert failed.code == 5 and "Save all rows of the input in a file, and answer that with" in failed.err
    before = target.read_bytes()
    for wishes in ((), ("--retry-failed",)):
        refused = denju("batch", "resume", str(target), *wishes, stdin=b"")
        assert (refused.code, len(refused.err.splitlines())) == (2, 2)
        assert target.read_bytes() == before
        assert denju("batch", "status", str(target), "--json").json()["tally"]["answered"] == 1
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    told = denju("batch", "resume", str(target), stdin=b"").err
    assert told.startswith("denju: すでに答えた行が、標準入力にありません。\n  同じ行を最初から渡すか")


def test_a_folder_is_not_remembered_as_a_run(denju: Denju, rows: Rows, student: FakeStudent, home: Path) -> None:
    for target in ("/", ".", ""):
        refused = denju("batch", "run", rows[0], target)
        assert (refused.code, len(refused.err.splitlines())) == (2, 2)
        assert denju("batch", "status", target).code == 1
    assert known(home / "state") == []
    assert denju("batch", "run", *rows).code == 0
    assert known(home / "state") == [Path(rows[1])]


def test_a_dry_run_counts(denju: Denju, rows: Rows, student: FakeStudent) -> None:
    done = denju("batch", "run", rows[0], "--dry-run")
    assert done.code == 0 and "3 rows; nothing fits" in done.out and "Answering 3 rows takes about 0:00" in done.out
    found = denju("batch", "run", rows[0], "--dry-run", "--json").json()
    assert (found["rows"], found["to_answer"]) == (3, 3)
    assert sum(each["rows"] for each in found["strategies"]) + found["none"] == 3
    assert denju("batch", "run", rows[0]).code == 2


def test_progress_is_a_line_now_and_then(
    denju: Denju, rows: Rows, student: FakeStudent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_telling, "EVERY", 0.0)
    assert denju("batch", "run", *rows).err.splitlines()[0].startswith("0 of 3 rows")


@pytest.mark.parametrize(("odd", "code"), [("missing", 1), (".", 2), ("/dev/zero", 2)])
def test_odd_files(denju: Denju, rows: Rows, student: FakeStudent, odd: str, code: int) -> None:
    done = denju("batch", "run", odd, rows[1])
    assert (done.code, len(done.err.splitlines())) == (code, 2)
    for target in ("/proc/nowhere/out.jsonl", rows[1] + "部" * 90):
        done = denju("batch", "run", rows[0], target)
        assert (done.code, len(done.err.splitlines())) == (1, 2)


def test_no_address_of_a_cluster(denju: Denju, rows: Rows) -> None:
    pytest.importorskip("distributed")
    done = denju("batch", "run", *rows, "--cluster", "nonsense:::")
    assert (done.code, done.err.splitlines()[0]) == (2, "denju: nonsense:::: not the address of a scheduler.")


def test_a_killed_run_is_continued_and_a_closed_terminal_stops_nothing(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text("部品に傷がありました。\nThe parts arrived late.\n見積もりをお願いします。\n" * 4)
    arguments = ("batch", "run", str(source), str(tmp_path / "whole.jsonl"), "--max-tokens", "12")
    subprocess.run(command(*arguments), env=environment(), check=True, capture_output=True)
    target = tmp_path / "out.jsonl"
    arguments = (*arguments[:3], str(target), *arguments[4:])
    for sent in (signal.SIGHUP, signal.SIGKILL):
        process = subprocess.Popen(command(*arguments), env=environment(), stderr=subprocess.DEVNULL)
        while process.poll() is None and not (target.exists() and target.stat().st_size):
            time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)  # it cannot end before the other signal comes
        answered = target.read_bytes().count(b"\n")
        process.send_signal(sent)
        process.send_signal(signal.SIGCONT)
        killed = sent == signal.SIGKILL
        assert process.wait() == (-signal.SIGKILL if killed else 0) and 0 < answered < 12
        if not killed:
            target.unlink()
    assert subprocess.run(command(*arguments), env=environment(), capture_output=True).returncode == 0
    assert [{**each, "seconds": 0} for each in records(str(target))] == [
        {**each, "seconds": 0} for each in records(str(tmp_path / "whole.jsonl"))
    ]
