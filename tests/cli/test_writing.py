"""``denju library add|edit|delete|restore|history|diff|check`` and ``denju review``."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
from pathlib import Path

import pytest

from commands import Denju, command, environment, shown_on
from denju.paths import folder
from denju_tui.drafts import NEW, Place
from hostile import RAW

RETURNS = (
    "--title", "返品の相談", "--situation", "返品できるか聞かれた", "--cue", "返品できますか", "--cue", "返せますか",
    "--step", "お礼を言う", "--step", "注文番号を尋ねる", "--tag", "mine", "--priority", "急がせない",
    "--avoid-when", "不良品のとき",
)  # fmt: skip
HOSTILE = "a\x1b]52;c;x\x07b\u200f\u202e\U000e0041c\x9b1m[@click=app.quit]d[/]"


@pytest.fixture
def draft(denju: Denju) -> str:
    added = denju("library", "add", *RETURNS)
    assert added.code == 0 and "It is a draft" in added.err
    return added.out.strip()


def test_add_by_options(denju: Denju, draft: str) -> None:
    record = denju("library", "show", draft, "--json").json()
    assert (record["status"], record["language"], record["scope"]) == ("draft", "ja", "scenario")
    assert (record["cues"], record["steps"]) == (["返品できますか", "返せますか"], ["お礼を言う", "注文番号を尋ねる"])
    assert (record["tags"], record["avoid_when"], record["priorities"]) == (["mine"], ["不良品のとき"], ["急がせない"])
    assert record["origin"]["kind"] == "person" and record["origin"]["by"]


@pytest.mark.parametrize(
    "text", ["title: A\nsituation: B\nsteps:\n  - Ask\n", '{"title": "A", "situation": "B", "steps": ["Ask"]}']
)
def test_add_a_file_in_yaml_or_json(denju: Denju, tmp_path: Path, text: str) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(text)
    for source, stdin in ((str(file), b""), ("-", text.encode())):
        assert denju("library", "add", source, "--json", stdin=stdin).json()["steps"] == ["Ask"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "what"),
    [
        (["-"], b"title: a", "situation"), (["-"], b"title: [", "line 2"), (["--title", "x"], b"", "situation"),
        (["-", "--title", "x"], b"", "exclude each other"), ([], b"", "no terminal"), (["/none"], b"", "no such file"),
        (["-", "--scope", "policy"], b"title: a\nsituation: b", "exclude each other"),
        (["-", "--language", "ja"], b"title: a\nsituation: b", "exclude each other"),
        (["-"], b"title: a\nsituation: b\nstatus: approved", "set by denju"),
    ],
)  # fmt: skip
def test_what_cannot_be_added(denju: Denju, arguments: list[str], stdin: bytes, what: str) -> None:
    refused = denju("library", "add", *arguments, stdin=stdin)
    assert refused.code in (1, 2) and what in refused.err and refused.out == ""
    assert "kept" not in refused.err, "nothing was typed"
    assert denju("review", "list").err == "No draft waits.\n"


def test_the_whole_life_of_a_strategy(denju: Denju, draft: str) -> None:
    assert draft in denju("review", "list").out
    assert denju("review", "approve", draft[:8], "--reviewer", "佐藤", "--why", "試した").code == 0
    edited = denju("library", "edit", draft, "--file", "-", stdin="title: 返品\nsituation: 返品の相談".encode())
    assert edited.code == 0 and "revision 2 written" in edited.err
    found = denju("library", "search", "返品できますか", "--json").json()
    assert (found["strategy"]["id"], found["strategy"]["revision"]) == (draft, 1), "the approved one serves on"
    diff = denju("library", "diff", draft).out
    assert "  - 返品の相談\n  + 返品\n" in diff
    fields = {each["field"]: each for each in denju("library", "diff", draft, "1", "2", "--json").json_lines()}
    assert fields["title"] == {"field": "title", "before": "返品の相談", "after": "返品"}
    shown = denju("review", "show", draft, "--json").json()
    assert shown["serving"] == 1 and {each["field"] for each in shown["differences"]} == set(fields)
    assert denju("review", "reject", draft, "--why", "短すぎる").code == 0
    assert denju("review", "reject", draft).code == 2, "a reason is asked for"
    assert denju("library", "restore", draft, "--revision", "1", "--json").json()["origin"]["parent"] == 1
    rows = [line.split("\t") for line in denju("library", "history", draft).out.splitlines()]
    assert [row[:2] for row in rows] == [["1", "approved"], ["2", "rejected"], ["3", "draft"]]
    assert "佐藤" in rows[0][4] and "試した" in rows[0][4] and "短すぎる" in rows[1][4]
    assert len(denju("library", "history", draft, "--json").json_lines()) == 3
    assert denju("review", "retire", draft, "--why", "終売").code == 0
    assert denju("library", "delete", draft).code == 2, "nobody to ask"
    assert denju("library", "delete", draft, "--yes", "--why", "x").code == 0
    assert denju("library", "show", draft).code == 1


def test_an_edit_on_top_of_an_old_revision_names_both(denju: Denju, draft: str) -> None:
    text = b"revision: 1\ntitle: x\nsituation: y"
    assert denju("library", "edit", draft, "--file", "-", stdin=text).code == 0
    refused = denju("library", "edit", draft, "--file", "-", stdin=text.replace(b"x", b"z"))
    assert refused.code == 1 and "based on revision 1, but revision 2" in refused.err
    same = denju("library", "edit", draft, "--file", "-", stdin=b"title: x\nsituation: y")
    assert same.err == "Nothing was changed.\n"


def test_review_says_what_speaks_against_it(denju: Denju) -> None:
    copy = denju("library", "show", "start-defect-scratch-ja", "--json").json()
    fields = {name: copy[name] for name in ("title", "situation", "cues", "language")}
    text = json.dumps({**fields, "steps": ["全額返金いたします。"]}).encode()
    draft = denju("library", "add", "-", stdin=text).out.strip()
    shown = denju("review", "show", draft).out
    assert "never  " in shown and "warning" in shown and "start-defect-scratch-ja" in shown
    findings = {each["check"]: each for each in denju("review", "show", draft, "--json").json()["findings"]}
    assert findings["policy"]["overridable"] is False and findings["duplicate"]["overridable"] is True
    for arguments in ([], ["--override", "the boss says so"]):
        refused = denju("review", "approve", draft, *arguments)
        assert refused.code == 1 and "policy" in refused.err and refused.out == ""
    assert denju("library", "show", draft, "--json").json()["status"] == "draft"
    imported = denju("import", "-", "--approve", "--reviewer", "sato", stdin=text)
    assert imported.code == 1 and "policy" in imported.err, "an import is no way around it"
    ja = denju("config", "set", "person.language", "ja")
    assert ja.code == 0 and "不可" in denju("review", "show", draft).out


def test_check_and_repair(denju: Denju, home: Path) -> None:
    whole = denju("library", "check")
    assert whole.code == 0 and "whole" in whole.err
    assert denju("library", "check", "--json").json()["damage"] is None
    path = home / "library" / "library.json"
    lines = path.read_bytes().split(b"\n")
    lines[5] = lines[5][: len(lines[5]) // 2]
    path.write_bytes(b"\n".join(lines))
    damaged = denju("library", "check")
    assert damaged.code == 1 and "--repair" in damaged.err
    repaired = denju("library", "check", "--repair")
    assert repaired.code == 0 and "damaged" in repaired.err
    assert denju("library", "check").code == 0 and len(denju("library", "list").out.splitlines()) > 100


def test_a_file_with_nothing_to_save_in_it_is_not_offered_to_be_saved(denju: Denju, home: Path) -> None:
    denju("library", "list")
    (home / "library" / "library.json").write_bytes(b"null\n")
    told = denju("library", "check")
    assert told.code == 1 and "Move the file away" in told.err and "--repair" not in told.err
    denju("config", "set", "person.language", "ja")
    ja = denju("library", "check")
    assert "denju の台帳ではありません" in ja.err and "--repair" not in ja.err


def test_a_backup_takes_the_place_of_a_damaged_library(denju: Denju, home: Path) -> None:
    library = home / "library" / "library.json"
    denju("library", "delete", "start-delivery-late-linestop-en", "--yes")
    library.write_bytes(damage := library.read_bytes()[:-2000])
    assert denju("library", "check", "--from-backup").code == 2
    told = denju("library", "check")
    assert told.code == 1 and "--repair --from-backup" in told.err
    assert denju("library", "check", "--repair", "--from-backup").code == 0
    (aside,) = library.parent.glob("*damaged*")
    assert aside.read_bytes() == damage
    assert denju("library", "show", "start-delivery-late-linestop-en").code == 0, "it is the state before the change"
    for each in (library.parent / "backups").iterdir():
        each.unlink()
    library.write_bytes(damage)
    none = denju("library", "check", "--repair", "--from-backup")
    assert none.code == 1 and "no whole backup" in none.err
    assert library.read_bytes() == damage


def test_a_lost_library_with_backups_is_not_begun_anew(denju: Denju, home: Path) -> None:
    library = home / "library" / "library.json"
    denju("library", "delete", "start-delivery-late-linestop-en", "--yes")
    library.rename(aside := library.with_name("aside.json"))
    for arguments in (["library", "list"], ["library", "add", *RETURNS], ["export"]):
        refused = denju(*arguments)
        assert (refused.code, refused.out) == (1, "")
        assert "is missing, and there are backups" in refused.err and "--repair --from-backup" in refused.err
        assert not library.exists()
    told = denju("library", "check")
    assert told.code == 1 and "--repair --from-backup" in told.err and "new library" not in told.err
    assert denju("library", "check", "--repair", "--from-backup").code == 0
    assert denju("library", "show", "start-delivery-late-linestop-en").code == 0
    library.unlink()
    for each in (library.parent / "backups").iterdir():
        each.unlink()
    assert denju("library", "show", "start-delivery-late-linestop-en").code == 0, "without backups a new one begins"
    assert aside.exists()


def test_csv_and_markdown_out_and_in(denju: Denju, tmp_path: Path, home: Path) -> None:
    table, text = tmp_path / "all.csv", tmp_path / "all.md"
    assert denju("export", str(table)).code == denju("export", str(text), "--language", "ja").code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbf") and text.read_text().startswith("## ")
    before = (home / "library" / "library.json").read_bytes()
    assert "0 added, 0 updated" in denju("import", str(table)).err
    assert (home / "library" / "library.json").read_bytes() == before
    shift = tmp_path / "shift.csv"
    shift.write_bytes("title,situation\n返品,返品の相談\n".encode("cp932"))
    assert "Read as CP932" in denju("import", str(shift), "--dry-run").err
    assert denju("import", str(text)).code == 2


def test_an_export_says_in_json_what_it_wrote(denju: Denju, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    told = denju("export", str(file), "--language", "ja", "--json")
    assert told.json() == {"file": str(file), "format": "csv", "count": 57} and told.err == ""
    data = denju("export", "--language", "ja", "--json")
    assert data.code == 0 and len(data.json_lines()) == 58, "the data is JSON already"
    refused = denju("export", "--format", "csv", "--json")
    assert refused.code == 2 and refused.out == ""


def test_what_both_sides_changed(denju: Denju, draft: str) -> None:
    theirs = denju("library", "show", draft, "--json").json() | {"why": "別の理由。"}
    data = json.dumps(theirs).encode()
    refused = denju("import", "-", stdin=data)
    assert refused.code == 1 and draft in refused.err and "--on-conflict" in refused.err
    dry = denju("import", "-", "--dry-run", stdin=data)
    assert dry.out == f"conflict\t{draft}\n" and "changed on both sides" in dry.err
    assert denju("import", "-", "--on-conflict", "keep", "--json", stdin=data).json()["left"] == [draft]
    [copy] = denju("import", "-", "--on-conflict", "both", "--json", stdin=data).json()["added"]
    assert denju("library", "show", copy, "--json").json()["why"] == "別の理由。"
    assert denju("import", "-", "--on-conflict", "take", "--json", stdin=data).json()["updated"] == [draft]


def test_revisions_are_exported_when_asked_for(denju: Denju, draft: str) -> None:
    denju("library", "edit", draft, "--file", "-", stdin=b"title: x\nsituation: y\ntags: [mine]")
    assert len(denju("export", "--tag", "mine").json_lines()) == 2
    assert len(denju("export", "--tag", "mine", "--revisions").json_lines()) == 3


def test_no_command_lets_anything_raw_through(denju: Denju, home: Path) -> None:
    fields = dict.fromkeys(("title", "situation", "why"), HOSTILE)
    lists = {name: [HOSTILE] for name in ("avoid_when", "cues", "priorities", "decide", "steps", "tags")}
    record = {"id": "st_x", **fields, **lists, "extra": {HOSTILE: HOSTILE}, "check": {"never": [HOSTILE[-20:-8]]}}
    denju("import", "-", stdin=json.dumps(record).encode())
    denju("library", "edit", "st_x", "--file", "-", stdin=f"title: t\nsituation: {HOSTILE[2:]}".encode())
    for arguments in (
        ["library", "list"], ["library", "show", "st_x"], ["library", "history", "st_x"], ["library", "diff", "st_x"],
        ["library", "diff", "st_x", "--json"], ["export"], ["export", "--format", "csv"], ["library", "check"],
        ["export", "--format", "markdown"], ["review", "list"], ["review", "show", "st_x"],
        ["review", "show", "st_x", "--json"], ["review", "approve", "st_x"], ["library", "search", HOSTILE],
        ["review", "reject", "st_x", "--why", HOSTILE], ["library", "show", HOSTILE],
        ["library", "restore", "st_x", "--revision", "1"], ["library", "delete", "st_x", "--yes", "--why", HOSTILE],
        ["import", f"/none{HOSTILE}"], ["library", "add", "--title", HOSTILE],
    ):  # fmt: skip
        done = denju(*arguments)
        # A file for a spreadsheet begins with a mark and ends its lines with \r\n.
        assert not RAW.search((done.out.removeprefix("\ufeff") + done.err).replace("\r\n", "\n")), arguments
    assert not RAW.search((home / "library" / "library.json").read_text("utf-8"))


def in_terminal(*arguments: str, editor: Path, typed: bytes = b"") -> tuple[int, str]:
    """Exit code of a command on a terminal, and what the terminal received."""
    main, side = pty.openpty()
    with subprocess.Popen(
        command(*arguments), stdin=side, stdout=side, stderr=side, env=environment(EDITOR=str(editor), VISUAL=None)
    ) as process:
        os.close(side)
        os.write(main, typed)
        received = b"".join(shown_on(main, process))
    os.close(main)
    return process.returncode, received.decode()


def an_editor(where: Path, script: str) -> Path:
    path = folder(where) / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return path


def test_edit_in_an_editor_keeps_what_was_refused(denju: Denju, draft: str, tmp_path: Path, home: Path) -> None:
    kept = home / "state" / "edits" / f"{draft}.yaml"
    code, told = in_terminal(
        "library", "edit", draft, editor=an_editor(tmp_path, 'sed -i "s/^title:.*/title: [/" "$1"')
    )
    assert code == 2 and str(kept) in " ".join(told.split()) and "title: [" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    mend = an_editor(tmp_path, 'grep -q "title: \\[" "$1" && sed -i "s/^title:.*/title: 新しい/" "$1"')
    code, told = in_terminal("library", "edit", draft, editor=mend)
    assert code == 0 and not kept.exists()
    assert denju("library", "show", draft, "--json").json()["title"] == "新しい"
    for script in ("exit 3", "true", ': > "$1"'):
        code, told = in_terminal("library", "edit", draft, editor=an_editor(tmp_path, script))
        assert code == 130 and "nothing was changed" in told
        kept.unlink(missing_ok=True)
    assert denju("library", "show", draft, "--json").json()["revision"] == 2


def test_an_edit_that_came_second_goes_on_when_it_names_the_newest(
    denju: Denju, draft: str, tmp_path: Path, home: Path
) -> None:
    kept = home / "state" / "edits" / f"{draft}.yaml"
    theirs = f"printf 'title: theirs\nsituation: y\n' | {shlex.join(command('library', 'edit', draft, '--file', '-'))}"
    code, told = in_terminal(
        "library", "edit", draft, editor=an_editor(tmp_path, f'{theirs}; sed -i "s/^title:.*/title: mine/" "$1"')
    )
    told = " ".join(told.split())
    assert (
        code == 1
        and "based on revision 1, but revision 2 is the newest" in told
        and "The line revision: of the text" in told
    )
    assert "title: mine" in kept.read_text()
    mend = an_editor(tmp_path, 'sed -i "s/^revision: 1/revision: 2/" "$1"')
    assert in_terminal("library", "edit", draft, editor=mend)[0] == 0
    assert denju("library", "show", draft, "--json").json()["title"] == "mine"


def test_what_is_kept_of_one_strategy_is_not_offered_for_another_whose_long_id_begins_the_same(
    denju: Denju, tmp_path: Path, home: Path
) -> None:
    one, other = (f"{'納期の遅れについて' * 4}{end}" for end in ("甲", "乙"))
    records = [{"id": each, "title": "納期", "situation": "遅れた"} for each in (one, other)]
    assert denju("import", "-", stdin="\n".join(map(json.dumps, records)).encode()).code == 0
    breaks = an_editor(tmp_path, 'sed -i "s/^title:.*/title: [/" "$1"')
    assert in_terminal("library", "edit", one, editor=breaks)[0] == 2
    code, told = in_terminal("library", "edit", other, editor=an_editor(tmp_path, 'cat "$1"'))
    assert code == 130 and "title: 納期" in told and "title: [" not in told
    (kept,) = (home / "state" / "edits").glob("*.yaml")
    assert "title: [" in kept.read_text("utf-8")


def test_what_is_kept_of_a_new_strategy_is_not_offered_for_one_whose_id_is_new(denju: Denju, tmp_path: Path) -> None:
    record = {"id": "new", "title": "納期", "situation": "遅れた"}
    assert denju("import", "-", stdin=json.dumps(record).encode()).code == 0
    breaks = an_editor(tmp_path, 'sed -i "s/^title:.*/title: [/" "$1"')
    assert in_terminal("library", "add", "--language", "ja", editor=breaks)[0] == 2
    code, told = in_terminal("library", "edit", "new", editor=an_editor(tmp_path, 'cat "$1"'))
    assert code == 130 and "title: 納期" in told and "title: [" not in told


def test_an_editor_that_is_not_there_is_named(denju: Denju, draft: str, tmp_path: Path, home: Path) -> None:
    code, told = in_terminal("library", "edit", draft, editor=tmp_path / "no such editor")
    assert code == 2 and "there is no such editor" in told and "EDITOR" in told
    assert "kept" not in told and not [*(home / "state").rglob("*.yaml")], "nothing was typed"


def test_add_in_an_editor(denju: Denju, tmp_path: Path) -> None:
    editor = an_editor(tmp_path, """sed -i "s/^title:.*/title: 返品/; s/^situation:.*/situation: 相談/" "$1" """)
    code, told = in_terminal("library", "add", "--language", "ja", editor=editor)
    assert code == 0 and "added" in told
    assert denju("review", "list", "--json").json()["title"] == "返品"


TITLED = """sed -i "s/^title:.*/title: {0}/; s/^situation:.*/situation: {0}/" "$1" """


def test_two_editors_at_once_lose_nothing(denju: Denju, tmp_path: Path) -> None:
    inner = an_editor(tmp_path / "inner", TITLED.format("inner"))
    again = f"EDITOR={inner} {shlex.join(command('library', 'add', '--language', 'en'))}"
    editor = an_editor(tmp_path, f"{TITLED.format('outer')}; {again}")
    code, told = in_terminal("library", "add", "--language", "en", editor=editor)
    assert code == 0, told
    assert {each["title"] for each in denju("review", "list", "--json").json_lines()} == {"outer", "inner"}


def test_what_the_app_has_open_is_left_to_it(denju: Denju, tmp_path: Path, home: Path) -> None:
    place = Place(home / "state" / "edits", NEW, ".yaml")
    place.file.write_text("title: half typ", "utf-8")
    try:
        code, told = in_terminal(
            "library", "add", "--language", "en", editor=an_editor(tmp_path, TITLED.format("mine"))
        )
    finally:
        place.free()
    assert code == 0, told
    assert place.file.read_text("utf-8") == "title: half typ"
    assert denju("review", "list", "--json").json()["title"] == "mine"


def test_a_kept_text_that_is_only_looked_at_stays(denju: Denju, tmp_path: Path, home: Path) -> None:
    kept = home / "state" / "edits" / f"{NEW}.yaml"
    kept.parent.mkdir(parents=True)
    kept.write_text("title: half\nsituation: typed\n", "utf-8")
    code, told = in_terminal("library", "add", editor=an_editor(tmp_path, "true"))
    told = " ".join(told.split())
    assert code == 130 and "left as it was" in told and str(kept) in told
    assert kept.read_text("utf-8") == "title: half\nsituation: typed\n"
    assert denju("review", "list").err == "No draft waits.\n"
    assert denju("library", "add", str(kept)).code == 0


def test_a_wide_yes_of_an_input_method_is_one(denju: Denju, draft: str, tmp_path: Path) -> None:
    assert in_terminal("library", "delete", draft, editor=tmp_path, typed="ｎ\n".encode())[0] == 130
    assert in_terminal("library", "delete", draft, editor=tmp_path, typed="ｙ\n".encode())[0] == 0


def test_an_import_asks_at_a_terminal(denju: Denju, draft: str, tmp_path: Path) -> None:
    theirs = denju("library", "show", draft, "--json").json() | {"why": "別の理由。"}
    file = tmp_path / "theirs.jsonl"
    file.write_text(json.dumps(theirs))
    code, told = in_terminal("import", str(file), editor=tmp_path, typed=b"?\nq\n")
    assert code == 130 and "+ 別の理由。" in told
    code, told = in_terminal("import", str(file), editor=tmp_path, typed="ｑ\n".encode())
    assert code == 130
    code, told = in_terminal("import", str(file), editor=tmp_path, typed="ｔ\n".encode())
    assert code == 0 and denju("library", "show", draft, "--json").json()["why"] == "別の理由。"
