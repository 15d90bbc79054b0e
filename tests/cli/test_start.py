"""What a command loads, and how it is asked for help."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import denju as engine
import denju_tui
from commands import Denju, Done
from denju_tui.locale import texts

HEAVY = {"numpy", "textual", "ctransformers", "tinydb", "rank_bm25", "rich", "httpx2", "tomlkit", "pydantic"}


def loaded_by(*arguments: str) -> set[str]:
    """Modules that a clean process has loaded at the end of a command."""
    code = (
        "import sys; from denju_tui.__main__ import main; code = main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True)
    return set(done.stderr.decode().splitlines()[-1].split())


def test_the_version_loads_next_to_nothing() -> None:
    assert not loaded_by("--version") & {*HEAVY, "typer", "tomllib", "json", "typing", "denju.values"}


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["ask", "--help"], ["library", "list", "-h"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded_by(*arguments) & {*HEAVY, "tomllib"}


def test_a_command_that_needs_no_search_and_no_student_loads_neither(home: object) -> None:
    assert not loaded_by("library", "export") & {"numpy", "textual", "ctransformers", "rank_bm25", "pydantic"}
    assert not loaded_by("config", "show") & HEAVY
    assert not loaded_by("config", "set", "screen.keys", "ask.copy=f11") & (HEAVY - {"tomlkit"})


def test_one_search_of_a_kept_index_loads_no_numpy(home: object) -> None:
    loaded_by("library", "search", "傷")  # keeps it of this library, should the one that was copied be of another
    assert not loaded_by("library", "search", "The parts are scratched.") & {"numpy", "rank_bm25", "pydantic"}


def test_an_answer_loads_the_native_library_in_the_other_process_only(home: object) -> None:
    assert not loaded_by("ask", "部品に傷", "--max-tokens", "2") & {
        "textual", "ctransformers", "huggingface_hub", "pydantic",
    }  # fmt: skip


def test_a_home_folder_that_is_not_there_is_told_in_two_lines(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_HOME", "~no-such-user/data")
    done = denju("library", "list")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "denju: DENJU_HOME: ~no-such-user/data: there is no such home folder.\n  Set DENJU_HOME to a whole path.\n"
    )


def test_version(denju: Denju) -> None:
    for arguments in (["--version"], ["-V"], ["--version", "ask"]):
        assert denju(*arguments) == Done(0, f"denju {engine.__version__}\n", "")


def test_no_command_and_no_terminal_is_a_usage_error_with_help(denju: Denju) -> None:
    done = denju()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: denju ") and "  library " in done.err


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (["bogus"], "No such command 'bogus'", "denju --help"),
        (["library"], "Missing command", "denju library --help"),
        (["library", "show"], "Missing argument 'ID'", "denju library show --help"),
        (["ask", "--foo", "x"], "No such option: --foo", "denju ask --help"),
        (["ask", "x", "--seed", "one"], "--seed", "denju ask --help"),
        (["ask", "x", "--seed", "-1"], "--seed", "denju ask --help"),
        (["ask", "x", "--max-tokens", "0"], "--max-tokens", "denju ask --help"),
        (["ask", "x", "--language", "fr"], "--language", "denju ask --help"),
        (["ask"], "Give one message", "denju ask"),
        (["ask", "x", "--messages", "f"], "Give one message", "denju ask"),
        (["ask", "x", "--strategy", "s", "--no-strategy"], "exclude each other", "Give one"),
        (["import", "x", "--reviewer", "sato"], "needs --approve", "Give both"),
    ],
)
def test_wrong_arguments(denju: Denju, arguments: list[str], what: str, hint: str) -> None:
    done = denju(*arguments)
    first, second = done.err.splitlines()
    assert done.code == 2
    assert done.out == ""
    assert first.startswith("denju: ") and what in first
    assert second.startswith(f"  {hint}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "x", "--seed", "1.5"], "'1.5' is not a whole number."),
        (["ask", "x", "--seed", "-1"], "-1 is out of bounds: at least 0."),
        (["ask", "x", "--max-tokens", "5000"], "5,000 is out of bounds: 1 to 4,096."),
        (["ask", "x", "--language", "fr"], "'fr' is not one of ja, en."),
        (["history", "rate", "r_1", "fine"], "'fine' is not one of good, bad."),
    ],
)
def test_a_value_of_the_wrong_kind(denju: Denju, arguments: list[str], told: str) -> None:
    assert told in denju(*arguments).err


IN_JAPANESE = [
    (["bogus"], "'bogus' というコマンドはありません。", "denju --help"),
    (["librar"], "'librar' というコマンドはありません。'library' のことですか。", "denju --help"),
    (["library"], "コマンドを指定してください。", "denju library --help"),
    (["library", "show"], "引数 'ID' を指定してください。", "denju library show --help"),
    (
        ["history", "rate", "r_1"],
        "引数 'rating' を次から選んで指定してください：\n\tgood,\n\tbad",
        "denju history rate --help",
    ),
    (["ask", "--foo", "x"], "--foo というオプションはありません。", "denju ask --help"),
    (
        ["ask", "--langage", "ja"],
        "--langage というオプションはありません（近いもの：--language）。",
        "denju ask --help",
    ),
    (["ask", "x", "--seed"], "オプション '--seed' には値が要ります。", "denju --help"),
    (["ask", "--no-strategy=3"], "オプション '--no-strategy' に値は付けられません。", "denju --help"),
    (["library", "list", "draft"], "余分な引数があります (draft)", "denju library list --help"),
    (["library", "list", "draft", "{b}"], "余分な引数があります (draft {b})", "denju library list --help"),
    (
        ["ask", "x", "--seed", "1.5"],
        "'--seed' の値が正しくありません：'1.5' は整数ではありません。",
        "denju ask --help",
    ),
    (
        ["learn", "plan", "--budget", "x"],
        "'--budget' の値が正しくありません：'x' は数ではありません。",
        "denju learn plan --help",
    ),
    (["ask", "x", "--seed", "-1"], "'--seed' の値が正しくありません：-1 は範囲外です（0 以上）。", "denju ask --help"),
    (
        ["ask", "x", "--max-tokens", "5000"],
        "'--max-tokens' の値が正しくありません：5,000 は範囲外です（1 から 4,096 まで）。",
        "denju ask --help",
    ),
    (
        ["ask", "x", "--language", "fr"],
        "'--language' の値が正しくありません：'fr' は ja, en のどれでもありません。",
        "denju ask --help",
    ),
]


@pytest.mark.parametrize(("arguments", "what", "hint"), IN_JAPANESE)
def test_wrong_arguments_are_told_in_japanese(
    denju: Denju, monkeypatch: pytest.MonkeyPatch, arguments: list[str], what: str, hint: str
) -> None:
    monkeypatch.setenv("DENJU_PERSON_LANGUAGE", "ja")
    assert denju(*arguments) == Done(2, "", f"denju: {what}\n  {hint}\n")


def test_every_japanese_sentence_about_arguments_is_of_one_that_is_told(denju: Denju) -> None:
    """Most of them are Typer's, not ours: another version may word them in another way."""
    file = Path(denju_tui.__file__).parent / "locale" / "errors.ja.toml"
    left = dict(tomllib.loads(file.read_text("utf-8"))["arguments"])
    for arguments, _, _ in IN_JAPANESE:
        said = denju(*arguments).err.removeprefix("denju: ").rsplit("\n  ", 1)[0]
        assert texts("ja").said(said) != said
        for key in [key for key in left if all(part in said for part in re.split(r"\{\w+\}", key))]:
            del left[key]
    assert left == {}
