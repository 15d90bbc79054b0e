"""The queue: what could do most harm first, what nothing speaks against at once, and a verdict taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from denju.errors import Conflict, UsageError
from denju.library.store import Library
from denju.review.checks import Checks
from denju.review.findings import Finding
from denju.review.queue import Waiting
from denju.review.reviewing import Reviewing
from denju.values import Origin, Strategy


def strategy(name: str, **fields: object) -> Strategy:
    words = {"title": f"{name} title", "situation": f"A customer asks about {name}", "steps": (f"explain {name}",)}
    return Strategy(**{"id": f"st_{name}", "cues": (f"what about my {name}",), **words, **fields})  # type: ignore[arg-type]


def finding(severity: str) -> Finding:
    return Finding("reply", "none", severity)  # type: ignore[arg-type]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library" / "library.json")


@pytest.fixture
def reviewing(library: Library) -> Reviewing:
    class Counter:
        def context(self) -> int:
            return 2_000

        def answer(self) -> int:
            return 200

        def guidance(self, strategy: Strategy, always: object) -> int:
            return 100

    return Reviewing(library, lambda: Checks(library, counter=Counter()))


def test_before_the_checks_what_stands_in_every_prompt_comes_first(library: Library, reviewing: Reviewing) -> None:
    library.add([strategy("violin"), strategy("garden", scope="general"), strategy("lawyer", scope="policy"),
                 strategy("teapot", origin=Origin("teacher"))])  # fmt: skip
    assert [each.draft.scope for each in reviewing.queue()] == ["policy", "general", "scenario", "scenario"]
    assert [each.draft.id for each in reviewing.queue()][2:] == ["st_teapot", "st_violin"]
    assert {each.severity for each in reviewing.queue()} == {"unknown"}


def test_what_the_checks_say_weighs_most_then_reach_then_how_often() -> None:
    rows = [
        Waiting(strategy("a", scope="policy"), None, (finding("ok"),)),
        Waiting(strategy("b"), None, (finding("warning"), finding("ok"))),
        Waiting(strategy("c"), None, (finding("warning"), finding("warning"))),
        Waiting(strategy("d", scope="general"), None, (finding("warning"),)),
        Waiting(strategy("e"), None, (finding("violation"), finding("warning"))),
        Waiting(strategy("f"), None, (finding("notice"),)),
    ]
    ordered = sorted(rows, key=Waiting.risk, reverse=True)
    assert [each.draft.id[-1] for each in ordered] == ["e", "d", "c", "b", "f", "a"]
    assert [each.clean for each in ordered] == [False] * 5 + [True]


def test_a_draft_stands_beside_what_serves(library: Library, reviewing: Reviewing) -> None:
    [first] = library.add([strategy("violin")])
    reviewing.approve(first.id, by="sato", override="new")
    library.revise(strategy("violin", steps=("listen",)), base_revision=1)
    (waiting,) = reviewing.checked(threading.Event())
    assert (waiting.draft.revision, waiting.serving and waiting.serving.revision) == (2, 1)
    assert waiting.findings


def test_all_without_findings_are_approved_and_the_others_left(library: Library, reviewing: Reviewing) -> None:
    drafts = library.add([strategy("violin"), strategy("teapot"), strategy("garden", cues=())])
    clean = {each.draft.id for each in reviewing.checked(threading.Event()) if each.clean}
    done = {each.id for each in reviewing.approve_clean(drafts, by="sato", cancel=threading.Event())}
    assert done == clean == {"st_violin", "st_teapot"}
    assert [each.id for each in reviewing.pending()] == ["st_garden"]
    stopped = threading.Event()
    stopped.set()
    assert list(reviewing.approve_clean(reviewing.pending(), by="sato", cancel=stopped)) == []


def test_two_that_are_alike_are_not_approved_at_once_until_they_are_unlike(
    library: Library, reviewing: Reviewing
) -> None:
    def approved() -> set[str]:
        clean = reviewing.approve_clean(reviewing.pending(), by="sato", cancel=threading.Event())
        return {each.id for each in clean}

    library.add([strategy("violin"), replace(strategy("violin"), id="st_copy"), strategy("teapot")])
    assert approved() == {"st_teapot"}
    library.revise(replace(strategy("garden"), id="st_copy"), base_revision=1)
    assert approved() == {"st_violin", "st_copy"}


def test_checks_that_are_begun_meanwhile_are_no_change_of_the_library(library: Library) -> None:
    made, begun, go_on = [], threading.Event(), threading.Event()

    def make_checks() -> Checks:
        made.append(threading.current_thread())
        begun.set()
        go_on.wait(10)
        return Checks(library)

    reviewing = Reviewing(library, make_checks)
    [draft] = library.add([strategy("violin")])
    approved: list[Strategy] = []
    looks = threading.Thread(target=lambda: [*reviewing.checked(threading.Event())])
    approves = threading.Thread(target=lambda: approved.append(reviewing.approve(draft.id, by="sato", override="new")))
    looks.start()
    begun.wait(10)
    approves.start()
    approves.join(0.2)  # time enough to make checks of its own
    go_on.set()
    looks.join()
    approves.join()
    assert made == [looks] and [each.status for each in approved] == ["approved"]


def test_a_verdict_is_taken_back_by_who_gave_it(library: Library, reviewing: Reviewing) -> None:
    [draft] = library.add([strategy("violin")])
    rejected = reviewing.reject(draft.id, by="sato", why="no")
    with pytest.raises(UsageError, match="suzuki"):
        reviewing.undo(rejected, by="suzuki")
    again = reviewing.undo(rejected, by="sato")
    assert (again.status, again.reviews) == ("draft", ())
    with pytest.raises(UsageError):
        reviewing.undo(again, by="sato")


def test_taking_an_approval_back_lets_the_older_revision_serve_again(library: Library, reviewing: Reviewing) -> None:
    [draft] = library.add([strategy("violin")])
    reviewing.approve(draft.id, by="sato", override="new")
    newer = library.revise(strategy("violin", steps=("listen",)), base_revision=1)
    approved = reviewing.approve(newer.id, by="sato", override="new")
    assert [each.revision for each in library.serving()] == [2]
    reviewing.undo(approved, by="sato")
    assert [each.revision for each in library.serving()] == [1]
    retired = reviewing.retire(reviewing.approve(newer.id, by="sato", override="new").id, by="sato")
    assert reviewing.undo(retired, by="sato").status == "approved"


def test_a_verdict_that_was_built_on_stays(library: Library, reviewing: Reviewing) -> None:
    [draft] = library.add([strategy("violin")])
    rejected = reviewing.reject(draft.id, by="sato", why="no")
    library.revise(strategy("violin", steps=("listen",)), base_revision=1)
    with pytest.raises(Conflict):
        reviewing.undo(rejected, by="sato")


def test_only_the_verdict_that_was_seen_is_taken_back(library: Library, reviewing: Reviewing) -> None:
    [draft] = library.add([strategy("violin")])
    approved = reviewing.approve(draft.id, by="sato", override="new")
    retired = reviewing.retire(draft.id, by="sato")
    with pytest.raises(Conflict, match="verdicts were changed"):
        reviewing.undo(approved, by="sato")
    assert library.serving() == ()
    assert reviewing.undo(retired, by="sato").status == "approved"
    with pytest.raises(Conflict, match="verdicts were changed"):
        reviewing.undo(retired, by="sato")
    assert [each.revision for each in library.serving()] == [1]
