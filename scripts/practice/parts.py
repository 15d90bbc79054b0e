"""A reader of parts: what a text means, told by its pieces and neighbouring pairs of them, and by nothing else.

A sum of weights names more of the wordings that nobody taught it than layers of attention do, for these come to know the
taught ones by heart. So it learns first, in a minute or two, and then tells the student what to make of texts that are
put together from parts of others (distillation, arXiv 1503.02531).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from practice.batches import so_far
from practice.generator import Generator
from practice.rows import MEANINGS
from practice.vocabulary import Vocabulary

Ids = TypeVar("Ids", int, Tensor)

PAIRS = 1 << 18
"""Weights that pairs of pieces share, by the remainder of a number made of both."""
LINES, TWICE = 600_000, 2
"""How many lines it learns from, and how often."""
TEXTS = 256
"""Texts of a batch."""
RATE = 0.02
LEFT_OUT = 0.15
"""Of the parts of a text, while it learns."""
SOFTER = 1.5
"""What its sums are divided by, so that its doubts are told too."""


class Parts:
    """Sums of weights, by meaning."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.pieces = len(vocabulary)
        self.weights = nn.EmbeddingBag(self.pieces + PAIRS, len(MEANINGS), mode="sum", sparse=True)
        nn.init.zeros_(self.weights.weight)

    @classmethod
    def learnt(cls, seed: int, vocabulary: Vocabulary) -> Parts:
        """A reader that has learnt from ``LINES`` lines of the generator: always the same for one seed."""
        parts = cls(vocabulary)
        generator = Generator(seed)
        rng = generator.rng
        lines = [
            (vocabulary.text(text), MEANINGS.index(meaning))
            for text, meaning in (generator.line() for _ in range(LINES))
        ]
        optimizer = torch.optim.SparseAdam(parts.weights.parameters(), lr=RATE)
        for begin in range(0, TWICE * LINES, TEXTS):
            if begin % LINES < TEXTS:
                rng.shuffle(lines)
            chosen = lines[begin % LINES : begin % LINES + TEXTS]
            kept = [[part for part in parts.of(ids) if rng.random() >= LEFT_OUT] for ids, _ in chosen]
            meanings = torch.tensor([meaning for _, meaning in chosen])
            for group in optimizer.param_groups:
                group["lr"] = RATE * (1 - begin / (TWICE * LINES))
            optimizer.zero_grad()
            functional.cross_entropy(parts.sums(kept), meanings).backward()
            optimizer.step()
        return parts

    def of(self, ids: Sequence[int]) -> list[int]:
        """The parts of a text: its pieces, and each two that stand side by side."""
        return [*ids, *(self._pair(one, other) for one, other in pairwise(ids))]

    def _pair(self, one: Ids, other: Ids) -> Ids:
        return self.pieces + (one * 7919 + other * 104729) % PAIRS

    def sums(self, parts: Sequence[Sequence[int]]) -> Tensor:
        """Of texts by their parts, (texts, meanings)."""
        begins: list[int] = []
        flat: list[int] = []
        for each in parts:
            begins.append(len(flat))
            flat += each
        return self.weights(torch.tensor(flat), torch.tensor(begins))

    @torch.no_grad()
    def told(self, ids: Tensor, begins: Tensor) -> Tensor:
        """Chances of what each text means as far as each of its tokens, (tokens of texts, meanings).

        ``ids`` and ``begins`` are as in ``Batch``.
        """
        weights = self.weights.weight
        place = torch.arange(ids.shape[1])
        parts = weights[ids]
        parts[:, 1:] += weights[self._pair(ids[:, :-1], ids[:, 1:])] * (place > begins)[:, 1:].unsqueeze(-1)
        return (so_far(parts, begins) / SOFTER).softmax(-1)
