"""Steps in many words: many for every act, the same for one seed, and none that the evaluation asks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import combinations

import pytest

from practice import acts, material, wordings
from practice.cases import by_hand
from practice.generator import PLAIN, Generator
from practice.taught import SHOWN

LANGUAGES = pytest.mark.parametrize("language", acts.LANGUAGES)
DRAWS = 200


@pytest.fixture(scope="module")
def drawn() -> dict[str, dict[str, list[str]]]:
    """Wordings of each act, by language."""
    rng = random.Random(2)
    return {
        language: {act: [wordings.worded(rng, language, act) for _ in range(DRAWS)] for act in acts.load(language)}
        for language in acts.LANGUAGES
    }


def letters(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


@LANGUAGES
def test_every_act_is_worded_in_many_ways(language: str, drawn: dict[str, dict[str, list[str]]]) -> None:
    assert set(wordings.load(language)) == set(acts.load(language))
    few = {act: len(set(texts)) for act, texts in drawn[language].items() if len(set(texts)) < DRAWS / 3}
    assert few == {}
    written = {text for texts in wordings.written(language).values() for text in texts}
    put_together = {text for texts in drawn[language].values() for text in texts} - written
    assert [text for text in put_together if re.search(r"[(){}|]|  ", text)] == []


@LANGUAGES
def test_what_was_written_whole_means_one_act_each(language: str) -> None:
    written = wordings.written(language)
    assert set(written) == set(acts.load(language))
    assert min(len(set(texts)) for texts in written.values()) >= 160
    every = [letters(text) for texts in written.values() for text in texts]
    assert len(set(every)) == len(every)


def test_the_same_seed_gives_the_same_wordings() -> None:
    one, other = random.Random(5), random.Random(5)
    assert [wordings.worded(one, "en", "ask_lot") for _ in range(9)] == [
        wordings.worded(other, "en", "ask_lot") for _ in range(9)
    ]


@LANGUAGES
def test_what_the_evaluation_asks_is_never_drawn(language: str, drawn: dict[str, dict[str, list[str]]]) -> None:
    asked = {letters(text) for act in acts.load(language).values() for text in act.steps_held_out}
    asked |= {
        letters(step)
        for each in by_hand()
        if each.taught.strategy.language == language
        for step in each.taught.strategy.steps
    }
    drawable = all_that_is_drawn(language)
    assert {text for texts in drawn[language].values() for text in texts if not drawable(letters(text))} == set()
    assert {text for text in asked if drawable(text)} == set()


def all_that_is_drawn(language: str) -> Callable[[str], bool]:
    """Whether a wording, of nothing but letters, can be drawn for any act."""
    written = {letters(text) for texts in wordings.written(language).values() for text in texts}
    parts = {
        (frame, part)
        for act, kinds in wordings.load(language).items()
        for kind, texts in kinds.items()
        for frame in wordings._frames(language, act, kind)
        for part in texts
    }
    framed: dict[tuple[str, str], list[re.Pattern[str]]] = {}
    for frame, part in parts:
        ahead, behind = frame.split("{}")
        framed.setdefault((letters(ahead), letters(behind)), []).append(any_of(part))

    def drawable(text: str) -> bool:
        return text in written or any(
            text.startswith(ahead)
            and text.endswith(behind)
            and any(part.fullmatch(text[len(ahead) : len(text) - len(behind)]) for part in among)
            for (ahead, behind), among in framed.items()
            if len(text) >= len(ahead) + len(behind)
        )

    return drawable


def any_of(pattern: str) -> re.Pattern[str]:
    """All texts that ``wordings.expanded`` makes of a pattern, in letters."""
    return re.compile("".join(each if each in "(|)" else letters(each) for each in pattern))


@LANGUAGES
@pytest.mark.parametrize("kind", material.UNSEEN)
def test_what_customers_say_in_the_evaluation_is_never_drawn(kind: str, language: str) -> None:
    rng = random.Random(4)
    known = [any_of(text) for text in material.SEEN[kind][language]]
    drawn = {wordings.expanded(rng, rng.choice(material.SEEN[kind][language])) for _ in range(DRAWS)}
    assert all(any(each.fullmatch(letters(text)) for each in known) for text in drawn)
    unseen = material.UNSEEN[kind][language]
    assert len(unseen) >= 8
    assert [text for text in unseen if any(each.fullmatch(letters(text)) for each in known)] == []
    if kind in material.MOODS:
        assert [text for text in (*drawn, *unseen) if re.search(r"[(){}|]", text)] == []


@LANGUAGES
def test_a_rule_asks_for_what_the_message_shows(language: str) -> None:
    generator = Generator(8)
    seen: set[tuple[str, bool]] = set()
    for _ in range(300):
        sample = generator.first_sample((1, 2))
        if sample.guidance.language != language or not sample.taught or not sample.taught.rule:
            continue
        rule, meant = sample.taught.rule, dict(sample.taught.meant())
        for conversation in sample.conversations:
            assert conversation.shown <= set(SHOWN)
            first = conversation.sources[1][conversation.named]
            assert first is not None
            holds = rule.when in conversation.shown
            if rule.when != "number_missing":
                assert meant[first] == (rule.first if holds else rule.otherwise)
                seen.add((rule.when, holds))
    assert seen == {(when, holds) for when in ("angry", "urgent", "new") for holds in (True, False)}


def test_a_contrast_differs_in_what_its_rule_asks_only() -> None:
    generator = Generator(9)
    whens = set()
    for _ in range(60):
        sample = generator.contrast_sample(2)
        assert sample.taught and sample.taught.rule
        rule, meant = sample.taught.rule, dict(sample.taught.meant())
        for holding, other in zip(sample.conversations[::2], sample.conversations[1::2], strict=True):
            first, second = (conversation.sources[1][conversation.named] for conversation in (holding, other))
            assert {meant[first or ""], meant[second or ""]} == {rule.first, rule.otherwise}
            assert len(holding.shown ^ other.shown) == 1
            texts = [conversation.turns[0].text for conversation in (holding, other)]
            assert texts[0] != texts[1] and "\0" not in "".join(texts)
        whens.add(rule.when)
    assert whens == {"angry", "urgent", "new", "number_missing"}


def test_more_steps_than_a_strategy_has_are_all_carried_out() -> None:
    sample = Generator(10).study_sample()
    (conversation,) = sample.conversations
    assert sample.taught and len(sample.taught.acts) >= 8
    reply = conversation.turns[1].text
    heard = acts.acts_in(reply, sample.guidance.language)
    assert [act for act in heard if act in sample.taught.acts] == list(sample.taught.acts)


def test_a_line_by_itself_means_its_act_or_mood() -> None:
    generator = Generator(4)
    lines = [generator.line() for _ in range(4000)]
    every = {*acts.load("ja"), *material.MOODS, PLAIN}
    assert {meaning for _, meaning in lines} == every
    held_out = {
        *(letters(step) for each in acts.LANGUAGES for act in acts.load(each).values() for step in act.steps_held_out),
        *(letters(text) for mood in material.MOODS for texts in material.UNSEEN[mood].values() for text in texts),
    }
    assert [text for text, _ in lines if letters(text).lstrip("123456") in held_out] == []
    of = {meaning: {text for text, other in lines if other == meaning} for meaning in every}
    assert [(one, two) for one, two in combinations(sorted(every), 2) if of[one] & of[two]] == []
