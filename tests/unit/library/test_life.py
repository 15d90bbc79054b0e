"""A strategy's life beyond its first draft: delete, restore, differences, and merging with what a person chose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from denju.errors import Conflict, NotFound, UsageError
from denju.library import jsonl
from denju.library.difference import Difference, differences
from denju.library.merging import Choice
from denju.library.parcel import Parcel, bring_in
from denju.library.store import Library, Merged
from denju.values import Check, Strategy

ONE = Strategy("Late", "A delivery is late", id="st_1", steps=("Apologise", "Give the date"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.json")
    library.add([ONE, replace(ONE, id="st_2")])
    return library


def test_a_deleted_strategy_is_gone_with_its_revisions_and_its_id_stays_taken(library: Library) -> None:
    library.revise(replace(ONE, why="x"), base_revision=1)
    assert library.delete("st_1", by="sato", why="a customer's name") == "st_1"
    again = Library(library.path)
    assert [each.id for each in again.all()] == ["st_2"]
    with pytest.raises(NotFound):
        again.get("st_1")
    with pytest.raises(Conflict, match="st_1 is taken"):
        again.add([ONE])
    [record] = json.loads(library.path.read_bytes())["deleted"].values()
    assert (record["deleted"], record["last"], record["by"], record["why"]) == ("st_1", 2, "sato", "a customer's name")
    assert "Late" in library.path.read_text() and library.path.read_text().count("Late") == 1


def test_a_deleted_id_stands_for_no_other_that_begins_with_it(library: Library) -> None:
    library.add([replace(ONE, id="st_10")])
    library.delete("st_1", by="sato")
    for use in (
        lambda: library.get("st_1"),
        lambda: library.revise(THEIRS, base_revision=1),
        lambda: library.review("st_1", revision=1, verdict="rejected", by="sato", why="x"),
        lambda: library.take_back(ONE, by="sato"),
        lambda: library.delete("st_1", by="sato"),
    ):
        with pytest.raises(NotFound, match="'st_1' was deleted"):
            use()
    assert library.get("st_10") == library.get("st_10", revision=1)
    assert library.get("st_10").status == "draft"


def test_an_old_revision_comes_back_as_a_draft(library: Library) -> None:
    library.review("st_1", revision=1, verdict="approved", by="sato", why="")
    library.revise(replace(ONE, why="x"), base_revision=1)
    restored = library.restore("st_1", revision=1, by="sato")
    assert (restored.revision, restored.status, restored.why, restored.reviews) == (3, "draft", "", ())
    assert (restored.origin.parent, restored.origin.by) == (1, "sato")
    assert [each.revision for each in library.serving()] == [1]
    with pytest.raises(UsageError, match="says what revision 1 says"):
        library.restore("st_1", revision=1, by="sato")
    with pytest.raises(NotFound):
        library.restore("st_1", revision=9, by="sato")


def test_differences_name_each_field_with_both_values() -> None:
    after = replace(ONE, revision=2, status="approved", steps=("Apologise",), check=Check(never=("x",)), extra={"a": 1})
    assert differences(ONE, after) == (
        Difference("steps", ["Apologise", "Give the date"], ["Apologise"]),
        Difference("check.never", [], ["x"]),
        Difference("extra.a", None, 1),
    )
    assert differences(ONE, replace(ONE, id="other", revision=5)) == ()


def parcel(*known: Strategy) -> Parcel:
    return jsonl.load(jsonl.dump(known))


def merged(library: Library, *known: Strategy, otherwise: Choice | None = None, dry_run: bool = False) -> Merged:
    return bring_in(library, parcel(*known), by="suzuki", otherwise=otherwise, dry_run=dry_run)


THEIRS = replace(ONE, why="because")


def test_what_both_sides_changed_is_left_to_a_person(library: Library) -> None:
    before = library.path.read_bytes()
    with pytest.raises(Conflict, match="st_1"):
        merged(library, THEIRS, replace(ONE, id="new"))
    plan = merged(library, THEIRS, replace(ONE, id="new"), dry_run=True)
    assert (plan.added, plan.updated, plan.left) == (("new",), (), ())
    assert [(clash.theirs.why, clash.ours) for clash in plan.clashes] == [("because", library.get("st_1"))]
    assert library.path.read_bytes() == before


@pytest.mark.parametrize("choice", ["keep", "take", "both"])
def test_merged_twice_with_one_choice_is_merged_once(library: Library, choice: Choice) -> None:
    first = merged(library, THEIRS, replace(ONE, id="new"), otherwise=choice)
    before = library.path.read_bytes()
    second = merged(library, THEIRS, replace(ONE, id="new"), otherwise=choice)
    assert library.path.read_bytes() == before
    assert not second.added and not second.updated
    assert first.added == {"keep": ("new",), "take": ("new",), "both": ("new", first.added[-1])}[choice]
    assert library.get("st_1").why == ("because" if choice == "take" else "")
    if choice == "both":
        assert library.get(first.added[-1]).why == "because"


def test_a_copy_of_theirs_takes_no_translations_place(library: Library) -> None:
    ja = replace(ONE, id="ja", language="ja", translation_of="st_1")
    library.add([ja])
    theirs = (replace(ja, why="because"), THEIRS)
    [alone] = merged(library, theirs[0], otherwise="both").added
    assert library.get(alone).group() == alone, "not that of ours, of which one a language serves"
    library.delete(alone, by="sato")
    assert merged(library, theirs[0], otherwise="both").left == (alone,)


def test_copies_of_theirs_are_translations_of_one_another(library: Library) -> None:
    ja = replace(ONE, id="ja", language="ja", translation_of="st_1")
    library.add([ja])
    theirs = (replace(ja, why="because"), THEIRS)
    plan = merged(library, *theirs, otherwise="both", dry_run=True)
    first = merged(library, *theirs, otherwise="both")
    assert first == plan
    copied_ja, copied = map(library.get, first.added)
    assert (copied_ja.language, copied_ja.translation_of, copied.translation_of) == ("ja", copied.id, None)
    assert library.get("ja").group() == "st_1", "ours stay as they are"
    before = library.path.read_bytes()
    assert not merged(library, *theirs, otherwise="both").added
    assert library.path.read_bytes() == before


def test_one_half_of_a_copied_pair_again_keeps_its_link(library: Library) -> None:
    ja = replace(ONE, id="ja", language="ja", translation_of="st_1")
    library.add([ja])
    theirs = (replace(ja, why="because"), THEIRS)
    copied_ja, copied = merged(library, *theirs, otherwise="both").added
    before = library.path.read_bytes()
    again = merged(library, theirs[0], otherwise="both")
    assert (again.added, again.updated, again.left) == ((), (), (copied_ja,))
    assert library.path.read_bytes() == before
    assert library.get(copied_ja).translation_of == copied


def test_a_half_copied_alone_is_linked_once_the_other_comes(library: Library) -> None:
    ja = replace(ONE, id="ja", language="ja", translation_of="st_1")
    library.add([ja])
    theirs = (replace(ja, why="because"), THEIRS)
    [alone] = merged(library, theirs[0], otherwise="both").added
    [other] = merged(library, *theirs, otherwise="both").added
    assert library.get(alone).translation_of == other


def test_choices_by_id(library: Library) -> None:
    other = replace(ONE, id="st_2", why="because")
    bring_in(library, parcel(THEIRS, other), by="s", choices={"st_1": "take", "st_2": "keep"})
    assert (library.get("st_1").why, library.get("st_2").why) == ("because", "")


def test_what_nobody_touched_here_moves_on_and_never_back(library: Library) -> None:
    first, second = replace(ONE, id="x", why="1"), replace(ONE, id="x", why="2")
    merged(library, first)
    assert merged(library, second).updated == ("x",)
    assert merged(library, first).left == ("x",), "an older export of theirs brings nothing back"
    assert library.get("x").why == "2"


def test_a_deleted_one_comes_back_only_when_a_person_takes_it(library: Library) -> None:
    library.delete("st_1", by="sato")
    with pytest.raises(Conflict):
        merged(library, ONE)
    assert merged(library, ONE, otherwise="keep").left == ("st_1",)
    assert merged(library, ONE, otherwise="take").updated == ("st_1",)
    back = library.get("st_1")
    assert (back.revision, back.status) == (2, "draft"), "a revision never means two things"
    assert merged(library, ONE, otherwise="take").left == ("st_1",)


def test_older_revisions_come_with_a_new_strategy(library: Library, tmp_path: Path) -> None:
    library.revise(replace(ONE, why="x"), base_revision=1)
    library.review("st_1", revision=2, verdict="approved", by="sato", why="")
    rows = [old for each in library.all() for old in library.revisions(each.id)]
    sent = jsonl.load(jsonl.dump(rows))
    assert sent.strategies == tuple(rows)
    other = Library(tmp_path / "other.json")
    bring_in(other, sent, by="suzuki", approved_by="sato")
    assert [(each.revision, each.status) for each in other.revisions("st_1")] == [(1, "draft"), (2, "approved")]
    before = other.path.read_bytes()
    bring_in(other, sent, by="suzuki", approved_by="sato")
    assert other.path.read_bytes() == before


def test_what_the_sender_turned_down_is_a_draft_though_the_rest_is_approved(library: Library) -> None:
    sent = parcel(
        replace(ONE, id="good", status="approved"),
        replace(ONE, id="retired", status="retired"),
        replace(ONE, id="rejected", status="approved"),
        replace(ONE, id="rejected", revision=2, why="x", status="rejected"),
        replace(THEIRS, status="rejected"),
    )
    plan = bring_in(library, sent, by="suzuki", approved_by="sato", otherwise="both", dry_run=True)
    first = bring_in(library, sent, by="suzuki", approved_by="sato", otherwise="both")
    assert first == plan
    *others, copy = first.added
    assert (others, first.turned_down) == (["good", "retired", "rejected"], ("retired", "rejected", copy))
    assert [each.id for each in library.serving()] == ["good"]
    again = bring_in(library, sent, by="suzuki", approved_by="sato", otherwise="both")
    assert (again.added, again.updated, again.turned_down) == ((), (), first.turned_down)
    assert {each.status for each in library.revisions("rejected")} == {"draft"}
    assert [each.id for each in library.serving()] == ["good"]


def test_what_was_retired_comes_back_past_a_draft_that_never_served(library: Library) -> None:
    library.review("st_1", revision=1, verdict="approved", by="sato", why="")
    library.revise(replace(ONE, why="x"), base_revision=1)
    library.review("st_1", revision=1, verdict="retired", by="sato", why="")
    assert library.review("st_1", revision=1, verdict="approved", by="sato", why="").status == "approved"
    assert [each.revision for each in library.serving() if each.id == "st_1"] == [1]
    library.review("st_1", revision=1, verdict="retired", by="sato", why="")
    library.review("st_1", revision=2, verdict="approved", by="sato", why="")
    with pytest.raises(Conflict):
        library.review("st_1", revision=1, verdict="approved", by="sato", why="")
