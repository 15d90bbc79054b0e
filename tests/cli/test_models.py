"""``denju models``."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from commands import Denju
from gguf_files import write


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny.gguf")


def test_the_practice_model_is_there_at_once(denju: Denju) -> None:
    [practice] = denju("models", "list", "--json").json_lines()
    data = (files("denju.data") / "practice.gguf").read_bytes()
    assert practice["practice"] and practice["used"] and practice["sha256"] == hashlib.sha256(data).hexdigest()
    assert denju("models", "list").out.split("\t")[:3] == [practice["sha256"][:12], "*", "practice"]


def test_a_file_is_copied_and_used_from_then_on(denju: Denju, model: Path, home: Path) -> None:
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    used = denju("models", "use", str(model))
    assert used.code == 0 and "The student runs" in used.err and "Next: denju doctor" in used.err
    copy = home / "models" / f"{sha256}.gguf"
    assert copy.stat().st_mode & 0o777 == 0o400
    assert [each["used"] for each in denju("models", "list", "--json").json_lines()] == [False, True]
    answered = denju("ask", "部品に傷がありました。", "--no-strategy", "--max-tokens", "2", "--json")
    assert answered.json()["student"]["sha256"] == sha256, "its context may be too small, and then it says so"
    assert "practice model" not in answered.err
    back = denju("models", "use", "practice")
    assert "practice model" in back.err and denju("models", "list", "--json").json_lines()[0]["used"]
    assert denju("models", "use", sha256[:10]).code == 0


def test_another_model_gets_the_layout_it_was_trained_on(denju: Denju, model: Path) -> None:
    denju("models", "use", str(model))
    denju("config", "set", "student.template", "llama-2")
    denju("models", "use", str(model))
    assert "template llama-2" in denju("doctor").out, "for the same model it stays"
    denju("models", "use", "practice")
    assert "template practice" in denju("doctor").out


def test_the_environment_wins_and_it_is_said(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_STUDENT_MODEL", "practice")
    assert "DENJU_STUDENT_MODEL is set in the environment" in denju("models", "use", "practice").err


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + b"\xff" * 100, b"not a model" * 100])
def test_what_is_not_a_model_changes_nothing(denju: Denju, tmp_path: Path, home: Path, content: bytes) -> None:
    file = tmp_path / "odd.gguf"
    file.write_bytes(content)
    done = denju("models", "use", str(file))
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 2)
    assert not (home / "settings.toml").exists() and not list(home.glob("models/*.gguf"))


def test_a_model_that_is_not_there(denju: Denju, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("missing.gguf", "0123", str(tmp_path)):
        done = denju("models", "use", name)
        assert (done.code, len(done.err.splitlines())) == (1, 2)
    for name, told in (
        ("missing.gguf", "no such file"), ("/" + "x" * 300, "file name too long"), ("0123", "no model's sha256 begins"),
    ):  # fmt: skip
        assert told in denju("models", "use", name).err
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    assert "'0123'：sha256 がこれで始まるモデルはありません。" in denju("models", "use", "0123").err
    monkeypatch.delenv("DENJU_PERSON_LANGUAGE")
    monkeypatch.setenv("DENJU_STUDENT_MODEL", "0123")
    assert "denju models list" in denju("ask", "hello there").err


def test_what_is_gone_or_damaged_does_not_end_the_list(
    denju: Denju, home: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert denju("models", "use", str(model)).code == 0
    (home / "models" / f"{'0' * 64}.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("DENJU_STUDENT_MODEL", "deadbeef")
    listed = denju("models", "list", "--json")
    assert listed.code == 0 and "'deadbeef': no model's sha256 begins like this." in listed.err
    lines = listed.json_lines()
    assert [each["used"] for each in lines] == [False] * 3
    assert [each["error"] is None for each in lines] == [True, False, True]
    shown = denju("models", "list")
    assert shown.code == 0 and "\t\t(cannot be read)\t" in shown.out and f"{'0' * 64}.gguf: " in shown.err
