"""The search in step with the library: the first one from what is kept, and never of an older state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from denju.answering.library_search import LibrarySearch
from denju.library.store import Library
from denju.retrieval import stored
from denju.values import Match, Strategy, Turn

LATE = Strategy(title="Late delivery", situation="Overdue", cues=("Where are our parts?",), status="approved")
RUST = Strategy(title="Rust", situation="Rusty parts", cues=("The parts are rusty",), status="approved", tags=("r",))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.json")
    library.begin([LATE, RUST])
    return library


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "search.index"


def search(library: LibrarySearch, text: str = "rusty", **options: tuple[str, ...]) -> Match:
    return library.search([Turn("customer", text)], language="en", **options)


def first(match: Match) -> Strategy:
    assert match.best is not None
    return match.best.strategy


def test_one_search_of_a_kept_index_builds_nothing(
    library: Library, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = search(LibrarySearch(library, cache=cache))
    monkeypatch.setattr(stored, "opened", None)  # would fail if anything were built
    match = search(LibrarySearch(library, cache=cache))
    assert first(match) == first(expected) == library.serving()[1]
    assert match.threshold == expected.threshold


def test_the_second_search_builds_and_agrees(library: Library, cache: Path) -> None:
    search(LibrarySearch(library, cache=cache))
    again = LibrarySearch(library, cache=cache)
    assert first(search(again)) == first(search(again))
    assert first(search(again, tags=("r",))).title == "Rust"


def test_what_changed_since_is_found(library: Library, cache: Path) -> None:
    search(LibrarySearch(library, cache=cache))
    (bent,) = library.add([Strategy(title="Bent pins", situation="Pins are bent", status="approved")])
    for _ in range(2):
        assert first(search(LibrarySearch(library, cache=cache), "bent pins")) == bent
    library.review(bent.id, revision=1, verdict="retired", by="sato", why="old")
    assert bent not in [each.strategy for each in search(LibrarySearch(library, cache=cache), "bent pins").runners_up]


def test_unsaid_the_language_is_that_of_the_matter(library: Library) -> None:
    late = next(each for each in library.serving() if each.title == LATE.title)
    library.add([replace(late, id="", translation_of=late.id, language="ja", title="納期遅れ", cues=("納期はいつ",))])
    for text, title in (
        ("納期はいつですか。\n\n> Where are our parts? They are late.", "納期遅れ"),
        ("late", LATE.title),
    ):
        match = LibrarySearch(library).search([Turn("customer", text)])
        assert first(match).title == title


def test_what_was_retired_by_hand_is_found_no_more(library: Library, cache: Path) -> None:
    several = LibrarySearch(library, cache=cache)
    for _ in range(2):
        assert first(search(several)).title == "Rust"
    late, rust = library.path.read_text("utf-8").rsplit('"status": "approved"', 1)
    library.path.write_text(f'{late}"status": "retired"{rust}', "utf-8")
    match = search(several)
    assert "Rust" not in [each.strategy.title for each in (match.best, *match.runners_up) if each is not None]


def test_a_draft_leaves_the_kept_index_of_use(library: Library, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search(LibrarySearch(library, cache=cache))
    library.add([Strategy(title="Draft", situation="Not yet")])
    monkeypatch.setattr(stored, "counted", None)  # would fail if anything were counted again
    assert first(search(LibrarySearch(library, cache=cache))).title == "Rust"
    monkeypatch.setattr(stored, "opened", None)
    assert first(search(LibrarySearch(library, cache=cache))).title == "Rust"
