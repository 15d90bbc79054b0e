"""The history: nothing lost, nothing kept that should not be, and a torn line harms nobody."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from denju.answering import history as module
from denju.answering import lines
from denju.answering.history import History
from denju.errors import NotFound, StorageError
from denju.library.lock import locked
from denju.values import Answer, Candidate, MatchedTerm, MatchKind, PolicyResult, Strategy, Turn

STRATEGY = Strategy(title="部品の傷", situation="x", id="st_1")
BEST = Candidate(STRATEGY, 2.0, 0.8, (MatchedTerm("秘密の傷", 1.0, ("cues",)),))


def answer(name: str = "r_1", text: str = "お詫びいたします。", match: MatchKind = "matched") -> Answer:
    return Answer(
        id=name, answer=text, language="ja", match=match, strategy=BEST, runners_up=(BEST,), facts=("納期: 3日",)
    )


def asked(text: str = "部品に傷があります") -> list[Turn]:
    return [Turn("customer", text)]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history" / "answers.jsonl")


def test_an_answer_comes_back_as_it_was(history: History) -> None:
    history.append(answer(), asked(), "ask")
    (entry,) = history.list(10)
    assert entry.record == answer().to_dict()
    assert entry.messages == tuple(asked())
    assert (entry.source, entry.rated) == ("ask", None)
    assert history.path.stat().st_mode & 0o777 == 0o600
    assert history.path.parent.stat().st_mode & 0o777 == 0o700


def test_no_history_yet(history: History) -> None:
    assert history.list(10) == ()
    assert history.purge(1) == 0
    assert not history.path.exists()


def test_newest_first_and_filtered(history: History) -> None:
    for number in range(5):
        history.append(answer(f"r_{number}", match="none" if number % 2 else "matched"), asked(), "app")
    history.rate("r_2", "bad", "too long")
    assert [entry.id for entry in history.list(3)] == ["r_4", "r_3", "r_2"]
    assert [entry.id for entry in history.list(9, match="none")] == ["r_3", "r_1"]
    assert [entry.id for entry in history.list(9, rating="bad")] == ["r_2"]
    assert history.list(9, rating="good") == ()


def test_the_newest_rating_counts(history: History) -> None:
    history.append(answer(), asked(), "ask")
    history.rate("r_1", "bad", "rude")
    rated = history.rate("r_", "good", "on\x1b[2J second thoughts").rated
    assert rated is not None
    assert (rated.rating, rated.why) == ("good", "on second thoughts")


def test_what_a_person_made_of_an_answer_is_kept_and_the_newest_counts(history: History) -> None:
    history.append(answer(), asked(), "app")
    assert history.list(1)[0].edited is None
    history.edit("r_1", "申し訳ございません。")
    history.edit("r_1", "まことに申し訳ございません。\x1b[2J")
    (entry,) = history.list(9)
    assert entry.edited == "まことに申し訳ございません。"
    assert entry.record["answer"] == answer().answer
    with pytest.raises(NotFound):
        history.edit("r_2", "x")


@pytest.mark.parametrize("keep", ["no_texts", "off"])
def test_an_edit_is_a_text_and_kept_only_where_texts_are(tmp_path: Path, keep: Literal["no_texts", "off"]) -> None:
    history = History(tmp_path / "answers.jsonl", keep=keep)
    history.append(answer(), asked(), "app")
    history.edit("r_1", "秘密")
    assert not history.path.exists() or "秘密" not in history.path.read_text("utf-8")


def test_an_id_that_a_second_batch_uses_again_is_the_newer_answer(history: History) -> None:
    history.append(answer("r1", "old"), asked(), "batch")
    history.rate("r1", "bad")
    history.append(answer("r1", "new"), asked(), "batch")
    assert history.show("r1").record["answer"] == "new"
    assert [entry.rated is None for entry in history.list(9)] == [True, False]


def test_a_prefix_shows_one_and_an_ambiguous_one_names_the_candidates(history: History) -> None:
    history.append(answer("r_ab"), asked(), "ask")
    history.append(answer("r_ac"), asked(), "ask")
    assert history.show("r_ab").id == history.show("r_ab").id == "r_ab"
    with pytest.raises(NotFound, match="r_ac, r_ab"):
        history.show("r_a")
    for missing in ("r_x", ""):
        with pytest.raises(NotFound):
            history.show(missing)


def test_search_minds_neither_case_nor_width(history: History) -> None:
    history.append(answer("r_1", "Lot ＡＢＣ１２３"), asked("ﾗｲﾝが止まった"), "ask")
    history.append(answer("r_2"), asked(), "ask")
    assert [entry.id for entry in history.search("abc123")] == ["r_1"]
    assert [entry.id for entry in history.search("ライン")] == ["r_1"]
    assert [entry.id for entry in history.search("傷")] == ["r_2"]
    assert history.search("nowhere") == ()


def test_search_finds_what_a_person_made_of_an_answer(history: History) -> None:
    history.append(answer(), asked(), "app")
    history.edit("r_1", "三日後に代わりの品をお届けします。")
    assert [entry.id for entry in history.search("代わりの品")] == ["r_1"]


def test_without_texts_nothing_is_kept_that_somebody_wrote(tmp_path: Path) -> None:
    history = History(tmp_path / "answers.jsonl", keep="no_texts")
    broken = PolicyResult(id="p_1", revision=2, ok=False, why="返金を約束しない: 全額返金")
    history.append(replace(answer(), unsupported=("30%",), policies=(broken,)), asked(), "ask")
    kept = history.path.read_text("utf-8")
    for text in ("お詫び", "部品に傷", "秘密", "納期", "30%", "返金"):
        assert text not in kept
    (entry,) = history.list(1)
    assert entry.record["strategy"]["id"] == "st_1"
    assert entry.record["policies"] == [{"id": "p_1", "revision": 2, "ok": False, "why": ""}]
    assert entry.messages == ()


def test_switched_off_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "history" / "answers.jsonl"
    History(path, keep="off").append(answer(), asked(), "ask")
    assert not path.parent.exists()


def test_a_torn_last_line_is_passed_over_and_healed_by_the_next(history: History) -> None:
    history.append(answer("r_1"), asked(), "ask")
    whole = history.path.read_bytes()
    history.append(answer("r_2"), asked(), "ask")
    for cut in range(len(whole) + 1, len(whole) + 200, 37):
        history.path.write_bytes(history.path.read_bytes()[:cut])
        assert [entry.id for entry in history.list(9)] == ["r_1"]
        history.append(answer("r_3"), asked(), "ask")
        assert [entry.id for entry in history.list(9)] == ["r_3", "r_1"]


def test_lines_that_are_none_of_ours_are_passed_over(history: History) -> None:
    history.append(answer("r_1"), asked(), "ask")
    with history.path.open("ab") as file:
        file.write(b'null\n[]\n{"at": 1}\n\xff\xfe\n{"at": "x", "record": []}\n' + b"[" * 100_000 + b"\n\n")
        file.write(b'{"at": "2999", "record": {"id": "r_2"}, "messages": [1, {"role": "agent"}]}\n')
    history.append(answer("r_3"), asked(), "ask")
    assert [entry.id for entry in history.list(9)] == ["r_3", "r_2", "r_1"]


def test_reading_backwards_meets_every_line_whatever_the_block(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"r_{number}" for number in range(12)]
    for name in names:
        history.append(answer(name, "傷" * (hash(name) % 40)), asked(), "ask")
    for block in (1, 7, 64, 1_000):
        monkeypatch.setattr(lines, "_BLOCK", block)
        assert [entry.id for entry in history.entries()] == names[::-1]


def test_a_line_without_an_end_costs_no_memory_and_hides_nothing(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.append(answer("r_1"), asked(), "ask")
    with history.path.open("ab") as file:
        file.write(b'{"x": "' + b"x" * 20_000 + b'"}\n')
    history.append(answer("r_2"), asked(), "ask")
    monkeypatch.setattr(lines, "_BLOCK", 1_000)
    monkeypatch.setattr(lines, "MAX_LINE", 5_000)
    assert [entry.id for entry in history.list(9)] == ["r_2", "r_1"]
    written = io.BytesIO()
    assert history.export(written) == 2


def test_export_is_every_whole_line_oldest_first(history: History) -> None:
    history.append(answer("r_1"), asked(), "ask")
    history.rate("r_1", "good")
    history.append(answer("r_2"), asked(), "ask")
    with history.path.open("ab") as file:
        file.write(b'{"torn')
    written = io.BytesIO()
    assert history.export(written) == 3
    found = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line.get("rates") or line["record"]["id"] for line in found] == ["r_1", "r_1", "r_2"]


def test_purge_takes_old_answers_with_their_ratings(history: History) -> None:
    for name in ("old", "again", "new"):
        history.append(answer(name), asked(), "ask")
    history.rate("old", "bad", "about a purged answer")
    history.edit("old", "a purged answer, edited")
    history.append(answer("again", "newer"), asked(), "batch")
    history.rate("again", "good")
    rows = history.path.read_bytes().splitlines(keepends=True)
    for number in (0, 1):
        rows[number] = rows[number].replace(b'{"at": "20', b'{"at": "19')
    history.path.write_bytes(b"".join(rows) + b'{"torn')
    assert history.purge(90) == 2
    assert [entry.id for entry in history.list(9)] == ["again", "new"]
    assert history.show("again").rated is not None
    assert b"purged answer" not in history.path.read_bytes()
    assert history.path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in history.path.parent.iterdir()) == ["answers.jsonl", "answers.lock"]


def test_purge_takes_no_newer_answer_for_a_rating_of_an_old_one_called_none(history: History) -> None:
    for name in ("None", "new"):
        history.append(answer(name), asked(), "batch")
    rows = history.path.read_bytes().splitlines(keepends=True)
    history.path.write_bytes(rows[0].replace(b'{"at": "20', b'{"at": "19') + rows[1])
    history.rate("None", "bad")
    assert history.purge(90) == 1
    assert [entry.id for entry in history.list(9)] == ["new"]
    assert b'"rates"' not in history.path.read_bytes()


def test_the_next_answer_purges_once_a_day_has_passed(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(days: int) -> None:
        monkeypatch.setattr(module, "now", lambda: module._days_ago(days))

    for days in (95, 91, 3):
        at(days)
        history.append(answer(f"r_{days}"), asked(), "ask")
    assert [entry.id for entry in history.list(9)] == ["r_3", "r_91"]
    inode = history.path.stat().st_ino
    at(0)
    history.append(answer("r_0"), asked(), "ask")
    assert [entry.id for entry in history.list(9)] == ["r_0", "r_3", "r_91"]
    assert history.path.stat().st_ino == inode, "within the day nothing is written anew"


def test_old_answers_go_although_no_new_ones_are_kept(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(module, "now", lambda: module._days_ago(95))
        history.append(answer("old"), asked(), "ask")
    History(history.path, keep="off").append(answer("new"), asked(), "ask")
    assert history.path.read_bytes() == b""


def test_where_no_answers_are_kept_one_waits_for_nobody_who_writes(history: History) -> None:
    history.append(answer("old"), asked(), "ask")
    with locked(history.path.with_suffix(".lock")):
        History(history.path, keep="off", keep_days=0).append(answer("new"), asked(), "ask")
    assert [entry.id for entry in history.list(9)] == ["old"]


def test_0_days_keep_no_answer_at_all(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "now", lambda: module._days_ago(0))
    history.append(answer(), asked(), "ask")
    history.rate("r_1", "bad", "rude")
    assert history.purge(0) == 1
    assert history.path.read_bytes() == b""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(history: History) -> None:
    acknowledged: list[str] = []
    for number in range(10):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                for count in range(10_000):
                    history.append(answer(f"r_{number}_{count}"), asked(), "batch")
                    os.write(writer, f"r_{number}_{count}\n".encode())
            os._exit(1)
        os.close(writer)
        with open(reader, "rb") as pipe:
            first = pipe.readline()
            time.sleep(0.003)
            os.kill(child, signal.SIGKILL)
            acknowledged += [line.decode().strip() for line in (first, *pipe)]
        os.waitpid(child, 0)
    assert len(acknowledged) >= 10
    assert set(acknowledged) <= {entry.id for entry in history.entries()}


def test_a_write_that_fails_leaves_the_file_as_it_was(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.append(answer("r_1"), asked(), "ask")
    before = history.path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[: len(data) // 2]))
    with pytest.raises(StorageError, match="no space left"):
        history.append(answer("r_2"), asked(), "ask")
    monkeypatch.undo()
    assert history.path.read_bytes() == before


def test_what_is_not_a_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine\n")
    for name, make in {
        "folder": Path.mkdir,
        "fifo": os.mkfifo,
        "link": lambda path: path.symlink_to(target),
    }.items():
        make(tmp_path / name)
        history = History(tmp_path / name)
        for use in (lambda h=history: h.list(1), lambda h=history: h.append(answer(), asked(), "ask")):
            with pytest.raises(StorageError):
                use()
    assert target.read_text() == "mine\n"
