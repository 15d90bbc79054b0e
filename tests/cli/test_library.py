"""``denju library``, ``denju export`` and ``denju import``."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from commands import Denju

NEW = {
    "title": "返品の相談",
    "situation": "返品できるか聞かれた",
    "language": "ja",
    "cues": ["返品できますか"],
    "tags": ["mine"],
}


def digest(home: Path) -> str:
    return hashlib.sha256((home / "library" / "library.json").read_bytes()).hexdigest()


def test_list_is_one_line_a_strategy(denju: Denju) -> None:
    listed = denju("library", "list")
    records = denju("library", "list", "--json").json_lines()
    lines = [line.split("\t") for line in listed.out.splitlines()]
    assert listed.err == "" and len(lines) == len(records) > 100
    assert lines[0] == [str(records[0][key]) for key in ("id", "title", "language", "scope", "status")]


def test_list_is_filtered(denju: Denju) -> None:
    policies = denju("library", "list", "--scope", "policy", "--language", "ja", "--json").json_lines()
    assert {(each["scope"], each["language"]) for each in policies} == {("policy", "ja")}
    assert denju("library", "list", "--status", "draft").err == "No strategy is like that.\n"
    assert denju("library", "list", "--tag", "fallback", "--json").json_lines()


def test_show(denju: Denju) -> None:
    record = denju("library", "show", "start-defect-scratch-ja", "--json").json()
    text = denju("library", "show", "start-defect-scratch-ja").out
    assert text.startswith(f"{record['title']}\nstart-defect-scratch-ja  approved  scenario  ja\n")
    for item in (record["situation"], *record["steps"], *record["cues"], record["why"]):
        assert item in text
    policy = denju("library", "list", "--scope", "policy", "--json").json_lines()[0]
    shown = denju("library", "show", policy["id"]).out
    assert all(rule in shown for rule in policy["check"]["never"] + policy["check"]["always"])


@pytest.mark.parametrize(
    ("arguments", "what"),
    [(["st_no"], "st_no"), (["start-defect"], "start-defect"), (["start-defect-scratch-ja", "--revision", "9"], "9")],
)
def test_show_what_is_not_there(denju: Denju, arguments: list[str], what: str) -> None:
    done = denju("library", "show", *arguments)
    assert (done.code, done.out) == (1, "")
    assert what in done.err and len(done.err.splitlines()) == 2


def test_search(denju: Denju) -> None:
    found = denju("library", "search", "部品に傷がありました。", "--limit", "3")
    lines = [line.split("\t") for line in found.out.splitlines()]
    assert len(lines) == 3 and lines[0][0] == "start-defect-scratch-ja" and "傷" in lines[0][3]
    record = denju("library", "search", "-", "--json", stdin="部品に傷がありました。".encode()).json()
    assert record["match"] == "matched" and record["strategy"]["id"] == lines[0][0]
    assert "no match" in denju("library", "search", "A recipe for a chocolate cake, please.").err


@pytest.mark.parametrize("command", [["library", "export"], ["export"]])
def test_export_to_stdout_and_to_a_file(denju: Denju, tmp_path: Path, command: list[str]) -> None:
    piped = denju(*command)
    header, *strategies = piped.json_lines()
    assert piped.err == "" and header["count"] == len(strategies) > 100
    file = tmp_path / "out.jsonl"
    written = denju(*command, str(file))
    assert written.out == "" and f"{len(strategies)} strategies written to {file}" in written.err
    assert file.read_text("utf-8") == piped.out
    assert file.stat().st_mode & 0o777 == 0o600


def test_export_never_overwrites_without_force(denju: Denju, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("mine")
    refused = denju("export", str(file))
    assert refused.code == 2 and "is there already" in refused.err and "--force" in refused.err
    assert file.read_text() == "mine"
    assert denju("export", str(file), "--force", "--language", "en").code == 0
    assert all(json.loads(line)["language"] == "en" for line in file.read_text("utf-8").splitlines()[1:])
    assert denju("export", str(tmp_path)).code == 2
    assert denju("export", str(file / "below")).code == 1
    assert [each.name for each in tmp_path.iterdir() if each.name != "home"] == ["out.jsonl"]


def test_export_writes_through_links_and_replaces_nothing_but_files(denju: Denju, tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "out.jsonl", tmp_path / "link.jsonl", tmp_path / "pipe.jsonl"
    link.symlink_to(file)
    assert denju("export", str(link), "--force").code == 0  # a link to a file that is not there yet
    file.write_text("mine")
    refused = denju("export", str(link))
    assert refused.code == 2 and "is there already" in refused.err
    assert denju("export", str(link), "--force").code == 0
    assert link.readlink() == file and file.read_text("utf-8") == denju("export", "-").out
    os.mkfifo(pipe)
    below = tmp_path / "below.jsonl"
    below.symlink_to(pipe)
    for each in (pipe, below):
        refused = denju("export", str(each), "--force")
        assert refused.code == 2 and "not a regular file" in refused.err and "standard output" in refused.err
    assert pipe.is_fifo() and below.is_symlink()


def test_import_brings_drafts_and_approves_in_a_name(denju: Denju, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps(NEW))
    before = digest(home)
    dry = denju("import", str(file), "--dry-run")
    assert "would import: 1 added, 0 updated, 0 left" in dry.err and digest(home) == before
    first = denju("library", "import", str(file))
    assert "1 added, 0 updated, 0 left" in first.err and "They are drafts" in first.err
    again = denju("import", "-", "--json", stdin=file.read_bytes()).json()
    assert again["added"] == [] and len(again["left"]) == 1
    assert denju("library", "list", "--tag", "mine", "--json").json()["status"] == "draft"
    approved = denju("import", str(file), "--approve", "--reviewer", "佐藤")
    assert "0 added, 1 updated" in approved.err and "drafts" not in approved.err
    [strategy] = denju("library", "list", "--tag", "mine", "--json").json_lines()
    assert strategy["status"] == "approved" and strategy["reviews"][-1]["by"] == "佐藤"
    assert denju("library", "search", "返品できますか", "--json").json()["strategy"]["id"] == strategy["id"]


def test_what_the_sender_turned_down_is_not_approved_on_the_way(denju: Denju) -> None:
    bad = {**NEW, "id": "st_bad", "title": "返金", "steps": ["パスワード: hunter2!x を使う"], "status": "rejected"}
    file = "\n".join(map(json.dumps, ({**NEW, "id": "st_good", "status": "approved"}, bad))).encode()
    plan = denju("import", "-", "--approve", "--dry-run", "--json", stdin=file).json()
    assert (plan["added"], plan["turned_down"]) == (["st_good", "st_bad"], ["st_bad"])
    assert "1 was rejected or retired by the sender" in denju("import", "-", "--approve", stdin=file).err
    statuses = {each["id"]: each["status"] for each in denju("library", "list", "--tag", "mine", "--json").json_lines()}
    assert statuses == {"st_good": "approved", "st_bad": "draft"}
    assert "by the sender" not in denju("import", "-", stdin=file).err, "nothing was to be approved"


def test_the_revisions_of_an_export_end_with_the_one_that_was_asked_for(denju: Denju) -> None:
    added = denju("import", "-", "--approve", "--json", stdin=json.dumps({**NEW, "why": "first"}).encode()).json()
    [name] = added["added"]
    for why in ("second", "third"):
        edit = json.dumps({**NEW, "why": why}).encode()
        assert denju("library", "edit", name, "--file", "-", stdin=edit).code == 0
        assert denju("review", "reject" if why == "third" else "approve", name, "--why", "x").code == 0

    def whys(*arguments: str) -> list[str]:
        lines = denju("export", "--tag", "mine", "--revisions", *arguments).json_lines()
        return [each["why"] for each in lines[1:]]

    assert whys("--status", "approved") == ["first", "second"], "what was rejected serves no colleague"
    assert whys() == ["first", "second", "third"]


def test_what_is_exported_is_imported_as_it_was(denju: Denju, home: Path) -> None:
    exported = denju("export").out.encode()
    before = digest(home)
    assert "0 added, 0 updated" in denju("import", "-", stdin=exported).err
    assert denju("import", "-", "--dry-run", "--json", stdin=exported).json()["dry_run"] is True
    assert digest(home) == before


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"{", "line 1"),
        (b"[]", "line 1"),
        (b'{"title": "x"}', "situation"),
        (json.dumps(NEW).encode() + b"\n" + b'{"title": 3, "situation": "x"}', "line 2: title"),
        (b'{"denju": "library", "schema": 9}', "newer"),
        (b"\xff\xfe", "line 1"),
        (b"\x00" * 10, "not a text file"),
        (b"PK\x03\x04\x14", "an Excel workbook"),
    ],
)
def test_a_wrong_file_changes_nothing(denju: Denju, home: Path, content: bytes, what: str) -> None:
    before = digest(home)
    done = denju("import", "-", "--approve", stdin=content)
    assert (done.code, done.out) == (2, "")
    assert what in done.err and len(done.err.splitlines()) == 2
    assert digest(home) == before


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"not a library", b"\x00" * 100, b'{"a": '])
def test_a_damaged_library_is_told_and_left_as_it_is(denju: Denju, home: Path, content: bytes) -> None:
    path = home / "library" / "library.json"
    path.write_bytes(content)
    for arguments in (["library", "list"], ["export"], ["ask", "部品に傷"], ["import", "-"]):
        done = denju(*arguments, stdin=json.dumps(NEW).encode())
        assert (done.code, done.out) == (1, "")
        assert "library.json" in done.err and done.err.splitlines()[-1].startswith("  ")
    assert path.read_bytes() == content


def test_texts_from_outside_reach_no_terminal(denju: Denju) -> None:
    hostile = {"id": "st_x", "title": "a\x1b]52;c;x\x07b\u202ec\x9b1m", "situation": "[@click=app.quit]s[/]"}
    denju("import", "-", stdin=json.dumps(hostile).encode())
    for arguments in (["show", "st_x"], ["show", "st_x", "--json"], ["list"], ["export"]):
        done = denju("library", *arguments)
        assert done.code == 0 and not set(done.out + done.err) & set("\x1b\x07\x9b\u202e")
    assert "[@click=app.quit]s[/]" in denju("library", "show", "st_x").out


def test_search_many(denju: Denju, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "部品に傷がありました。"},
        {"messages": [{"role": "customer", "text": "Hello"}, {"role": "customer", "text": "The parts are rusty."}]},
        {"id": 3, "text": "こんにちは"},
        {"id": None, "messages": None, "text": "こんにちは"},
    ]
    file = tmp_path / "queries.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    found = [
        json.loads(line) for line in denju("library", "search", "--queries", str(file), "--limit", "2").out.splitlines()
    ]
    kinds = [("a", "matched"), ("2", "matched"), ("3", "waiting"), ("4", "waiting")]
    assert [(each["id"], each["match"]) for each in found] == kinds
    assert {"id", "title", "score", "confidence", "terms"} <= found[0]["matches"][0].keys()
    assert len(found[0]["matches"]) == 2
    assert found[1]["matches"][0]["id"] == "start-defect-rust-en"


def test_search_many_names_the_row_that_is_wrong(denju: Denju) -> None:
    for wrong in (b"[", b"7", b'{"id": 1}', b'{"messages": []}', b'{"messages": [{"role": "customer"}]}'):
        done = denju("library", "search", "--queries", "-", stdin=b'{"text": "rust"}\n' + wrong)
        assert done.code == 2
        assert "Row 2: " in done.err
    assert denju("library", "search").code == 2


@pytest.mark.parametrize(("message", "stdin"), [("", b""), (" \x1b[2J", b""), ("-", b""), ("-", b" \n")])
def test_search_without_a_message(denju: Denju, message: str, stdin: bytes) -> None:
    done = denju("library", "search", message, stdin=stdin)
    assert (done.code, done.out) == (2, "") and "There is no message to answer." in done.err
    assert "Give the customer's message as text." in done.err


def test_search_among_tags(denju: Denju) -> None:
    assert denju("library", "search", "The parts are rusty.", "--tag", "no-such-tag").out == ""


def test_audit(denju: Denju) -> None:
    said = denju("library", "audit").out
    assert "expected hit rate" in said
    assert "#" in said
    record = denju("library", "audit", "--json").json()
    assert record["cues"] > 1_000
    assert 0 < record["expected"] < 1
    assert {"id", "taken_for", "times", "words"} == record["confusions"][0].keys()
