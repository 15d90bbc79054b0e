"""Samples as rows of token ids: one guidance, then several conversations that do not see each other.

The guidance is evaluated once for all conversations below it; positions go on from its end in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from denju.student.prompt import build
from practice.generator import Conversation, Generator, Sample
from practice.vocabulary import Vocabulary

IGNORED = -100
"""Label of a position that nothing is learnt from."""
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
        self.branches: list[int] = []

    def add(self, ids: Sequence[int], labels: Sequence[int], start: int, branch: int) -> bool:
        """Append if there is room."""
        if len(self.ids) + len(ids) > self.length:
            return False
        self.ids += ids
        self.labels += labels
        self.positions += range(start, start + len(ids))
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


def fill(generator: Generator, vocabulary: Vocabulary, length: int, *, long: float = 0.0, bare: bool = False) -> Row:
    """One row: as many conversations as fit below one guidance."""
    while True:
        sample = generator.sample(8 if long == 0 else 3, long=long, bare=bare)
        row = Row(length)
        start = 0
        for branch, conversation in enumerate(sample.conversations, 1):
            prefix, ids, labels = _branch(sample, conversation, vocabulary)
            if branch == 1:
                start = len(prefix)
                row.add(prefix, [IGNORED] * start, 0, 0)
            if not row.add(ids, labels, start, branch):
                break
        if any(label != IGNORED for label in row.labels):
            return row


def batch(rows: Sequence[Row]) -> Batch:
    """Pad the rows and draw who sees whom: what stands before, in the guidance or in one's own conversation."""
    length = rows[0].length
    columns = []
    for values, pad in (("ids", 0), ("positions", 0), ("labels", IGNORED), ("branches", -1)):
        columns.append(torch.tensor([[*getattr(row, values), *[pad] * (length - len(row.ids))] for row in rows]))
    ids, positions, labels, branches = columns
    seen = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
    seen &= torch.ones(length, length, dtype=torch.bool).tril()
    mask = torch.zeros(len(rows), 1, length, length).masked_fill_(~seen[:, None], float("-inf"))
    return Batch(ids, positions, labels, mask)
