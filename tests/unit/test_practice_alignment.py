"""Where a reply to be learnt comes from: lines from their steps, values from where they were said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest

from practice.alignment import NOWHERE, Placed, copied_spans, step_spans
from practice.generator import PLAIN, Generator


class Characters:
    """Stands in for the vocabulary: a token for each character."""

    def ranges(self, ids: Sequence[int]) -> list[tuple[int, int]]:
        return [*pairwise(accumulate((len(chr(each).encode()) for each in ids), initial=0))]


def placed(text: str, start: int = 0) -> Placed:
    return Placed(Characters(), text, [ord(each) for each in text], start)  # type: ignore[arg-type]


def test_each_line_comes_from_the_step_that_it_carries_out() -> None:
    guidance = placed("Steps:\n1. Apologise\n2. Ask for the lot\nFacts:", 10)
    reply = placed("Dear Ms Ito,\nWhich lot?\nSorry.", 100)
    spans = step_spans(guidance, reply, [None, "Ask for the lot", "Apologise"])
    first, second = 10 + guidance.raw.index(b"Ask"), 10 + guidance.raw.index(b"Apologise")
    assert spans[:13] == [NOWHERE] * 13
    assert spans[13:24] == [(first, first + len("Ask for the lot\n"))] * 11
    assert spans[24:] == [(second, second + len("Apologise\n"))] * 6


def test_a_text_is_found_where_it_stands_last() -> None:
    text = placed("Sorry. Steps:\n1. Sorry", 10)
    assert text.found("Sorry") == (10 + text.raw.rindex(b"Sorry"), 10 + len(text.raw))
    assert text.found("Thanks") == NOWHERE


def test_a_value_comes_from_where_it_was_said_last() -> None:
    before = [placed("order AB-1", 10), placed("注文番号はAB-12です。", 40)]
    reply = placed("ご注文AB-12の件、", 80)
    spans = copied_spans(before, reply, ["AB-12"])
    at = 40 + len("注文番号は")
    assert spans == [NOWHERE] * 3 + [(at + each, at + each + 1) for each in range(5)] + [NOWHERE] * 3


@pytest.mark.parametrize("seed", range(3))
def test_the_generator_names_a_step_of_the_guidance_for_every_line_it_derives_from_one(seed: int) -> None:
    generator = Generator(seed)
    lines = 0
    for draw in range(40):
        sample = generator.sample(2) if draw % 2 else generator.first_sample((2, 4))
        text = sample.guidance.text()
        assert all(part in text for part, _ in (sample.taught.meant() if sample.taught else ()))
        for conversation in sample.conversations:
            assert conversation.learnt <= conversation.sources.keys()
            for place, sources in conversation.sources.items():
                assert len(sources) == len(conversation.turns[place].text.splitlines())
                assert all(source in text for source in sources if source)
                lines += sum(source is not None for source in sources)
    assert lines > 100


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_as_many_conversations_as_asked_go_on_from_steps_that_are_done(share: float) -> None:
    generator = Generator(6)
    drawn = [each for _ in range(100) for each in generator.sample(3, later=share).conversations]
    behind = [each for each in drawn if 1 not in each.learnt]
    assert share - 0.15 < len(behind) / len(drawn) <= share
    assert all(each.learnt and len(each.turns) >= 4 for each in behind)


def test_the_generator_names_the_sentences_that_show_a_mood() -> None:
    generator = Generator(4)
    moods: set[str] = set()
    for draw in range(60):
        sample = generator.sample(2) if draw % 2 else generator.contrast_sample(2)
        for conversation in sample.conversations:
            assert all(sentence in conversation.turns[0].text for sentence, _ in conversation.moods)
            moods |= {mood for _, mood in conversation.moods}
            assert conversation.shown & {"angry", "urgent", "new"} <= {mood for _, mood in conversation.moods}
    assert moods == {"angry", "urgent", "calm", "new", "known", PLAIN}


def test_a_contrast_differs_in_one_sentence_and_the_rule_tells_them_apart() -> None:
    generator = Generator(6)
    for _ in range(40):
        sample = generator.contrast_sample(1)
        one, other = sample.conversations
        text, changed, first, second = (
            said.replace(" ", "")
            for said in (one.turns[0].text, other.turns[0].text, one.moods[0][0], other.moods[0][0])
        )
        places = (found.span() for found in re.finditer(re.escape(first), text))
        assert changed in [text[:begin] + second + text[end:] for begin, end in places]
        assert sample.taught is not None and sample.taught.rule is not None
        rule = sample.taught.rule
        halves = {act: half for half, act in sample.taught.meant()[-2:]}
        asked = [halves[rule.first], halves[rule.otherwise]]
        found = [each.sources[1][each.named] for each in (one, other)]
        assert found == (asked[::-1] if rule.when == "number_missing" else asked)


def test_a_number_that_is_missing_stands_nowhere_in_the_message() -> None:
    generator = Generator(8)
    drawn: list[str] = []
    seen = 0
    for pools in generator.pools.values():
        lot = pools.lot
        pools.lot = lambda lot=lot: drawn.append(lot()) or drawn[-1]  # type: ignore[method-assign]
    for _ in range(2_000):
        sample = generator.contrast_sample(1)
        assert sample.taught is not None and sample.taught.rule is not None
        if sample.taught.rule.when == "number_missing" and sample.taught.rule.first == "ask_lot":
            given, missing = (conversation.turns[0].text for conversation in sample.conversations)
            assert any(value in given for value in drawn) and not any(value in missing for value in drawn)
            seen += 1
    assert seen > 5
