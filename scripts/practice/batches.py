"""Rows as the tensors that the model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from practice.alignment import NOWHERE
from practice.muon import FAST
from practice.rows import IGNORED, KINDS, NOTHING, Row


@dataclass(frozen=True)
class Batch:
    """Rows of equal length; each field but ``mask`` and ``looks`` is (rows, length)."""

    ids: Tensor
    positions: Tensor
    labels: Tensor
    weights: Tensor
    """Of each label in the loss."""
    mask: Tensor
    """(rows, 1, length, length), added to the attention's scores."""
    looks: dict[str, Tensor]
    """By kind, (rows, length, 2): from which place to which a guided head looks; the same twice says nothing."""
    meanings: Tensor
    """What a step, half of a rule, or a customer's sentence means, at its last token; else IGNORED."""
    begins: Tensor
    """The place where such a text begins, at each of its tokens; else NOTHING."""
    shown: Tensor
    """Which of ``SHOWN`` hold of the message, a bit each, where a reply chooses by a rule; else -1."""


def batch(rows: Sequence[Row]) -> Batch:
    """Pad the rows and draw who sees whom: what stands before, in the guidance or in one's own conversation."""
    length = rows[0].length
    columns = []
    fields = (
        ("ids", 0), ("positions", 0), ("labels", IGNORED), ("weights", 0.0), ("samples", 0), ("branches", -1),
        ("meanings", IGNORED), ("begins", NOTHING), ("shown", -1),
    )  # fmt: skip
    for values, pad in fields:
        columns.append(_tensor([[*getattr(row, values), *[pad] * (length - len(row.ids))] for row in rows]))
    ids, positions, labels, weights, samples, branches, meanings, begins, shown = columns
    seen = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
    seen &= samples[:, None, :] == samples[:, :, None]
    seen &= torch.ones(length, length, dtype=torch.bool).tril()
    mask = torch.zeros(len(rows), 1, length, length, dtype=FAST).masked_fill_(~seen[:, None], float("-inf"))
    looks = {
        kind: _tensor([[*row.looks[kind], *[NOWHERE] * (length - len(row.ids))] for row in rows]) for kind in KINDS
    }
    return Batch(ids, positions, labels, weights.float(), mask, looks, meanings, begins, shown)


def _tensor(values: list[Any]) -> Tensor:
    """By way of an array, since torch is slow with lists."""
    return torch.from_numpy(np.array(values))


def so_far(x: Tensor, begins: Tensor) -> Tensor:
    """Sum of each text up to each of its tokens, (tokens of texts, width).

    ``x`` is (rows, length, width), ``begins`` as in ``Batch``.
    """
    sums = functional.pad(x.cumsum(1), (0, 0, 1, 0))
    rows, last = (begins >= 0).nonzero(as_tuple=True)
    return sums[rows, last + 1] - sums[rows, begins[rows, last]]
