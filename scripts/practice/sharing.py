"""Gradients of several processes, each of which works on a share of a batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Gradients:
    """Of all shares, in memory that processes share."""

    def __init__(self, weights: Sequence[nn.Parameter], shares: int) -> None:
        self.weights = weights
        self.sizes = [weight.numel() for weight in weights]
        self.kept = torch.zeros(shares, sum(self.sizes)).share_memory_()
        self.learnt = torch.zeros(shares, len(weights), dtype=torch.bool).share_memory_()
        """Which weights have a gradient: a lesson goes through some layers only."""

    def put(self, share: int) -> None:
        """Move the weights' gradients there."""
        parts = self.kept[share].split(self.sizes)
        for place, (weight, part) in enumerate(zip(self.weights, parts, strict=True)):
            self.learnt[share, place] = weight.grad is not None
            if weight.grad is None:
                part.zero_()
            else:
                part.copy_(weight.grad.flatten())
            weight.grad = None

    def take(self) -> None:
        """Give the weights the mean of all shares' gradients, and none to those that no share has one of."""
        parts = self.kept.mean(0).split(self.sizes)
        for weight, part, learnt in zip(self.weights, parts, self.learnt.any(0).tolist(), strict=True):
            weight.grad = part.view_as(weight) if learnt else None
