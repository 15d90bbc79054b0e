"""Muon: momentum whose matrix is made orthogonal before each step (Keller Jordan, https://kellerjordan.github.io/posts/muon/).

torch has one of its own, but that one always works in bf16, which processors without bf16 units emulate twenty times
slower.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
FAST = torch.bfloat16 if torch.cpu._is_amx_tile_supported() else torch.float32
"""What this processor multiplies matrices in soonest."""


def orthogonal(stack: Tensor) -> Tensor:
    """Nearest matrices with singular values of about one; ``stack`` is (matrices, rows, columns)."""
    tall = stack.shape[1] > stack.shape[2]
    x = stack.mT if tall else stack
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(FAST).contiguous()
    a, b, c = _COEFFICIENTS
    for _ in range(5):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(stack.dtype)


class Muon(torch.optim.Optimizer):
    """For matrices only; those of one shape take the step together."""

    def __init__(self, matrices: Iterable[Tensor], lr: float, scale: float, momentum: float = 0.95) -> None:
        """``scale``: root mean square of an update at a learning rate of 1; AdamW's are about 0.2."""
        super().__init__(matrices, {"lr": lr, "scale": scale, "momentum": momentum})
        for group in self.param_groups:
            for weight in group["params"]:
                self.state[weight]["moving"] = torch.zeros_like(weight)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # noqa: ARG002  (torch's signature)
        """One step."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for weight in (each for each in group["params"] if each.grad is not None):
                shapes.setdefault(weight.shape, []).append(weight)
            for shape, weights in shapes.items():
                updates = []
                for weight in weights:
                    moving = self.state[weight]["moving"]
                    moving.lerp_(weight.grad, 1 - group["momentum"])
                    updates.append(weight.grad.lerp(moving, group["momentum"]))
                scale = group["scale"] * max(shape) ** 0.5
                for weight, update in zip(weights, orthogonal(torch.stack(updates)), strict=True):
                    weight.add_(update, alpha=-group["lr"] * scale)
