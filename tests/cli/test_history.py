"""``denju history``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import Denju
from denju.testing import FakeStudent
from denju.workbench import Workbench


@pytest.fixture(autouse=True)
def student(monkeypatch: pytest.MonkeyPatch) -> FakeStudent:
    made = FakeStudent(answers=["申し訳ございません。", "Sorry for the delay."])
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: made)
    return made


@pytest.fixture
def answers(denju: Denju) -> list[str]:
    """Ids of two answers, oldest first."""
    messages = ("部品に傷がありました。", "The parts arrived late.")
    return [denju("ask", message, "--json").json()["id"] for message in messages]


def test_list_newest_first(denju: Denju, answers: list[str]) -> None:
    lines = [line.split("\t") for line in denju("history", "list").out.splitlines()]
    assert [line[0] for line in lines] == answers[::-1]
    assert lines[1][3:] == ["部品に傷・打痕がある", "部品に傷がありました。"]
    assert len(denju("history", "list", "--limit", "1", "--json").json_lines()) == 1
    assert denju("history", "list", "--match", "none").err == "No answer is like that.\n"


def test_search_and_show(denju: Denju, answers: list[str]) -> None:
    assert denju("history", "search", "ﾌﾞﾋﾝ").out == ""
    assert denju("history", "search", "SORRY", "--json").json()["record"]["id"] == answers[1]
    shown = denju("history", "show", answers[0][:8])
    for text in (answers[0], "Customer\n部品に傷がありました。", "Answer\n申し訳ございません。"):
        assert text.casefold() in shown.out.casefold()
    missing = denju("history", "show", "r_none")
    assert missing.code == 1 and "r_none" in missing.err


def test_what_a_person_changed_is_shown_beside_the_answer(denju: Denju, answers: list[str]) -> None:
    with Workbench() as workbench:
        workbench.history.edit(answers[0], "お詫びに伺います。")
    shown = denju("history", "show", answers[0]).out
    assert "申し訳ございません。" in shown and "As a person changed it\nお詫びに伺います。" in shown
    assert denju("history", "show", answers[0], "--json").json()["edited"] == "お詫びに伺います。"
    assert denju("history", "show", answers[1], "--json").json()["edited"] is None


def test_rate(denju: Denju, answers: list[str]) -> None:
    assert denju("history", "rate", answers[0], "bad", "--why", "お詫びが遅い").err == f"{answers[0]}: bad\n"
    [bad] = denju("history", "list", "--rating", "bad", "--json").json_lines()
    assert bad["rating"]["why"] == "お詫びが遅い"
    assert "お詫びが遅い" in denju("history", "show", answers[0]).out
    assert denju("history", "rate", answers[0], "so-so").code == 2


def test_export(denju: Denju, answers: list[str], tmp_path: Path) -> None:
    lines = denju("history", "export").json_lines()
    assert [line["record"]["id"] for line in lines] == answers
    file = tmp_path / "history.jsonl"
    assert denju("history", "export", str(file)).code == 0
    assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == lines
    assert denju("history", "export", str(file)).code == 2


def test_purge(denju: Denju, answers: list[str], home: Path) -> None:
    path = home / "history" / "answers.jsonl"
    first, second = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    first["at"] = "2020-01-01T00:00:00Z"
    path.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    assert "1 answer older than 90 days removed" in denju("history", "purge").err
    assert [entry["record"]["id"] for entry in denju("history", "list", "--json").json_lines()] == [answers[1]]


def test_without_a_history_all_of_it_is_empty(denju: Denju) -> None:
    assert denju("history", "list").out == denju("history", "export").out == denju("history", "search", "x").out == ""
    assert denju("history", "purge").code == 0


def test_settings_decide_what_is_kept(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_HISTORY_KEEP", "off")
    denju("ask", "部品に傷がありました。")
    assert denju("history", "list").out == ""
    monkeypatch.setenv("DENJU_HISTORY_KEEP", "no_texts")
    denju("ask", "部品に傷がありました。")
    [entry] = denju("history", "list", "--json").json_lines()
    assert entry["messages"] == [] and entry["record"]["answer"] == "" and entry["record"]["match"] == "matched"
