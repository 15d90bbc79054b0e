"""Samples as rows of token ids: a guidance, then conversations below it that do not see each other; then the next.

A guidance is evaluated once for all conversations below it; positions go on from its end in each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from denju.student.prompt import build
from practice.generator import Conversation, Sample
from practice.vocabulary import Vocabulary

IGNORED = -100
"""Label of a position that nothing is learnt from."""
MISSES = 3
"""A row is full when so many samples did not fit."""
CHOICE, COPY = 4.0, 3.0
"""Weights in the loss, where most tokens count 1: of the first tokens of a line, which choose the step, and of digits."""
CHOOSING = 2
"""First tokens of a line that choose."""
PREFIX = 3
"""Pieces of the guidance in a prompt: bos, its control token, its text."""


@dataclass(frozen=True)
class Batch:
    """Rows of equal length; each field but ``mask`` is (rows, length)."""

    ids: Tensor
    positions: Tensor
    labels: Tensor
    weights: Tensor
    """Of each label in the loss."""
    mask: Tensor
    """(rows, 1, length, length), added to the attention's scores."""


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

    def add(self, ids: Sequence[int], labels: Sequence[int], weights: Sequence[float], start: int, branch: int) -> bool:
        """Append if there is room; branch 0 begins a new sample."""
        if len(self.ids) + len(ids) > self.length:
            return False
        sample = (self.samples[-1] if self.samples else 0) + (branch == 0)
        self.ids += ids
        self.labels += labels
        self.weights += weights
        self.positions += range(start, start + len(ids))
        self.samples += [sample] * len(ids)
        self.branches += [branch] * len(ids)
        return True


def _branch(
    sample: Sample, conversation: Conversation, vocabulary: Vocabulary
) -> tuple[list[int], list[int], list[int], list[float]]:
    """Ids of the guidance, and ids, labels and weights of the conversation, out of the app's own prompt."""
    prompt = build(
        sample.guidance, conversation.turns[:-1], template="practice",
        count_tokens=lambda texts: [0] * len(texts), context=1 << 16, max_tokens=0,
    )  # fmt: skip
    prefix = vocabulary.ids(prompt.pieces[:PREFIX])
    ids: list[int] = []
    labels: list[int] = []
    weights: list[float] = []
    eos = vocabulary.controls["eos"]
    roles = prompt.pieces[PREFIX::2]
    for place, (role, turn) in enumerate(zip(roles, conversation.turns, strict=True)):
        said = vocabulary.text(turn.text)
        ids += [*vocabulary.ids([role]), *said]
        labels += [*said, eos] if place in conversation.learnt else [IGNORED] * (len(said) + 1)
        weights += [*_weights(said, vocabulary), CHOICE]
    return prefix, ids, labels, weights


def _weights(said: Sequence[int], vocabulary: Vocabulary) -> list[float]:
    """How much each token of a reply counts in the loss."""
    weights = []
    place = 0
    for token in said:
        weights.append(CHOICE if place < CHOOSING else COPY if token in vocabulary.digits else 1.0)
        place = 0 if token == vocabulary.newline else place + 1
    return weights


def fill(vocabulary: Vocabulary, length: int, draw: Callable[[], Sample]) -> Row:
    """One row: as many samples, and conversations of each, as fit."""
    row = Row(length)
    misses = 0
    while misses < MISSES or not row.ids:
        sample = draw()
        branches = [_branch(sample, conversation, vocabulary) for conversation in sample.conversations]
        prefix, ids, *_ = branches[0]
        if len(row.ids) + len(prefix) + len(ids) > length:
            misses += 1
            continue
        row.add(prefix, [IGNORED] * len(prefix), [0.0] * len(prefix), 0, 0)
        for branch, (_, ids, labels, weights) in enumerate(branches, 1):
            row.add(ids, labels, weights, len(prefix), branch)
    return row


def batch(rows: Sequence[Row]) -> Batch:
    """Pad the rows and draw who sees whom: what stands before, in the guidance or in one's own conversation."""
    length = rows[0].length
    columns = []
    fields = (("ids", 0), ("positions", 0), ("labels", IGNORED), ("weights", 0.0), ("samples", 0), ("branches", -1))
    for values, pad in fields:
        columns.append(torch.tensor([[*getattr(row, values), *[pad] * (length - len(row.ids))] for row in rows]))
    ids, positions, labels, weights, samples, branches = columns
    seen = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
    seen &= samples[:, None, :] == samples[:, :, None]
    seen &= torch.ones(length, length, dtype=torch.bool).tril()
    mask = torch.zeros(len(rows), 1, length, length).masked_fill_(~seen[:, None], float("-inf"))
    return Batch(ids, positions, labels, weights, mask)
