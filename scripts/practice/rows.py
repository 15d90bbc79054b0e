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
PREFIX = 3
"""Pieces of the guidance in a prompt: bos, its control token, its text."""


@dataclass(frozen=True)
class Batch:
    """Rows of equal length; each field but ``mask`` is (rows, length)."""

    ids: Tensor
    positions: Tensor
    labels: Tensor
    mask: Tensor
    """(rows, 1, length, length), added to the attention's scores."""


class Row:
    """One row while it is filled."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.ids: list[int] = []
        self.positions: list[int] = []
        self.labels: list[int] = []
        self.samples: list[int] = []
        """Which sample each token is of."""
        self.branches: list[int] = []
        """0 in a guidance, else which of its conversations."""

    def add(self, ids: Sequence[int], labels: Sequence[int], start: int, branch: int) -> bool:
        """Append if there is room; branch 0 begins a new sample."""
        if len(self.ids) + len(ids) > self.length:
            return False
        sample = (self.samples[-1] if self.samples else 0) + (branch == 0)
        self.ids += ids
        self.labels += labels
        self.positions += range(start, start + len(ids))
        self.samples += [sample] * len(ids)
        self.branches += [branch] * len(ids)
        return True


def _branch(
    sample: Sample, conversation: Conversation, vocabulary: Vocabulary
) -> tuple[list[int], list[int], list[int]]:
    """Ids of the guidance, and ids and labels of the conversation, out of the app's own prompt."""
    prompt = build(
        sample.guidance, conversation.turns[:-1], template="practice",
        count_tokens=lambda texts: [0] * len(texts), context=1 << 16, max_tokens=0,
    )  # fmt: skip
    prefix = vocabulary.ids(prompt.pieces[:PREFIX])
    ids: list[int] = []
    labels: list[int] = []
    eos = vocabulary.controls["eos"]
    roles = prompt.pieces[PREFIX::2]
    for place, (role, turn) in enumerate(zip(roles, conversation.turns, strict=True)):
        said = vocabulary.text(turn.text)
        ids += [*vocabulary.ids([role]), *said]
        labels += [*said, eos] if place in conversation.learnt else [IGNORED] * (len(said) + 1)
    return prefix, ids, labels


def fill(vocabulary: Vocabulary, length: int, draw: Callable[[], Sample]) -> Row:
    """One row: as many samples, and conversations of each, as fit."""
    row = Row(length)
    misses = 0
    while misses < MISSES or not row.ids:
        sample = draw()
        branches = [_branch(sample, conversation, vocabulary) for conversation in sample.conversations]
        prefix, ids, _ = branches[0]
        if len(row.ids) + len(prefix) + len(ids) > length:
            misses += 1
            continue
        row.add(prefix, [IGNORED] * len(prefix), 0, 0)
        for branch, (_, ids, labels) in enumerate(branches, 1):
            row.add(ids, labels, len(prefix), branch)
    return row


def batch(rows: Sequence[Row]) -> Batch:
    """Pad the rows and draw who sees whom: what stands before, in the guidance or in one's own conversation."""
    length = rows[0].length
    columns = []
    for values, pad in (("ids", 0), ("positions", 0), ("labels", IGNORED), ("samples", 0), ("branches", -1)):
        columns.append(torch.tensor([[*getattr(row, values), *[pad] * (length - len(row.ids))] for row in rows]))
    ids, positions, labels, samples, branches = columns
    seen = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
    seen &= samples[:, None, :] == samples[:, :, None]
    seen &= torch.ones(length, length, dtype=torch.bool).tril()
    mask = torch.zeros(len(rows), 1, length, length).masked_fill_(~seen[:, None], float("-inf"))
    return Batch(ids, positions, labels, mask)
