"""Attention over rows in which most tokens see few others: what no query of a block sees is not computed.

A row holds several samples and, behind each one's guidance, several conversations that do not see each other; of all pairs
of places a third is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

QUERIES = 128
"""Of one block."""
GAP = 64
"""Keys that none of them sees and that are taken along all the same: two stretches cost more than a longer one."""


class Block(NamedTuple):
    """Queries that stand together, and the stretches of keys that any of them sees; places count through all rows."""

    queries: slice
    stretches: list[slice]
    mask: Tensor
    """(queries, keys), added to the scores."""

    def keys(self, x: Tensor) -> Tensor:
        """Those of ``x``, (heads, tokens, size)."""
        parts = [x[:, stretch] for stretch in self.stretches]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def spread(self, x: Tensor, to: Tensor) -> None:
        """Add ``x``, (heads, keys, size), to its places in ``to``, (heads, tokens, size)."""
        parts = x.split([stretch.stop - stretch.start for stretch in self.stretches], 1)
        for stretch, part in zip(self.stretches, parts, strict=True):
            to[:, stretch] += part


def blocks(mask: Tensor) -> list[Block]:
    """Of a mask (rows, 1, length, length), added to the scores."""
    found = []
    for row, own in enumerate(mask.squeeze(1)):
        before = row * len(own)
        for start in range(0, len(own), QUERIES):
            part = own[start : start + QUERIES]
            stretches = _stretches((part == 0).any(0).nonzero().squeeze(1).tolist())
            part = torch.cat([part[:, first:last] for first, last in stretches], 1)
            keys = [slice(before + first, before + last) for first, last in stretches]
            found.append(Block(slice(before + start, before + start + len(part)), keys, part))
    return found


def _stretches(places: Iterable[int]) -> list[tuple[int, int]]:
    """From where to where the places, in order, lie close together."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and place - found[-1][1] < GAP:
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
    return found


def attend(q: Tensor, k: Tensor, v: Tensor, seen: Sequence[Block]) -> Tensor:
    """What the queries find in what they see; all but ``seen`` are (rows, length, heads, size)."""
    flat = [each.flatten(0, 1).transpose(0, 1).to(v.dtype) for each in (q, k, v)]
    found: Tensor = _Attention.apply(*flat, seen)
    return found.transpose(0, 1).view_as(q)


class _Attention(torch.autograd.Function):
    """Softmax of scaled products (arXiv 1706.03762) over (heads, tokens, size), a block of queries at a time."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, seen: Sequence[Block]) -> Tensor:
        scale = q.shape[-1] ** -0.5
        found = torch.empty_like(q)
        ctx.seen, ctx.weights = seen, []
        for block in seen:
            scores = torch.baddbmm(block.mask.to(q.dtype), q[:, block.queries], block.keys(k).mT, alpha=scale)
            weights = torch.softmax(scores.float(), -1).to(v.dtype)
            found[:, block.queries] = weights @ block.keys(v)
            ctx.weights.append(weights)
        ctx.save_for_backward(q, k, v, found)
        return found

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        q, k, v, found = ctx.saved_tensors
        scale = q.shape[-1] ** -0.5
        to_q, to_k, to_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        inner = (grad.float() * found).sum(-1, keepdim=True)
        for block, weights in zip(ctx.seen, ctx.weights, strict=True):
            own = grad[:, block.queries]
            block.spread(weights.mT @ own, to_v)
            scores = (
                (own @ block.keys(v).mT).float().sub_(inner[:, block.queries]).mul_(weights).mul_(scale).to(q.dtype)
            )
            to_q[:, block.queries] = scores @ block.keys(k)
            block.spread(scores.mT @ q[:, block.queries], to_k)
        return to_q, to_k, to_v, None
