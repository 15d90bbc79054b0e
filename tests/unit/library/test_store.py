"""The library: revisions and their life, and that every process sees one truth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import tinydb

from denju.errors import Conflict, InvalidStrategy, LibraryDamaged, NotFound, UsageError
from denju.library.storage import LibraryStorage
from denju.library.store import Library
from denju.values import Strategy


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library" / "library.json")


def scratch(**changes: object) -> Strategy:
    return replace(
        Strategy(title="部品の傷", situation="納入品に傷がある", id="st_1", steps=("お詫びする",)), **changes
    )  # type: ignore[arg-type]


def test_nothing_is_written_until_something_is_added(library: Library) -> None:
    assert library.all() == ()
    assert library.generation == 0
    assert not library.path.exists()


def test_an_added_strategy_is_found_by_another_reader(library: Library) -> None:
    (added,) = library.add([scratch(extra={"plant": "名古屋"})])
    assert Library(library.path).get("st_1") == added
    assert added.created
    assert library.path.stat().st_mode & 0o777 == 0o600
    assert library.path.parent.stat().st_mode & 0o777 == 0o700


def test_an_id_is_given_where_there_is_none(library: Library) -> None:
    first, second = library.add([scratch(id=""), scratch(id="")])
    assert first.id.startswith("st_")
    assert first.id != second.id


def test_a_taken_id_is_a_conflict_and_adds_nothing(library: Library) -> None:
    library.add([scratch()])
    with pytest.raises(Conflict, match="st_1"):
        library.add([scratch(id="st_2"), scratch()])
    assert [each.id for each in library.all()] == ["st_1"]


def test_a_prefix_finds_one_and_an_ambiguous_one_names_the_candidates(library: Library) -> None:
    library.add([scratch(id="st_ab"), scratch(id="st_ac"), scratch(id="st_a")])
    assert library.get("st_ab").id == "st_ab"
    assert library.get("st_a").id == "st_a", "an exact id wins over a prefix"
    with pytest.raises(NotFound, match="st_ab, st_ac, st_a"):
        library.get("st_")
    for missing in ("st_x", "", "\x1b[31m"):
        with pytest.raises(NotFound) as caught:
            library.get(missing)
        assert "\x1b" not in caught.value.what


def test_an_approved_revision_serves_while_a_newer_draft_is_written(library: Library) -> None:
    library.add([scratch()])
    assert library.serving() == ()
    library.review("st_1", revision=1, verdict="approved", by="sato", why="ok")
    draft = library.revise(scratch(title="傷"), base_revision=1)
    assert (draft.revision, draft.status, draft.origin.parent, draft.reviews) == (2, "draft", 1, ())
    assert [each.revision for each in library.serving()] == [1]
    assert [each.revision for each in library.all()] == [2]
    library.review("st_1", revision=2, verdict="approved", by="sato", why="better")
    assert [each.title for each in library.serving()] == ["傷"]
    assert [each.revision for each in library.revisions("st_1")] == [1, 2]


def test_a_retired_strategy_does_not_fall_back_to_an_older_approval(library: Library) -> None:
    library.add([scratch()])
    library.review("st_1", revision=1, verdict="approved", by="sato", why="")
    library.revise(scratch(title="傷"), base_revision=1)
    library.review("st_1", revision=2, verdict="approved", by="sato", why="")
    library.review("st_1", revision=2, verdict="retired", by="sato", why="no longer sold")
    assert library.serving() == ()
    assert [each.verdict for each in library.get("st_1").reviews] == ["approved", "retired"]


def test_a_rejected_draft_leaves_the_approved_one_serving(library: Library) -> None:
    library.add([scratch()])
    library.review("st_1", revision=1, verdict="approved", by="sato", why="")
    library.revise(scratch(title="傷"), base_revision=1)
    library.review("st_1", revision=2, verdict="rejected", by="sato", why="too short")
    assert [each.revision for each in library.serving()] == [1]


def test_a_change_on_top_of_an_old_revision_names_both(library: Library) -> None:
    library.add([scratch()])
    library.revise(scratch(title="a"), base_revision=1)
    with pytest.raises(Conflict, match="based on revision 1, but revision 2"):
        library.revise(scratch(title="b"), base_revision=1)
    with pytest.raises(Conflict, match="revision 2"):
        library.review("st_1", revision=1, verdict="approved", by="sato", why="")


def test_a_verdict_needs_the_right_status_and_a_name(library: Library) -> None:
    library.add([scratch()])
    with pytest.raises(UsageError, match="is draft; only approved can be retired"):
        library.review("st_1", revision=1, verdict="retired", by="sato", why="")
    with pytest.raises(UsageError, match="needs a name"):
        library.review("st_1", revision=1, verdict="approved", by=" ", why="")
    with pytest.raises(NotFound, match="no revision 7"):
        library.review("st_1", revision=7, verdict="approved", by="sato", why="")
    assert library.generation == 1


def test_filters(library: Library) -> None:
    library.add([scratch(id="a", tags=("defect",)), scratch(id="b", language="ja"), scratch(id="c", scope="general")])
    library.review("c", revision=1, verdict="approved", by="sato", why="")
    assert [each.id for each in library.all(tag="defect")] == ["a"]
    assert [each.id for each in library.all(language="ja")] == ["b"]
    assert [each.id for each in library.all(scope="general", status="approved")] == ["c"]
    assert [each.id for each in library.all(status="draft")] == ["a", "b"]


@pytest.mark.parametrize(
    "broken",
    [
        scratch(title=""),
        scratch(id="a\nb"),
        scratch(extra={"x": float("nan")}),
        scratch(extra={"x": object()}),
        scratch(extra={"x": "y" * 2**20}),
        scratch(title="x" * 4_001),
    ],
    ids=["no title", "newline in the id", "NaN", "not JSON", "over 1 MB", "long title"],
)
def test_what_breaks_the_contract_is_refused_whole(library: Library, broken: Strategy) -> None:
    with pytest.raises(InvalidStrategy):
        library.add([scratch(id="fine"), broken])
    assert not library.path.exists()


def test_what_is_stored_is_clean_and_shares_nothing_with_the_caller(library: Library) -> None:
    extra = {"note": ["\x1b]52;c;x\x07\ud800ok"]}
    library.add([scratch(extra=extra)])
    extra["note"].append("later")
    assert Library(library.path).get("st_1").extra == {"note": ["ok"]}
    assert library.get("st_1").extra == {"note": ["ok"]}


def test_refresh_tells_a_change_of_another_process_once(library: Library) -> None:
    assert library.refresh()
    assert not library.refresh()
    Library(library.path).add([scratch()])
    assert library.refresh()
    assert not library.refresh()
    assert library.generation == 1


def test_the_mark_is_another_one_when_the_file_is(library: Library) -> None:
    other = Library(library.path)
    none = library.mark()
    assert none == library.mark()
    other.add([scratch()])
    first = library.mark()
    assert first != none and first == other.mark()
    other.add([scratch(id="st_2")])
    assert library.mark() not in (none, first)


def test_two_libraries_on_one_file_do_not_lose_each_others_work(library: Library) -> None:
    other = Library(library.path)
    library.add([scratch(id="a")])
    other.add([scratch(id="b")])
    library.add([scratch(id="c")])
    other.revise(scratch(id="a", title="z"), base_revision=1)
    assert [(each.id, each.revision) for each in library.all()] == [("a", 2), ("b", 1), ("c", 1)]
    assert library.digest == other.digest


def test_what_another_process_left_alone_is_not_read_again(library: Library) -> None:
    library.add([scratch(), scratch(id="st_2")])
    first, second = library.all()
    other = Library(library.path)
    other.add([scratch(id="st_3")])
    other.review("st_2", revision=1, verdict="approved", by="sato", why="")
    assert library.get("st_1") is first
    assert library.get("st_2").status == "approved"
    assert library.get("st_2") is not second
    assert library.all() == other.all()


def test_the_file_is_tinydb_json_with_one_document_a_line(library: Library) -> None:
    library.add([scratch(id="a"), scratch(id="b\u00e9")])
    lines = library.path.read_text("utf-8").splitlines()
    assert len(lines) == 5
    assert "部品の傷" in lines[2]
    data = json.loads(library.path.read_text("utf-8"))
    assert data["denju"]["1"]["generation"] == 1
    assert data["denju"]["1"]["digest"] == library.digest
    with tinydb.TinyDB(library.path, access_mode="r") as stock:
        assert [each["id"] for each in stock.table("strategies")] == ["a", "b\u00e9"]


def test_the_storage_hands_out_what_the_file_says(library: Library) -> None:
    storage = LibraryStorage(library.path)
    assert storage.data() == b"", "there is no file yet"
    library.add([scratch()])
    document = storage.read()["strategies"]["1"]
    read = json.loads(library.path.read_text("utf-8"))["strategies"]["1"]
    assert dict(document) == read and len(document) == len(read)
    assert (document["revision"], document["status"], document["title"]) == (1, "draft", "部品の傷")
    assert storage.data() == library.path.read_bytes()


def test_an_id_with_quotes_in_it_is_found(library: Library) -> None:
    library.add([scratch(id='a "b" \\c'), scratch(id="st_2")])
    again = Library(library.path)
    assert again.get('a "b"').id == 'a "b" \\c'
    assert again.review('a "b" \\c', revision=1, verdict="approved", by="sato", why="ok").status == "approved"


def test_a_change_touches_only_its_own_line_and_the_header(library: Library) -> None:
    library.add([scratch(id="a"), scratch(id="b"), scratch(id="c")])
    before = library.path.read_text("utf-8").splitlines()
    library.review("b", revision=1, verdict="approved", by="sato", why="")
    after = library.path.read_text("utf-8").splitlines()
    assert [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [0, 3]


def test_begin_fills_a_new_library_only(library: Library) -> None:
    assert library.begin([scratch()])
    assert not Library(library.path).begin([scratch(id="st_2")])
    assert [each.id for each in library.all()] == ["st_1"]


def test_a_file_that_was_seen_and_is_gone_is_told_and_no_new_one_begun(library: Library, tmp_path: Path) -> None:
    library.add([scratch()])
    aside = library.path.rename(tmp_path / "aside.json")
    for use in (library.all, library.refresh, lambda: library.add([scratch(id="st_2")]), lambda: library.begin([])):
        with pytest.raises(LibraryDamaged, match="is missing, and was here") as caught:
            use()
        assert "--repair --from-backup" in caught.value.hint
    assert not library.path.exists()
    aside.rename(library.path)
    assert [each.id for each in library.all()] == ["st_1"]
