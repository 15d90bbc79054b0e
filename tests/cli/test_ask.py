"""``denju ask`` with the practice student."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Denju
from denju.errors import StorageError, StudentDied
from denju.events import Progress
from denju.testing import FakeStudent

SHORT = ("--max-tokens", "8")
KEYS = [
    "schema", "id", "answer", "language", "match", "strategy", "general", "runners_up", "threshold", "student",
    "facts", "tokens", "cut_turns", "finish", "unsupported", "policies", "seed", "seconds", "error",
]  # fmt: skip
SCRATCH = "部品に傷がありました。検査はどうなっているのですか。"
LATE = "The parts arrived two days late and our line has stopped."
OFF_TOPIC = "Please recommend a recipe for a chocolate cake with strawberries."


@pytest.mark.parametrize(("message", "language"), [(SCRATCH, "ja"), (LATE, "en")])
def test_the_answer_is_on_stdout_and_the_strategy_on_stderr(denju: Denju, message: str, language: str) -> None:
    record = denju("ask", message, "--json", *SHORT).json()
    done = denju("ask", message, *SHORT)
    assert done.code == 0
    assert done.out == record["answer"] + "\n"
    assert record["language"] == language
    assert f"strategy: {record['strategy']['title']}  (confidence 0." in done.err
    assert record["strategy"]["id"] in done.err
    assert f"  matched: {', '.join(term['term'] for term in record['strategy']['terms'])}" in done.err
    assert "practice model: for trying denju, not for customers" in done.err


def test_json_is_the_record_alone_on_one_line(denju: Denju) -> None:
    done = denju("ask", SCRATCH, "--json", "--seed", "7", *SHORT)
    record = done.json()
    assert list(record) == KEYS
    assert record["match"] == "matched" and record["seed"] == 7 and record["error"] is None
    assert record["student"]["practice"] is True and len(record["student"]["sha256"]) == 64
    assert record["tokens"]["completion"] == 8 and record["finish"] == "length"
    assert "部品" in done.out, "Japanese stays readable"
    assert done.err.splitlines() == [
        "practice model: for trying denju, not for customers; a real one: denju models use FILE"
    ]


def test_japanese_interface(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    done = denju("ask", SCRATCH, *SHORT)
    assert done.err.startswith("方針: ") and "一致した語: " in done.err and "練習用モデル" in done.err


def test_nothing_matches(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    record = denju("ask", OFF_TOPIC, "--json", *SHORT).json()
    assert record["match"] == "none" and record["strategy"] is None
    fallback = record["general"][-1]["title"]
    done = denju("ask", OFF_TOPIC, *SHORT)
    assert done.code == 0
    assert done.err.startswith("no match") and f"served instead: {fallback}\n" in done.err

    monkeypatch.setenv("DENJU_ANSWERING_NO_MATCH", "none")
    done = denju("ask", OFF_TOPIC)
    assert (done.code, done.out) == (0, "")
    assert "no answer was written" in done.err and "practice" not in done.err


def test_strict_ends_with_4(denju: Denju) -> None:
    done = denju("ask", OFF_TOPIC, "--strict", "--json")
    assert done.code == 4
    assert done.json()["error"]["kind"] == "no_match" and done.json()["match"] == "none"
    assert "denju: Nothing in the library fits this message.\n  Leave --strict out" in done.err


def test_greeting_no_strategy_and_a_forced_one(denju: Denju) -> None:
    assert denju("ask", "いつもお世話になっております。", "--json", *SHORT).json()["match"] == "waiting"
    assert denju("ask", SCRATCH, "--no-strategy", "--json", *SHORT).json()["match"] == "off"
    forced = denju("ask", SCRATCH, "--strategy", "start-delivery-late-linestop-ja", "--json", *SHORT).json()
    assert forced["match"] == "forced" and forced["strategy"]["id"] == "start-delivery-late-linestop-ja"
    missing = denju("ask", SCRATCH, "--strategy", "st_nowhere")
    assert missing.code == 1 and "st_nowhere" in missing.err


def test_the_language_can_be_named(denju: Denju) -> None:
    record = denju("ask", SCRATCH, "--language", "en", "--json", *SHORT).json()
    assert record["language"] == "en" and record["strategy"]["id"].endswith("-en")


def test_a_message_from_stdin_and_a_conversation_from_a_file(denju: Denju, tmp_path: Path) -> None:
    piped = denju("ask", "-", "--json", *SHORT, stdin=b"\xef\xbb\xbf" + SCRATCH.encode()).json()
    file = tmp_path / "talk.json"
    turns = [
        {"role": "customer", "text": "お世話になっております。"},
        {"role": "agent", "text": "いつもありがとうございます。"},
        {"role": "customer", "text": SCRATCH},
    ]
    file.write_text(json.dumps(turns))
    talk = denju("ask", "--messages", str(file), "--json", *SHORT).json()
    assert piped["strategy"]["id"] == talk["strategy"]["id"] == "start-defect-scratch-ja"
    assert talk["tokens"]["prompt"] > piped["tokens"]["prompt"]
    [entry, _] = denju("history", "list", "--json").json_lines()
    assert entry["messages"] == turns


def test_facts_are_text_or_the_lines_of_a_file(denju: Denju, tmp_path: Path) -> None:
    file = tmp_path / "facts.txt"
    file.write_text("在庫: 120 個\n担当: 田中様\n")
    long = "単価: 1,200 円 " + "x" * 300  # longer than a name can be
    record = denju("ask", SCRATCH, "--facts", "納期: 12月3日", "--facts", str(file), "--facts", long, "--json", *SHORT)
    assert record.json()["facts"] == ["納期: 12月3日", "在庫: 120 個", "担当: 田中様", long]
    assert "no file" not in record.err
    mistyped = denju("ask", SCRATCH, "--facts", "fact.txt", "--facts", "納期: 12/3", "--json", *SHORT)
    assert mistyped.json()["facts"] == ["fact.txt", "納期: 12/3"]
    assert mistyped.err.count("There is no file") == mistyped.err.count("There is no file fact.txt;") == 1
    file.write_bytes(b"x" * (2**20 + 1))
    assert "larger than 1 MB" in denju("ask", SCRATCH, "--facts", str(file)).err


def test_ctrl_c_keeps_what_was_said(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    words = iter(range(100))
    student = FakeStudent(answers=["one two three four five"])
    student.before_token = lambda: next(words) == 3 and signal.raise_signal(signal.SIGINT)
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: student)
    done = denju("ask", SCRATCH)
    assert (done.code, done.out) == (130, "one two three\n")
    assert done.err.splitlines()[-1] == "denju: Stopped."
    [entry] = denju("history", "list", "--json").json_lines()
    assert entry["record"]["finish"] == "cancelled" and entry["record"]["answer"] == "one two three"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler and student.closed


def test_stopped_while_the_model_loads_nothing_is_said_to_have_served(
    denju: Denju, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loading(FakeStudent):
        def load(self, cancel: threading.Event) -> Iterator[Progress]:
            signal.raise_signal(signal.SIGINT)
            yield from super().load(cancel)

    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: Loading())
    done = denju("ask", OFF_TOPIC)
    assert (done.code, done.out) == (130, "")
    assert "no answer was written" not in done.err and "served" not in done.err


def test_what_is_wrong_with_an_answer_is_told(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    student = FakeStudent(answers=["Dear Mr Miller, we guarantee a refund of 4,711 euros by 3 May."])
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: student)
    done = denju("ask", LATE)
    assert done.code == 0 and "practice" not in done.err
    assert "given nowhere: " in done.err and "Miller" in done.err and "4,711" in done.err
    assert "breaks a rule: " in done.err


def test_a_student_that_dies_leaves_what_it_said(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    student = FakeStudent(answers=[StudentDied("The student's process ended.", "Ask again.")])
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: student)
    done = denju("ask", LATE)
    assert (done.code, done.out) == (1, "I am\n")
    assert done.err.endswith("denju: The student's process ended.\n  Ask again.\n")
    record = denju("ask", LATE, "--json")
    assert record.code == 1 and record.json()["error"]["kind"] == "student_died"


def test_what_is_wrong_with_an_answer_is_told_although_it_cannot_be_kept(
    denju: Denju, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("The disk is full.", "Free some space.")

    student = FakeStudent(answers=["Dear Mr Miller, we guarantee a refund of 4,711 euros by 3 May."], practice=True)
    monkeypatch.setattr("denju.student.ctransformers_student.CtransformersStudent", lambda **_: student)
    monkeypatch.setattr("denju.answering.history.History.append", full)
    done = denju("ask", LATE)
    assert (done.code, done.out) == (1, f"{student.answers[0]}\n")
    assert "given nowhere: " in done.err and "breaks a rule: " in done.err and "practice model: " in done.err
    assert done.err.endswith("denju: The disk is full.\n  Free some space.\n")
    record = denju("ask", LATE, "--json").json()
    assert (record["finish"], record["error"]["kind"]) == ("stop", "storage")


@pytest.mark.parametrize("message", ["", "   ", "\x1b[2J\x07", "\udc81"])
def test_a_message_without_text(denju: Denju, message: str) -> None:
    done = denju("ask", message)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("denju: There is no message to answer.\n  ")


def test_a_hostile_message_is_answered_and_reaches_no_terminal(denju: Denju) -> None:
    hostile = "部品に\0傷\x1b]52;c;ZWNobw==\x07が\u202eあり\x9b31mました\ud800"
    done = denju("ask", hostile, "--facts", "x\x1b[31m", "--json", *SHORT)
    assert done.json()["strategy"]["id"] == "start-defect-scratch-ja"
    shown = denju("history", "show", done.json()["id"])
    for text in (done.out, done.err, shown.out, shown.err):
        assert not set(text) & set("\0\x07\x1b\x9b\u202e\ud800")


@pytest.mark.parametrize(
    ("stdin", "what"),
    [
        (b"\x95\x94\x95i\x82\xc9\x8f\x9d", "not UTF-8"),
        ("部品に傷がありました。".encode()[:-1], "not UTF-8"),
        (b"x" * (4 * 2**20 + 1), "larger than 4 MB"),
        (("傷がありました。" * 3_000).encode(), "tokens; this student takes"),
        (b"The parts arrived late. " * 44_000, "tokens; this student takes"),
    ],
    ids=["shift-jis", "cut off", "5 MB", "10 times the context", "1 MB"],
)
def test_a_message_that_cannot_be_answered(denju: Denju, stdin: bytes, what: str) -> None:
    done = denju("ask", "-", stdin=stdin)
    assert done.out == "" and done.code in (1, 2)
    assert what in done.err and done.err.splitlines()[-1].startswith("  ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_message_with_a_mark_of_its_encoding_is_read(denju: Denju, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "facts.txt"
    file.write_bytes("ご担当: ㈱髙橋 ①\r\n".encode(encoding))
    done = denju("ask", "-", "--facts", str(file), "--json", *SHORT, stdin="部品に傷がありました。".encode(encoding))
    record = done.json()
    assert record["strategy"]["id"] == "start-defect-scratch-ja"
    assert record["facts"] == ["ご担当: ㈱髙橋 ①"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[1]", b'[{"role": "boss", "text": "x"}]', b"[" * 100_000])
def test_a_wrong_conversation(denju: Denju, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "talk.json"
    file.write_bytes(content)
    done = denju("ask", "--messages", str(file))
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 2


def test_odd_files(denju: Denju, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for odd, code in ((fifo, 2), (tmp_path, 2), ("/dev/zero", 2), (tmp_path / "missing", 1), ("a\0b", 2)):
        done = denju("ask", "--messages", str(odd))
        assert (done.code, len(done.err.splitlines())) == (code, 2), done
