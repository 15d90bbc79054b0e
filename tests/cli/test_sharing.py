"""``denju init --shared``: two accounts of this machine, one library."""

from __future__ import annotations

import grp
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts import FIRST, GROUP, SECOND, STRANGER, Desk, accounts
from commands import Denju
from denju.library import starter
from denju.library.store import Library
from denju_tui.__main__ import main


@pytest.fixture
def desk() -> Iterator[Desk]:
    with accounts() as desk:
        yield desk


def does(*arguments: str, code: int = 0) -> Callable[[], None]:
    """The command, which must end with ``code``."""

    def run() -> None:
        assert main(arguments) == code, arguments

    return run


def test_two_colleagues_begin_change_and_judge_one_library(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the commands load and read is loaded here: the accounts need not be able to read this project.
    made = starter.strategies()
    monkeypatch.setattr(starter, "strategies", lambda: made)
    assert main(["init", "--shared", GROUP, str(desk.folder.with_name("root"))]) == 0
    for command in (["library", "add", "--title", "x", "--situation", "y"], ["history", "list"], ["library", "list"]):
        assert main(command) == 0
    assert main(["review", "reject", "st_", "--why", "x"]) == 0

    library = Library(desk.folder / "library.json")
    assert desk.as_user(FIRST, does("init", "--shared", GROUP, str(desk.folder))) == ""
    desk.expect_shared()
    assert len(library.all()) == len(made)
    assert desk.as_user(SECOND, does("config", "set", "library.path", str(library.path))) == ""
    add = does("library", "add", "--title", "Scratched part", "--situation", "A part is scratched")
    assert desk.as_user(SECOND, add) == ""
    (draft,) = library.all(status="draft")
    assert draft.origin.by == SECOND, "the login name"
    assert desk.as_user(FIRST, does("review", "reject", draft.id, "--why", "Say which part")) == ""
    (review,) = library.get(draft.id).reviews
    assert (review.by, review.why) == (FIRST, "Say which part")
    desk.expect_shared()

    assert desk.as_user(STRANGER, does("config", "set", "library.path", str(library.path))) == ""
    assert desk.as_user(STRANGER, does("library", "list", code=2)) == "", "the folder is closed to strangers"
    for name in (FIRST, SECOND):
        assert desk.as_user(name, does("history", "list")) == ""
        for each in desk.home(name).rglob("*"):
            assert each.owner() == name
            assert not each.stat().st_mode & 0o077, f"{each} is for {name} alone"


def test_the_place_is_printed_and_the_user_works_there(denju: Denju, home: Path, tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    done = denju("init", "--shared", group, str(tmp_path / "desk"))
    shared = tmp_path / "desk" / "library.json"
    assert (done.code, done.out) == (0, f"{shared}\n")
    assert f"library.path {shared}" in done.err
    assert str(home / "library" / "library.json") in done.err, "the user's own stays"
    denju("library", "delete", "start-delivery-late-linestop-en", "--yes")
    assert "start-delivery-late-linestop-en" not in json.dumps(denju("library", "list", "--json").json_lines())
    assert b"start-delivery-late-linestop-en" in (home / "library" / "library.json").read_bytes()
    before = Library(shared).all()
    assert denju("init", "--shared", group, str(tmp_path / "desk")).code == 0
    assert Library(shared).all() == before, "what is there stays"
    shared.unlink()
    assert denju("init", "--shared", group, str(tmp_path / "desk")).code == 0
    assert not shared.exists(), "there are backups of it"
    assert "--repair --from-backup" in denju("library", "list").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["DIR"], "--shared"),
        (["--shared", "no-such-group", "DIR"], "no group"),
        (["--shared", "GROUP", "missing/DIR"], "no such folder"),
    ],
)
def test_what_cannot_be_shared_is_said_and_changes_nothing(
    denju: Denju, home: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    filled = {"DIR": str(tmp_path / "desk"), "missing/DIR": str(tmp_path / "no" / "desk")}
    filled["GROUP"] = grp.getgrgid(os.getgid()).gr_name
    done = denju("init", *(filled.get(each, each) for each in arguments))
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (home / "settings.toml").exists()
    assert not (tmp_path / "desk").exists()
