"""``denju batch run``."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from commands import Denju
from denju.testing import FakeStudent
from denju_tui.cli import batch


@pytest.fixture
def student(monkeypatch: pytest.MonkeyPatch) -> FakeStudent:
    made = FakeStudent(answers=["Yes, of course."])
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: made)
    return made


@pytest.fixture
def rows(tmp_path: Path) -> tuple[str, str]:
    """Three rows in, and where their answers go."""
    source = tmp_path / "in.jsonl"
    texts = ("部品に傷がありました。", "The parts arrived late.", "見積もりをお願いします。")
    source.write_text("".join(json.dumps({"id": f"r{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    return str(source), str(tmp_path / "out.jsonl")


def records(path: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_a_record_a_row(denju: Denju, rows: tuple[str, str]) -> None:
    done = denju("batch", "run", *rows, "--max-tokens", "4", "--seed", "3")
    assert (done.code, done.out) == (0, "")
    assert "3 answered, 0 failed, 0 there already" in done.err and "practice model" in done.err
    assert [(each["id"], each["seed"], each["language"]) for each in records(rows[1])] == [
        ("r0", 3, "ja"), ("r1", 3, "en"), ("r2", 3, "ja"),
    ]  # fmt: skip
    again = denju("batch", "run", *rows)
    assert "0 answered, 0 failed, 3 there already" in again.err and len(records(rows[1])) == 3


def test_a_stopped_run_goes_on_with_the_same_command(denju: Denju, rows: tuple[str, str], student: FakeStudent) -> None:
    student.before_token = lambda: len(student.prompts) == 2 and signal.raise_signal(signal.SIGINT)
    stopped = denju("batch", "run", *rows)
    assert stopped.code == 130 and "The same command goes on" in stopped.err
    assert [each["id"] for each in records(rows[1])] == ["r0"]
    student.before_token = None
    assert "2 answered, 0 failed, 1 there already" in denju("batch", "run", *rows).err
    assert [each["id"] for each in records(rows[1])] == ["r0", "r1", "r2"]


def test_a_stop_in_the_last_row_is_a_stop(denju: Denju, rows: tuple[str, str], student: FakeStudent) -> None:
    student.before_token = lambda: len(student.prompts) == 3 and signal.raise_signal(signal.SIGINT)
    assert denju("batch", "run", *rows).code == 130
    assert [each["id"] for each in records(rows[1])] == ["r0", "r1"]


def test_some_rows_fail(denju: Denju, rows: tuple[str, str], student: FakeStudent) -> None:
    Path(rows[0]).write_text('{"id": "a", "text": "Hello, the parts are late"}\nnot json\n{"id": "c"}\n')
    done = denju("batch", "run", *rows)
    assert done.code == 5
    assert "1 answered, 2 failed" in done.err and "denju: 2 rows failed.\n  Their records say why" in done.err
    assert [bool(each["error"]) for each in records(rows[1])] == [False, True, True]


def test_progress_is_a_line_every_so_many_rows(
    denju: Denju, rows: tuple[str, str], student: FakeStudent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "EVERY", 2)
    assert denju("batch", "run", *rows).err.splitlines()[0].startswith("2 of 3 rows, about 0:0")


@pytest.mark.parametrize("odd", ["missing", ".", "/dev/zero"])
def test_odd_files(denju: Denju, rows: tuple[str, str], odd: str) -> None:
    done = denju("batch", "run", odd, rows[1])
    assert (done.code, len(done.err.splitlines())) == (2, 2)
    done = denju("batch", "run", rows[0], "/proc/nowhere/out.jsonl")
    assert (done.code, len(done.err.splitlines())) == (1, 2)
