"""The practice student's acts: what is said is heard as what it does, and as nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from practice import acts
from practice.generator import Generator

LANGUAGES = pytest.mark.parametrize("language", acts.LANGUAGES)
VALUES = {
    "give_date": {"ja": "12月3日", "en": "3 December"},
    "give_report_date": {"ja": "12月3日", "en": "3 December"},
    "give_price": {"ja": "1個450円", "en": "450 yen each"},
    "give_stock": {"ja": "320個", "en": "320 pieces"},
    "give_contact": {"ja": "佐藤", "en": "Ms Sato"},
}
MARKS = {"ja": "［要確認：{}］", "en": "[to confirm: {}]"}
SLOTS = {
    "ja": {"order": "PO-12345", "product": "ブラケットBR-210", "quantity": "1,200個"},
    "en": {"order": "PO-12345", "product": "bracket BR-210", "quantity": "1,200 pieces"},
}


@LANGUAGES
def test_every_reply_is_heard_as_its_act_and_no_other(language: str) -> None:
    for name, act in acts.load(language).items():
        for reply in act.replies:
            known = VALUES[name][language] if act.fact else ""
            for value in {known, MARKS[language].format(act.fact)} if act.fact else {""}:
                assert acts.heard(reply.format(value=value, **SLOTS[language]), language) == {name}


@LANGUAGES
def test_sentences_in_other_words_are_heard(language: str) -> None:
    path = Path(__file__).parent / f"practice_sentences_{language}.toml"
    sentences = tomllib.loads(path.read_text("utf-8"))
    assert set(sentences) == set(acts.load(language))
    missed = [
        (name, text) for name, texts in sentences.items() for text in texts if name not in acts.heard(text, language)
    ]
    assert missed == []


@LANGUAGES
def test_held_out_wordings_are_held_out(language: str) -> None:
    for act in acts.load(language).values():
        assert act.replies
        assert act.steps
        assert len(act.steps_held_out) >= 3
        assert not set(act.steps_held_out) & set(act.steps)


def test_acts_are_told_in_order_of_appearance() -> None:
    reply = "Dear Ms Tanaka,\nPlease let us know the lot number shown on the packaging.\nWe are very sorry for that."
    assert acts.acts_in(reply, "en") == ["ask_lot", "apologise"]


@pytest.mark.parametrize("held_out", [False, True])
def test_generated_replies_do_what_their_plan_says(held_out: bool) -> None:
    generator = Generator(7, held_out=held_out)
    wrong, seen = [], 0
    for _ in range(60):
        sample = generator.sample(2)
        asked = dict(sample.taught.meant()) if sample.taught else {}
        for conversation in sample.conversations:
            for place, sources in conversation.sources.items():
                lines = conversation.turns[place].text.splitlines()
                for source, line in zip(sources, lines, strict=True):
                    if source in asked and asked[source] not in acts.heard(line, sample.guidance.language):
                        wrong.append((source, line))
                    seen += source in asked
    assert wrong == [] and seen > 100


def test_the_same_seed_gives_the_same_samples() -> None:
    assert Generator(3).sample(2) == Generator(3).sample(2)
    assert Generator(3).sample(2) != Generator(4).sample(2)
