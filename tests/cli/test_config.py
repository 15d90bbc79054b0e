"""``denju config``."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Denju, Done


def test_every_value_says_where_it_came_from(denju: Denju, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert denju("config", "set", "person.name", "佐藤").code == 0
    monkeypatch.setenv("DENJU_STUDENT_THREADS", "1")
    report = denju("config", "show", "--json").json()
    assert report["file"] == str(home / "settings.toml")
    assert report["settings"]["person.name"] == {"value": "佐藤", "source": "file"}
    assert report["settings"]["student.threads"] == {"value": 1, "source": "environment"}
    assert report["settings"]["network.offline"] == {"value": False, "source": "default"}
    shown = denju("config", "show")
    assert "person.name\t佐藤\tfile\n" in shown.out and "network.offline\tfalse\tdefault\n" in shown.out
    assert str(home / "settings.toml") in shown.err


def test_set_keeps_the_rest_of_the_file(denju: Denju, home: Path) -> None:
    file = home / "settings.toml"
    file.write_text("# mine\n[history]\nkeep_days = 7  # a week\n")
    denju("config", "set", "history.keep", "no_texts")
    assert file.read_text() == '# mine\n[history]\nkeep_days = 7  # a week\nkeep = "no_texts"\n'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("person.nom", "x"), ("student.threads", "many"), ("history.keep", "some"), ("x", "y"),
        ("screen.keys", "ask.nothing=f12"), ("screen.keys", "ask.copy=f2"),
        ("screen.keys", "ask.copy=f11 ask.copy=f13"), ("screen.keys", "ask.stop=ctrl+b"),
    ],
)  # fmt: skip
def test_a_wrong_setting_changes_nothing(denju: Denju, home: Path, name: str, value: str) -> None:
    done = denju("config", "set", name, value)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 2)
    assert not (home / "settings.toml").exists()


def test_keys_are_chosen_and_taken_back_though_the_file_holds_what_the_app_refuses(denju: Denju, home: Path) -> None:
    (home / "settings.toml").write_text('[screen]\nkeys = "ask.nothing=f12"\n')
    assert denju("config", "set", "screen.keys", "ask.copy=f11").code == 0
    assert denju("config", "show", "--json").json()["settings"]["screen.keys"]["value"] == "ask.copy=f11"
    assert denju("config", "set", "screen.keys", "").code == 0
    assert denju("config", "show", "--json").json()["settings"]["screen.keys"]["value"] == ""


def test_a_wrong_file_and_a_wrong_variable(denju: Denju, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENJU_STUDENT_THREADS", "many")
    told = denju("ask", "hello").err
    assert "DENJU_STUDENT_THREADS" in told and "Correct it there" in told and "config show" not in told
    monkeypatch.delenv("DENJU_STUDENT_THREADS")
    for content in ("[", "[student]\nmodle = 1\n", "[student]\nthreads = 'x'\n"):
        (home / "settings.toml").write_text(content)
        done = denju("ask", "hello")
        assert (done.code, len(done.err.splitlines())) == (2, 2) and "settings.toml" in done.err


def test_errors_are_told_in_the_language_of_the_settings(denju: Denju, home: Path) -> None:
    denju("config", "set", "person.language", "ja")
    assert "方針 'nope' はありません。" in denju("library", "show", "nope").err
    (home / "settings.toml").write_text("[")
    assert "settings.toml" in denju("library", "show", "nope").err


def test_an_unexpected_error_is_one_line(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_(*_: object) -> None:
        raise RuntimeError("\x1b[31mbroken\nin two lines")

    monkeypatch.setattr("denju.workbench.Workbench.settings", property(break_))
    done = denju("config", "show", crashes=True)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "denju: unexpected error (RuntimeError: broken in two lines) – run with DENJU_DEBUG=1 for the traceback\n"
    )
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    told = denju("config", "show", crashes=True).err
    assert told.startswith("denju: 予期しないエラーです（RuntimeError: broken in two lines）")


def test_ctrl_c_before_a_command_has_begun(denju: Denju, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("denju_tui.cli.commands.run", interrupted)
    assert denju("config", "show") == Done(130, "", "denju: stopped\n")
