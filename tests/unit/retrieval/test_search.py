"""Search: the two languages, small libraries, no match, why, and text that was never meant to be searched."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from denju.retrieval import stored
from denju.retrieval.confidence import DEFAULT
from denju.retrieval.search import Retriever, forced
from denju.values import Match, Strategy, Turn

LATE = Strategy(
    id="late-en", title="Late delivery", situation="Parts are overdue", cues=("Where are our parts?",), language="en"
)
LATE_JA = replace(
    LATE, id="late-ja", translation_of="late-en", language="ja", title="納期遅れ", situation="部品が届かない",
    cues=("部品がまだ届きません",),
)  # fmt: skip
SCRATCH = Strategy(
    id="scratch-en", title="Scratched parts", situation="The surface has scratches", cues=("It is scratched",)
)


@pytest.fixture(scope="module")
def starter() -> tuple[Strategy, ...]:
    lines = [
        line
        for name in ("delivery", "desk", "quality", "sales", "always")
        for line in files("denju.data").joinpath("starter", f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    return tuple(Strategy.from_dict(json.loads(line)) for line in lines)


@pytest.fixture(scope="module")
def retriever(starter: tuple[Strategy, ...]) -> Retriever:
    return Retriever(starter)


def search(retriever: Retriever, text: str, language: str = "en", **options: int) -> Match:
    return retriever.search([Turn("customer", text)], language=language, **options)


def messages() -> list[dict[str, object]]:
    path = Path(__file__).parents[2] / "data" / "messages.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_handwritten_messages_find_their_strategy(retriever: Retriever) -> None:
    fitting = [each for each in messages() if each["gold"]]
    found = [search(retriever, str(each["text"]), str(each["language"])) for each in fitting]
    right = [
        match.best is not None and match.best.strategy.id in each["gold"]  # type: ignore[operator]
        for each, match in zip(fitting, found, strict=True)
    ]
    assert len(right) >= 40
    assert sum(right) / len(right) >= 0.85


def test_without_why_the_same_is_found_and_nothing_explained(retriever: Retriever) -> None:
    for each in messages():
        match = search(retriever, str(each["text"]), str(each["language"]))
        brief = search(retriever, str(each["text"]), str(each["language"]), limit=1, why=False)
        assert (brief.kind, brief.threshold) == (match.kind, match.threshold)
        assert brief.best == (replace(match.best, terms=()) if match.best else None)


def test_messages_about_other_things_find_nothing(retriever: Retriever) -> None:
    foreign = [each for each in messages() if not each["gold"]]
    rejected = [search(retriever, str(each["text"]), str(each["language"])).kind == "none" for each in foreign]
    assert len(rejected) >= 15
    assert sum(rejected) / len(rejected) >= 0.85


def test_far_off_messages_are_left_to_nobody_who_knows_the_trade(retriever: Retriever) -> None:
    """Small talk, and what this firm does not do, have strategies of their own."""
    lawful = {"start-desk-small-talk-ja", "start-desk-small-talk-en", "start-desk-not-our-work-ja"}
    lawful.add("start-desk-not-our-work-en")
    path = Path(__file__).parents[2] / "data" / "off_topic.jsonl"
    far = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found = [search(retriever, each["text"], each["language"]).best for each in far]
    left = [best is None or best.strategy.id in lawful for best in found]
    assert len(left) == 60
    assert sum(left) / len(left) >= 0.9


@pytest.mark.parametrize(
    ("text", "language", "fitting"),
    [
        (
            "部品に傷がありました。検査はどうなっているのですか。",
            "ja",
            {"start-defect-scratch-ja", "start-defect-inspection-ja"},
        ),
        ("The parts arrived two days late and our line has stopped.", "en", {"start-delivery-late-linestop-en"}),
    ],
)
def test_the_two_messages_of_the_guide(retriever: Retriever, text: str, language: str, fitting: set[str]) -> None:
    match = search(retriever, text, language)
    assert match.kind == "matched"
    assert match.best is not None
    assert match.best.strategy.id in fitting
    assert match.best.confidence >= match.threshold


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("英語の勉強", "ja"),
        ("英語の勉強方法を教えてください", "ja"),
        ("What is a good chess opening for beginners?", "en"),
        ("株価は上がると思いますか。", "ja"),
    ],
)
def test_one_word_in_another_sense_is_no_match(retriever: Retriever, text: str, language: str) -> None:
    assert search(retriever, text, language).kind == "none"


@pytest.mark.parametrize(
    "text",
    [
        "We got only 96 of 100 brackets.",
        "PO-7781: we got only 96 of 100 brackets.",
        "I am Aya Tanaka. PO-7781: we got only 96 of 100 brackets.",
    ],
)
def test_names_and_codes_do_not_hide_the_matter(retriever: Retriever, text: str) -> None:
    match = search(retriever, text)
    assert match.best is not None
    assert match.best.strategy.id == "start-delivery-short-quantity-en"


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("The consignment is tardy, when will it get here?", "start-delivery-late"),
        ("請求額が間違っているようです", "start-desk-invoice"),
        ("値引きは可能でしょうか", "start-sales-"),
    ],
)
def test_other_words_for_the_same_matter_find_it(retriever: Retriever, text: str, fitting: str) -> None:
    match = search(retriever, text, "ja" if text > "z" else "en")
    assert match.best is not None
    assert match.best.strategy.id.startswith(fitting)


def test_only_scenario_strategies_are_found(retriever: Retriever) -> None:
    match = search(retriever, "Promise no refund or compensation, guarantee no dates", limit=20)
    found = [*([match.best] if match.best else []), *match.runners_up]
    assert found
    assert all(each.strategy.scope == "scenario" for each in found)


def test_of_a_group_the_one_in_the_asked_language_serves() -> None:
    both = Retriever([LATE, LATE_JA, SCRATCH])
    for language, expected in (("en", LATE), ("ja", LATE_JA)):
        match = search(both, "部品がまだ届きません", language)
        assert match.best is not None
        assert match.best.strategy == expected
        assert all(each.strategy.group() != "late-en" for each in match.runners_up)
    second = replace(LATE, id="late-line", translation_of="late-en", title="Line stop", cues=("The line has stopped",))
    again = Retriever([LATE, LATE_JA, second, SCRATCH])
    assert (best := search(again, "The line has stopped").best) is not None and best.strategy == second
    assert (best := search(again, "The line has stopped", "ja").best) is not None and best.strategy == LATE_JA
    only = search(Retriever([LATE_JA, SCRATCH]), "部品がまだ届きません", "en")
    assert only.best is not None
    assert only.best.strategy == LATE_JA


def test_only_the_tags_and_languages_asked_for_are_searched() -> None:
    tagged = replace(SCRATCH, tags=("surface", "defect"))
    library = Retriever([LATE, LATE_JA, tagged])
    turns = [Turn("customer", "late parts, scratched, 部品がまだ届きません")]

    def found(**options: tuple[str, ...]) -> set[str]:
        match = library.search(turns, language="ja", **options)
        return {each.strategy.id for each in (match.best, *match.runners_up) if each is not None}

    assert found() == {"late-ja", "scratch-en"}
    assert found(languages=("en",)) == {"late-en", "scratch-en"}
    assert found(languages=("ja",)) == {"late-ja"}
    assert found(tags=("surface", "defect")) == {"scratch-en"}
    assert found(tags=("surface", "other")) == set()
    alone = Retriever([tagged]).search(turns, language="ja").best
    part = library.search(turns, language="ja", tags=("surface",)).best
    assert alone is not None
    assert part is not None
    assert part.score == pytest.approx(alone.score)


def test_what_came_and_went_is_searched_without_counting_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Retriever([LATE, LATE_JA])
    assert search(before, "scratched").kind == "none"
    counted = []
    count = stored.counted
    monkeypatch.setattr(stored, "counted", lambda strategy: counted.append(strategy) or count(strategy))
    edited = replace(LATE, title="Overdue shipment")
    after = Retriever([SCRATCH, edited], before=before)
    match = search(after, "It is scratched")
    assert match.best is not None
    assert match.best.strategy == SCRATCH
    assert counted == [SCRATCH, edited]
    fresh = search(Retriever([SCRATCH, edited]), "shipment scratched")
    again = search(after, "shipment scratched")
    assert [each.score for each in (fresh.best, *fresh.runners_up) if each] == pytest.approx(
        [each.score for each in (again.best, *again.runners_up) if each]
    )
    assert not search(after, "部品がまだ届きません").runners_up


@pytest.mark.parametrize("library", [[LATE], [LATE, SCRATCH], [LATE, SCRATCH, LATE_JA]])
def test_small_libraries_work(library: list[Strategy]) -> None:
    for strategy in library:
        match = search(Retriever(library), strategy.cues[0], strategy.language)
        assert match.best is not None
        assert match.best.strategy == strategy


def test_an_empty_library_has_no_match() -> None:
    assert search(Retriever([]), "late parts") == Match("none", threshold=DEFAULT.threshold)


@pytest.mark.parametrize("text", ["", "   ", "Hello!", "こんにちは。", "いつもお世話になっております。"])
def test_a_greeting_waits(retriever: Retriever, text: str) -> None:
    assert search(retriever, text).kind == "waiting"
    assert retriever.search([], language="ja").kind == "waiting"


def test_after_a_greeting_the_matter_counts(retriever: Retriever) -> None:
    turns = [
        Turn("customer", "There is rust on the parts."),
        Turn("agent", "Which lot?"),
        Turn("customer", "Lot 4711."),
    ]
    assert search(retriever, "Lot 4711.").kind == "none"
    match = retriever.search(turns, language="en")
    candidates = [*([match.best] if match.best else []), *match.runners_up]
    assert "start-defect-rust-en" in [each.strategy.id for each in candidates]


@pytest.mark.parametrize(
    "text",
    ["x", "傷", "?", "🎉🎉", "\ud800\udfff", "\x00\x1b[31m", "привет мир", "สวัสดี", "a" * 1_000_000, "> " * 5_000],
)
def test_any_text_gets_an_honest_result(retriever: Retriever, text: str) -> None:
    match = search(retriever, text)
    assert match.kind in ("none", "waiting", "matched")
    assert (match.kind == "matched") == (match.best is not None)


@pytest.mark.parametrize("text", ["🎉🎉", "привет мир", "สวัสดี", "a" * 1_000_000])
def test_what_the_library_cannot_know_is_no_match(retriever: Retriever, text: str) -> None:
    assert search(retriever, text).kind == "none"


def test_a_match_says_why(retriever: Retriever) -> None:
    match = search(retriever, "部品に傷がありました。", "ja")
    assert match.best is not None
    terms = match.best.terms
    assert {"部品", "傷"} <= {term.term for term in terms}
    assert not any(term.term.startswith("~") for each in (match.best, *match.runners_up) for term in each.terms)
    assert sum(term.share for term in terms) <= 1.001
    assert [term.share for term in terms] == sorted((term.share for term in terms), reverse=True)
    assert "title" in next(term for term in terms if term.term == "傷").fields


def test_limit_counts_the_best_and_the_runners_up(retriever: Retriever) -> None:
    match = search(retriever, "The parts are scratched and late.", limit=3)
    assert match.best is not None
    assert len(match.runners_up) == 2
    scores = [match.best.score, *(each.score for each in match.runners_up)]
    assert scores == sorted(scores, reverse=True)


def test_forced_is_what_a_person_said() -> None:
    match = forced(LATE)
    assert match.kind == "forced"
    assert match.best is not None
    assert match.best.strategy == LATE
