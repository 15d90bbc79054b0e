"""Samples as rows of token ids: a guidance, then conversations below it that do not see each other; then the next.

A guidance is evaluated once for all conversations below it; positions go on from its end in each of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from denju.student.prompt import build
from practice import acts, material
from practice.alignment import NOWHERE, Placed, Span, copied_spans, step_spans
from practice.generator import PLAIN, Generator
from practice.taught import SHOWN, Conversation, Sample

if TYPE_CHECKING:
    from practice.vocabulary import Vocabulary

MEANINGS = [*acts.load("ja"), *material.MOODS, PLAIN]
"""What ``Row.meanings`` counts in: acts of steps, then moods of a customer's sentences, and none of these."""
BLENDED = len(MEANINGS)
"""Instead of a meaning: the text is put together from parts of others, and nobody wrote down what it means."""
IGNORED = -100
"""Label of a position that nothing is learnt from."""
NOTHING = -1
"""Where the text of a token begins that is of none."""
MISSES = 3
"""A row is full when so many samples did not fit."""
CHOICE, COPY = 4.0, 3.0
"""Weights in the loss, where most tokens count 1: of the first tokens of a line, which choose the step, and of copied ones."""
CHOOSING = 2
"""First tokens of a line that choose."""
BLEND, CROP, THIN = 0.5, 0.6, 0.3
"""How many texts of a lesson are put together from parts; of these, how many from parts of two texts, the others
being one that lacks so many of its pieces."""
WORN = 0.03
"""Of the pieces of steps and rules in a prompt."""
PREFIX = 3
"""Pieces of the guidance in a prompt: bos, its control token, its text."""


KINDS = ("said", "next", "copied")
"""What guided heads look at: the step of the line that a token is of, or before a later reply the one that was said last;
that of the next token; where the next one is copied from."""


class Row:
    """One row while it is filled."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.ids: list[int] = []
        self.positions: list[int] = []
        self.labels: list[int] = []
        self.weights: list[float] = []
        self.samples: list[int] = []
        """Which sample each token is of."""
        self.branches: list[int] = []
        """0 in a guidance, else which of its conversations."""
        self.looks: dict[str, list[Span]] = {kind: [] for kind in KINDS}
        self.meanings: list[int] = []
        self.begins: list[int] = []
        """Where the text begins that a token is of, if its meaning is learnt; else NOTHING."""
        self.shown: list[int] = []

    def add(self, prefix: Sequence[int], meant: Sequence[Meant], branches: Sequence[Branch]) -> bool:
        """Append a guidance and as many of its conversations as there is room for; false if there is none for one."""
        if len(self.ids) + len(prefix) + len(branches[0].ids) > self.length:
            return False
        sample = (self.samples[-1] if self.samples else 0) + 1
        origin = len(self.ids)
        nothing = [NOWHERE] * len(prefix)
        silent = Branch(
            [*prefix], [IGNORED] * len(prefix), [0.0] * len(prefix), dict.fromkeys(KINDS, nothing), [-1] * len(prefix),
            [*meant],
        )  # fmt: skip
        for number, branch in enumerate((silent, *branches)):
            if len(self.ids) + len(branch.ids) > self.length:
                continue
            start = len(prefix) if number else 0
            shift = len(self.ids) - origin - start
            for kind, spans in branch.looks.items():
                self.looks[kind] += [
                    (first + origin + shift * (first >= start), last + origin + shift * (first >= start))
                    for first, last in spans
                ]
            self.ids += branch.ids
            self.labels += branch.labels
            self.weights += branch.weights
            self.meanings += [IGNORED] * len(branch.ids)
            self.begins += [NOTHING] * len(branch.ids)
            for (first, last), meaning in branch.meant:
                assert first < last, "a text that means something stands nowhere"
                begin, end = first + origin + shift, last + origin + shift
                self.meanings[end - 1] = meaning
                self.begins[begin:end] = [begin] * (end - begin)
            self.shown += branch.shown
            self.positions += range(start, start + len(branch.ids))
            self.samples += [sample] * len(branch.ids)
            self.branches += [number] * len(branch.ids)
        return True


@dataclass
class Branch:
    """The tokens of one conversation, for each of them a label and a weight, and where heads shall look."""

    ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    looks: dict[str, list[Span]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    """By kind and token; places count from the beginning of the guidance, as if this were its only conversation."""
    shown: list[int] = field(default_factory=list)
    meant: list[Meant] = field(default_factory=list)


Meant = tuple[Span, int]
"""Where a text stands, and which of ``MEANINGS`` it has; places count as in a ``Branch``."""


def _branch(sample: Sample, conversation: Conversation, vocabulary: Vocabulary) -> tuple[list[int], Branch]:
    """Ids of the guidance, and the conversation below it, out of the app's own prompt."""
    prompt = build(
        sample.guidance, conversation.turns[:-1], template="practice",
        count_tokens=lambda texts: [0] * len(texts), context=1 << 16, max_tokens=0,
    )  # fmt: skip
    prefix = vocabulary.ids(prompt.pieces[:PREFIX])
    guidance = Placed(vocabulary, sample.guidance.text(), prefix[2:], 2)
    before = [guidance]
    branch = Branch()
    shown = sum(1 << bit for bit, what in enumerate(SHOWN) if what in conversation.shown)
    eos = vocabulary.controls["eos"]
    done = NOWHERE
    roles = prompt.pieces[PREFIX::2]
    for place, (role, turn) in enumerate(zip(roles, conversation.turns, strict=True)):
        said = vocabulary.text(turn.text)
        placed = Placed(vocabulary, turn.text, said, len(prefix) + len(branch.ids) + 1)
        branch.ids += [*vocabulary.ids([role]), *said]
        if place == 0:
            branch.meant += [(placed.found(sentence), MEANINGS.index(mood)) for sentence, mood in conversation.moods]
        learnt = place in conversation.learnt
        branch.labels += [*said, eos] if learnt else [IGNORED] * (len(said) + 1)
        steps = copied = [NOWHERE] * len(said)
        if place in conversation.sources:
            steps = step_spans(guidance, placed, conversation.sources[place])
            copied = copied_spans(before, placed, conversation.values)
        branch.weights += [*_weights(said, copied, vocabulary), CHOICE]
        branch.looks["said"] += [done if place in conversation.sources else NOWHERE, *steps]
        done = next((step for step in reversed(steps) if step != NOWHERE), done)
        branch.looks["next"] += [*steps, NOWHERE] if learnt else [NOWHERE] * (len(said) + 1)
        branch.looks["copied"] += [*copied, NOWHERE] if learnt else [NOWHERE] * (len(said) + 1)
        chooses = [-1] * (len(said) + 1)
        if place == 1 and learnt:
            chooses[0] = shown
            if conversation.named and vocabulary.newline in said:
                chooses[said.index(vocabulary.newline) + 1] = shown
        branch.shown += chooses
        before.append(placed)
    return prefix, branch


def _meant(sample: Sample, prefix: Sequence[int], vocabulary: Vocabulary) -> list[Meant]:
    """Each line of a step and half of a rule in the guidance, and the act that it means."""
    if sample.taught is None:
        return []
    guidance = Placed(vocabulary, sample.guidance.text(), prefix[2:], 2)
    return [(guidance.found(text), MEANINGS.index(act)) for text, act in sample.taught.meant()]


def _weights(said: Sequence[int], copied: Sequence[Span], vocabulary: Vocabulary) -> list[float]:
    """How much each token of a reply counts in the loss."""
    weights = []
    place = 0
    for token, source in zip(said, copied, strict=True):
        weights.append(CHOICE if place < CHOOSING else COPY if source != NOWHERE else 1.0)
        place = 0 if token == vocabulary.newline else place + 1
    return weights


def fill(vocabulary: Vocabulary, length: int, draw: Callable[[], Sample], rng: random.Random) -> Row:
    """One row: as many samples, and conversations of each, as fit; some pieces of the steps are replaced."""
    row = Row(length)
    misses = 0
    while misses < MISSES or not row.ids:
        sample = draw()
        branches = [_branch(sample, conversation, vocabulary) for conversation in sample.conversations]
        prefix = branches[0][0]
        meant = _meant(sample, prefix, vocabulary)
        for (first, last), _ in meant:
            for place in range(first, last):
                if prefix[place] != vocabulary.newline and rng.random() < WORN:
                    prefix[place] = vocabulary.any(rng)
        misses += not row.add(prefix, meant, [branch for _, branch in branches])
    return row


def drill(vocabulary: Vocabulary, length: int, rng: random.Random) -> Row:
    """One row of nothing but copying: pieces drawn at random, of which each is met as often as any other, said again.

    Half of them are a stretch out of more, so that its first piece and its end cannot be known; the others are drawn
    from a few pieces only, so that what stands before one does not tell yet what comes after it (as in 4500).
    """
    row = Row(length)
    pieces = range(3, len(vocabulary.pieces))
    eos, prefix = vocabulary.controls["eos"], [vocabulary.controls[name] for name in ("bos", "guidance")]
    misses = 0
    while misses < MISSES:
        if whole := rng.random() < 0.5:
            few = (
                vocabulary.text("0123456789")[-10:] if rng.random() < 0.5 else rng.sample(pieces, rng.choice((2, 3, 5)))
            )
            asked = said = rng.choices(few, k=rng.randint(3, 12))
            skipped = 0
        else:
            asked = rng.choices(pieces, k=rng.randint(12, 48))
            skipped = rng.randrange(len(asked) - 8)
            said = asked[skipped : skipped + rng.randint(4, 12)]
        first = len(prefix) + 1 + skipped
        spans = [(first + at, first + at + 1) for at in range(len(said))]
        labels = [*said, eos] if whole else [IGNORED, *said[1:], IGNORED]
        branch = Branch(
            ids=[vocabulary.controls["customer"], *asked, vocabulary.controls["agent"], *said],
            labels=[IGNORED] * (len(asked) + 1) + labels,
            weights=[1.0] * (len(asked) + len(said) + 2),
            shown=[-1] * (len(asked) + len(said) + 2),
        )
        nothing = [NOWHERE] * (len(asked) + len(said) + 2)
        ahead = [NOWHERE] * (len(asked) + 1)
        branch.looks = dict.fromkeys(KINDS, nothing) | {"copied": [*ahead, *spans, NOWHERE]}
        misses += not row.add(prefix, [], [branch])
    return row


def lesson(vocabulary: Vocabulary, length: int, generator: Generator) -> Row:
    """One row of nothing but meanings: steps in many words, sentences of customers in many moods, each by itself.

    No reply is learnt, so far more of them are read in as many tokens. Half of the texts are put together from parts of
    others: what is known by heart would teach little.
    """
    row = Row(length)
    rng = generator.rng

    def drawn() -> tuple[list[int], int]:
        text, meaning = generator.line()
        return vocabulary.text(text), MEANINGS.index(meaning)

    misses = 0
    while misses < MISSES:
        ids, meaning = drawn()
        if rng.random() < BLEND:
            ids, meaning = _blended(ids, drawn()[0], rng), BLENDED
        misses += not row.add(ids, [((0, len(ids)), meaning)], [Branch()])
    return row


def _blended(ids: Sequence[int], others: Sequence[int], rng: random.Random) -> list[int]:
    """A stretch of one text and a stretch of another, either first; or one of them with pieces left out."""
    if rng.random() >= CROP:
        return [each for each in ids if rng.random() >= THIN] or [*ids]
    share = rng.uniform(0.3, 0.9)
    stretches = []
    for text, part in ((ids, share), (others, 1 - share)):
        size = max(1, round(len(text) * part))
        first = rng.randint(0, len(text) - size)
        stretches.append(text[first : first + size])
    rng.shuffle(stretches)
    return [*stretches[0], *stretches[1]]
