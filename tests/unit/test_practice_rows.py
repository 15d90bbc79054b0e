"""What a training row says of its tokens: which text ends where, what it means, what is learnt, what is copied."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import pytest

from denju.student.port import Control, Piece
from practice.generator import Generator
from practice.rows import BLENDED, IGNORED, MEANINGS, NOTHING, WORN, Row, drill, fill, lesson
from practice.taught import Sample


class Characters:
    """Stands in for the vocabulary: a token for each character."""

    def __init__(self) -> None:
        self.newline = ord("\n")
        self.controls = {name: -at for at, name in enumerate(("bos", "eos", "guidance", "customer", "agent"), 1)}
        self.pieces = range(40, 120)

    def text(self, text: str) -> list[int]:
        return [ord(each) for each in text]

    def ids(self, prompt: Iterable[Piece]) -> list[int]:
        parts = ([self.controls[each.name]] if isinstance(each, Control) else self.text(each) for each in prompt)
        return [each for part in parts for each in part]

    def ranges(self, ids: Sequence[int]) -> list[tuple[int, int]]:
        return [*pairwise(accumulate((len(chr(each).encode()) for each in ids), initial=0))]

    def any(self, rng: random.Random) -> int:
        return rng.randrange(40, 120)

    def words(self, ids: Sequence[int]) -> str:
        return "".join(chr(each) for each in ids if each >= 0)


CHARACTERS = Characters()


@pytest.mark.parametrize("kind", ["sample", "contrast", "study"])
def test_a_meaning_stands_at_the_end_of_its_text(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("practice.rows.WORN", 0.0)
    generator = Generator(5)
    draws = {
        "sample": lambda: generator.sample(3), "contrast": lambda: generator.contrast_sample(2),
        "study": generator.study_sample,
    }  # fmt: skip
    drawn: list[Sample] = []
    row = fill(CHARACTERS, 16_000, lambda: drawn.append(draws[kind]()) or drawn[-1], generator.rng)  # type: ignore[arg-type,func-returns-value]
    meant = {(text, act) for each in drawn if each.taught for text, act in each.taught.meant()}
    meant |= {mood for each in drawn for conversation in each.conversations for mood in conversation.moods}
    found = [
        (CHARACTERS.words(row.ids[row.begins[place] : place + 1]).strip("\n"), MEANINGS[meaning])
        for place, meaning in enumerate(row.meanings)
        if meaning != IGNORED
    ]
    assert len(found) > 20 and set(found) <= meant
    inside = sum(len(text) for text, _ in found)
    of_texts = sum(begin != NOTHING for begin in row.begins)
    assert inside <= of_texts <= inside + len(found), "and nothing else is of such a text, but the ends of lines"


def test_what_is_learnt_is_the_next_token_and_what_is_copied_stands_where_it_is_looked_for() -> None:
    generator = Generator(6)
    row = fill(CHARACTERS, 16_000, lambda: generator.sample(3), generator.rng)  # type: ignore[arg-type]
    eos = CHARACTERS.controls["eos"]
    learnt = [place for place, label in enumerate(row.labels) if label not in (IGNORED, eos)]
    assert len(learnt) > 1_000 and all(row.labels[place] == row.ids[place + 1] for place in learnt)
    copied = list(looked_at(row))
    assert len(copied) > 100
    for place, source in copied:
        assert source <= place and row.ids[source] == row.labels[place]
        assert row.samples[source] == row.samples[place] and row.branches[source] in (0, row.branches[place])


def looked_at(row: Row) -> Iterator[tuple[int, int]]:
    """Each place whose next token is copied, and where that one stands."""
    for place, (first, last) in enumerate(row.looks["copied"]):
        if last > first:
            assert last == first + 1
            yield place, first


def test_before_a_later_reply_the_step_that_was_said_last_is_looked_at() -> None:
    generator = Generator(6)
    row = fill(CHARACTERS, 16_000, lambda: generator.sample(3, starter=1.0, later=0.9), generator.rng)  # type: ignore[arg-type]
    agent = CHARACTERS.controls["agent"]
    found = 0
    said: dict[tuple[int, int], tuple[int, int]] = {}
    for token, look, sample, branch in zip(row.ids, row.looks["said"], row.samples, row.branches, strict=True):
        if look[1] == look[0]:
            continue
        if token == agent:
            assert look == said[sample, branch]
            found += 1
        said[sample, branch] = look
    assert 10 < found < row.ids.count(agent), "and before a first reply nothing is"


def test_pieces_of_steps_are_worn() -> None:
    lines = []
    for chance in (0.0, WORN):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("practice.rows.WORN", chance)
            generator = Generator(7)
            lines.append(fill(CHARACTERS, 9_000, generator.study_sample, generator.rng).ids)  # type: ignore[arg-type]
    assert lines[0] != lines[1]
    assert WORN > 0


def test_a_worn_step_keeps_the_end_of_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("practice.rows.WORN", 1.0)
    generator = Generator(7)
    row = fill(CHARACTERS, 9_000, generator.study_sample, generator.rng)  # type: ignore[arg-type]
    inside = [begin != NOTHING for begin in row.begins]
    steps = [each for each, meant, branch in zip(row.ids, inside, row.branches, strict=True) if meant and not branch]
    assert steps.count(CHARACTERS.newline) > 20
    assert set(steps) - {CHARACTERS.newline} <= set(range(40, 120))


def test_a_lesson_is_a_text_by_itself_and_what_it_means() -> None:
    generator = Generator(8)
    row = lesson(CHARACTERS, 2_000, generator)  # type: ignore[arg-type]
    ends = [place for place, meaning in enumerate(row.meanings) if meaning != IGNORED]
    assert [row.begins[place] for place in ends] == [0, *(place + 1 for place in ends[:-1])]
    assert NOTHING not in row.begins and set(row.labels) == {IGNORED}
    assert row.positions == [place - row.begins[end] for end in ends for place in range(row.begins[end], end + 1)]


def test_half_of_a_lesson_is_put_together_from_parts() -> None:
    generator = Generator(8)
    drawn: list[str] = []
    line = generator.line
    generator.line = lambda: drawn.append((found := line())[0]) or found  # type: ignore[method-assign,func-returns-value]
    row = lesson(CHARACTERS, 8_000, generator)  # type: ignore[arg-type]
    ends = [place for place, meaning in enumerate(row.meanings) if meaning != IGNORED]
    texts = {CHARACTERS.words(row.ids[row.begins[place] : place + 1]): row.meanings[place] for place in ends}
    whole = {text for text, meaning in texts.items() if meaning != BLENDED}
    assert whole <= set(drawn) and not (texts.keys() - whole) & set(drawn)
    assert 0.4 < len(whole) / len(texts) < 0.6
    # Nothing stands in them but what was drawn, at most a text's length of it.
    for text in texts.keys() - whole:
        assert any(not Counter(text) - Counter(one + other) for one, other in pairwise(drawn))


def test_an_exercise_says_again_what_was_said() -> None:
    row = drill(CHARACTERS, 800, random.Random(9))  # type: ignore[arg-type]
    found = list(looked_at(row))
    assert len(found) > 100 and all(row.ids[source] == row.ids[place + 1] for place, source in found)
