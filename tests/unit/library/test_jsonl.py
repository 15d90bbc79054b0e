"""Export and import: nothing lost on the way, nothing trusted, all or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from denju import strict_json
from denju.errors import InvalidStrategy, NotFound, UsageError
from denju.library import jsonl
from denju.library.parcel import Parcel, bring_in, read
from denju.library.store import Library
from denju.values import Check, Origin, Review, Strategy

FULL = Strategy(
    id="st_1", revision=3, status="approved", scope="policy", language="ja", translation_of="st_0", title="部品の傷",
    situation="納入品に傷がある", avoid_when=("数量違い",), cues=("部品に傷があります",), priorities=("急ぐ",),
    decide=("怒りが強いときは、まず謝る。",), steps=("お詫びする", "ロット番号を頼む"), why="気持ちが先。",
    tags=("defect",), check=Check(never=("絶対",), always=("恐れ入り",)), created="2026-11-23T05:00:00Z",
    origin=Origin("teacher", "sato", "m", "sha256:1", None, 2),
    reviews=(Review("approved", "sato", "2026-11-23T06:00:00Z", "ok"),),
    extra={"plant": {"code": [1, 2.5, None, True]}},
)  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.json")


def test_the_export_begins_with_a_header_that_counts_and_vouches() -> None:
    data = jsonl.dump([FULL, replace(FULL, id="st_2")])
    head, body = data.split(b"\n", 1)
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert json.loads(head) == {"denju": "library", "schema": 1, "count": 2, "digest": digest}
    assert "部品の傷".encode() in body
    assert jsonl.load(data) == Parcel((FULL, replace(FULL, id="st_2")), f"sha256:{hashlib.sha256(data).hexdigest()}")


def test_without_a_header_with_a_mark_with_blank_lines_and_windows_line_ends() -> None:
    body = jsonl.dump([FULL]).split(b"\n", 1)[1]
    assert jsonl.load(b"\xef\xbb\xbf" + body.replace(b"\n", b"\r\n\r\n")).strategies == (FULL,)
    assert jsonl.load(b"\xef\xbb\xbf" + jsonl.dump([FULL])).strategies == (FULL,)
    assert jsonl.load(b"").strategies == ()


def test_imports_arrive_as_drafts_whatever_they_say(library: Library) -> None:
    parcel = jsonl.load(jsonl.dump([FULL]))
    merged = bring_in(library, parcel, by="suzuki")
    assert (merged.added, merged.updated, merged.left) == (("st_1",), (), ())
    draft = library.get("st_1")
    assert (draft.status, draft.reviews, draft.extra, draft.check) == ("draft", (), FULL.extra, FULL.check)
    assert draft.origin == Origin("import", "suzuki", "m", "sha256:1", parcel.sha256, None)


def test_with_a_reviewer_they_arrive_approved(library: Library) -> None:
    bring_in(library, jsonl.load(jsonl.dump([FULL])), by="suzuki", approved_by="sato")
    (served,) = library.serving()
    assert [(each.verdict, each.by) for each in served.reviews] == [("approved", "sato")]


def test_merged_twice_is_merged_once(library: Library) -> None:
    parcel = jsonl.load(jsonl.dump([FULL]))
    bring_in(library, parcel, by="suzuki")
    before = library.path.read_bytes()
    merged = bring_in(library, parcel, by="suzuki")
    assert (merged.added, merged.updated, merged.left) == ((), (), ("st_1",))
    assert library.path.read_bytes() == before


def test_other_content_is_a_new_draft_and_the_approved_one_keeps_serving(library: Library) -> None:
    bring_in(library, jsonl.load(jsonl.dump([FULL])), by="suzuki", approved_by="sato")
    changed = jsonl.load(jsonl.dump([replace(FULL, why="別の理由。"), replace(FULL, id="st_9")]))
    merged = bring_in(library, changed, by="suzuki")
    assert (merged.added, merged.updated, merged.left) == (("st_9",), ("st_1",), ())
    draft = library.get("st_1")
    assert (draft.status, draft.revision, draft.origin.parent) == ("draft", 4, 3)
    assert [(each.id, each.revision) for each in library.serving()] == [("st_1", 3)]


def test_the_same_file_again_with_a_reviewer_approves_the_drafts(library: Library) -> None:
    parcel = jsonl.load(jsonl.dump([FULL]))
    bring_in(library, parcel, by="suzuki")
    merged = bring_in(library, parcel, by="suzuki", approved_by="sato")
    assert merged.updated == ("st_1",)
    assert [each.revision for each in library.revisions("st_1")] == [3]
    assert len(library.serving()) == 1


def test_a_strategy_without_an_id_gets_the_same_one_every_time(library: Library) -> None:
    data = b'{"title": "Late", "situation": "A delivery is late"}'
    first = bring_in(library, jsonl.load(data), by="suzuki")
    second = bring_in(library, jsonl.load(data), by="suzuki")
    assert first.added == second.left
    assert second.added == ()


def test_a_file_changed_after_the_export_is_said_and_taken() -> None:
    data = jsonl.dump([FULL]).replace("気持ちが先".encode(), b"x")
    parcel = jsonl.load(data)
    assert parcel.notice is not None
    assert "changed" in parcel.notice
    assert jsonl.load(jsonl.dump([FULL])).notice is None


LINE = jsonl.dump([FULL]).split(b"\n")[1]
ODD = {
    "cut off": (jsonl.dump([FULL, replace(FULL, id="b")]).rsplit(b"\n", 2)[0], "holds 1"),
    "cut inside a line": (jsonl.dump([FULL])[:-20], "line 2: not JSON"),
    "newer": (b'{"denju": "library", "schema": 2, "count": 0}', "newer"),
    "newer line": (LINE.replace(b'"schema": 1', b'"schema": 2'), "line 1: schema: version 2 is newer"),
    "wrong type": (LINE + b"\n" + LINE.replace(b'"st_1"', b"7"), "line 2: id: expected text"),
    "no title": (b'{"situation": "x"}', "line 1: title: missing"),
    "a list": (b"[1]", "line 1: strategy: expected an object"),
    "null": (b"null", "line 1: strategy: expected an object"),
    "an id twice": (LINE + b"\n\n" + LINE, "line 3: id: 'st_1' stands in line 1"),
    "a field twice": (b'{"title": "a", "title": "b", "situation": "x"}', "'title' stands twice"),
    "NaN": (b'{"title": "a", "situation": "x", "n": NaN}', "line 1: NaN"),
    "infinity": (b'{"title": "a", "situation": "x", "n": -1e999}', "too large"),
    "a long number": (b'{"title": "a", "situation": "x", "n": ' + b"9" * 5_000 + b"}", "too long"),
    "deep": (b'{"title": "a", "situation": "x", "n": ' + b"[" * 9_999 + b"]" * 9_999 + b"}", "deeper than 32"),
    "many brackets": (b"[],[]," * 100_000, "line 1: not JSON"),
    "a long line": (b" " * 2**20 + b"{}", "line 1: 1,048,578 bytes"),
    "utf-16": (LINE.decode().encode("utf-16"), r"line 1: not UTF-8 \(UTF-16\?\)"),
    "NUL": (b"\0" * 100, "line 1: not JSON"),
    "an escape in a name": (b'{"a\\u001b[31m": 1, "a": 2}', "line 1: title: missing"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_one_clear_error(name: str) -> None:
    data, reason = ODD[name]
    with pytest.raises(UsageError, match=reason) as caught:
        jsonl.load(data)
    assert "\n" not in caught.value.what
    assert "\x1b" not in caught.value.what
    assert caught.value.hint


def test_a_name_that_stands_twice_among_many_is_found_at_once() -> None:
    many = b",".join(b'"n%d": 0' % number for number in range(60_000))
    begun = time.process_time()
    with pytest.raises(strict_json.Malformed, match="'n59999' stands twice"):
        strict_json.loads(b"{" + many + b',"n59999": 1}')
    assert time.process_time() - begun < 2


def test_one_bad_strategy_imports_none(library: Library) -> None:
    library.add([replace(FULL, id="old", status="draft")])
    before = library.path.read_bytes()
    too_long = Parcel((replace(FULL, id="new"), replace(FULL, id="bad", title="x" * 5_000)), "sha256:0")
    with pytest.raises(InvalidStrategy):
        bring_in(library, too_long, by="suzuki")
    assert library.path.read_bytes() == before


def test_text_from_outside_comes_in_clean() -> None:
    data = b'{"title": "a\\u001b[31mb\\u202e\\ud800", "situation": "x", "no\\u0007te": ["\\u001b]52;c;x\\u0007y"]}'
    (strategy,) = jsonl.load(data).strategies
    assert (strategy.title, strategy.extra) == ("ab", {"note": ["y"]})


def test_sources_that_never_end_or_are_no_files(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for odd in (fifo, tmp_path, Path("/dev/zero")):
        with pytest.raises(UsageError, match="not a regular file"):
            read(odd)
    with pytest.raises(NotFound):
        read(tmp_path / "missing.jsonl")
    sparse = tmp_path / "sparse.jsonl"
    with sparse.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(UsageError, match="larger than 50 MB"):
        read(sparse)
    assert read(io.BytesIO(b"x")) == b"x"
    written = tmp_path / "written.jsonl"
    written.write_bytes(jsonl.dump([FULL]))
    assert jsonl.load(read(written)).strategies == (FULL,)


def test_the_language_is_that_of_the_words_where_none_is_named() -> None:
    lines = '{"title": "部品の傷", "situation": "納入品に傷がある"}\n{"title": "Scratch", "situation": "A scratch"}\n'
    assert [each.language for each in jsonl.load(lines.encode()).strategies] == ["ja", "en"]
