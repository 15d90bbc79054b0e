"""Settings: one declaration, four origins, and errors that name the place."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from denju import settings
from denju.errors import SettingsError
from denju.settings import DECLARED, Settings, Sourced, write


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, "utf-8")
    return path


def test_each_value_says_where_it_came_from(tmp_path: Path) -> None:
    path = written(tmp_path, '[student]\nthreads = 1\nmax_tokens = 99\n[person]\nname = "佐藤"\n')
    environ = {"DENJU_STUDENT_THREADS": "2", "DENJU_NETWORK_OFFLINE": "yes"}
    loaded = Settings.load(path, environ, {"student.context": 512}).sourced()
    assert loaded["student.threads"] == Sourced(2, "environment")
    assert loaded["student.max_tokens"] == Sourced(99, "file")
    assert loaded["person.name"] == Sourced("佐藤", "file")
    assert loaded["student.context"] == Sourced(512, "caller")
    assert loaded["network.offline"] == Sourced(True, "environment")
    assert loaded["student.kind"] == Sourced("ctransformers", "default")
    assert list(loaded) == [each.name for each in DECLARED]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[student]\nthreads = -1\n", "at least 0"),
        ("[student]\nthreads = 1.5\n", "whole number"),
        ('[student]\nthreads = "many"\n', "whole number"),
        ("[student]\nthreads = true\n", "whole number"),
        ("[student]\ntemperature = nan\n", "at most"),
        ('[student]\nkind = "gpt"\n', "one of"),
        ("[student]\nmodel = 3\n", "expected text"),
        ("[network]\noffline = 3\n", "true or false"),
        ("[student]\nthread = 1\n", "no setting"),
        ("threads = 1\n", "no setting"),
        ("[student\n", "settings.toml"),
        (f"[teacher]\nbudget_day = 1{'0' * 400}\n", "at most 100000, found inf"),
        (f"[history]\nkeep_days = -1{'0' * 400}\n", "at least 1, found -inf"),
        (f"[history]\nkeep_days = 1{'0' * 5000}\n", "settings.toml"),
    ],
)
def test_a_wrong_file_names_the_setting(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=told) as caught:
        Settings.load(path, {})
    assert str(path) in caught.value.what
    assert "config show" not in caught.value.hint, "that stops at the same error"
    assert caught.value.exit_code == 2


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DENJU_STUDENT_THREADS"):
        Settings.load(tmp_path / "none.toml", {"DENJU_STUDENT_THREADS": "x"})


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe[")
    with pytest.raises(SettingsError):
        Settings.load(path, {})


def test_a_file_with_a_byte_order_mark_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xef\xbb\xbf[student]\nthreads = 2\n")
    assert Settings.load(path, {}).integer("student.threads") == 2
    write(path, "student.context", 512)
    assert Settings.load(path, {}).integer("student.threads") == 2


def test_writing_keeps_comments_and_other_values(tmp_path: Path) -> None:
    path = written(tmp_path, '# ours\n[person]\nname = "佐藤"  # lead\n')
    settings.write(path, "student.threads", 1)
    settings.write(path, "person.name", "田中")
    assert path.read_text("utf-8").startswith('# ours\n[person]\nname = "田中"')
    loaded = Settings.load(path, {})
    assert (loaded.integer("student.threads"), loaded.text("person.name")) == (1, "田中")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_wrong_value_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path, "[student]\nthreads = 1\n")
    with pytest.raises(SettingsError):
        settings.write(path, "student.threads", -3)
    assert path.read_text("utf-8") == "[student]\nthreads = 1\n"


def test_a_value_that_no_file_can_hold_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path, "[student]\nthreads = 1\n")
    for name in ("person.name", "library.path"):
        with pytest.raises(SettingsError, match=f"{name}: not UTF-8") as caught:
            settings.write(path, name, "/srv/\udcff.json")
        assert "\udcff" not in caught.value.what
    assert path.read_text("utf-8") == "[student]\nthreads = 1\n"


def test_every_default_is_a_value_of_its_own_setting(tmp_path: Path) -> None:
    for each in DECLARED:
        loaded = Settings.load(tmp_path / "none.toml", {each.variable: str(each.default)}).sourced()[each.name]
        assert loaded == Sourced(each.default, "environment")


def test_two_who_set_different_values_at_once_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    names = ("student.threads", "student.top_k", "student.max_tokens", "history.keep_days")
    for value in range(1, 6):
        writers = [
            multiprocessing.get_context("fork").Process(target=write, args=(path, name, value)) for name in names
        ]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
        assert [Settings.load(path).integer(name) for name in names] == [value] * len(names)


def test_a_linked_file_stays_linked_and_any_table_is_written_to(tmp_path: Path) -> None:
    real, path = tmp_path / "dotfiles" / "settings.toml", tmp_path / "settings.toml"
    real.parent.mkdir()
    real.write_text('person = {name = "sato"}\nstudent.threads = 2\n', "utf-8")
    path.symlink_to(real)
    write(path, "person.language", "ja")
    write(path, "student.top_k", 3)
    assert path.is_symlink()
    settings = Settings.load(path)
    found = [settings.text("person.name"), settings.text("person.language"), settings.integer("student.threads")]
    assert (found, settings.integer("student.top_k")) == (["sato", "ja", 2], 3)
