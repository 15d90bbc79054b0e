"""Hold the training's attention, whose gradient is written by hand, against torch's own.

    python scripts/check_attention.py

Needs torch. No test can hold it, for torch is not installed where the tests run.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch
from torch.nn import functional

from practice.attention import attend, blocks

CLOSE = 1e-5


def main() -> None:
    torch.manual_seed(1)
    worst = 0.0
    for rows, length in ((1, 1024), (2, 500), (4, 256), (1, 7)):
        q, k, v, grad = torch.randn(4, rows, length, 3, 64).requires_grad_()
        # A guidance for all, conversations that see it and themselves, and a row's padding.
        branches = torch.randint(0, 5, (rows, length)).sort(1).values
        seen = (branches[:, None, :] == 0) | (branches[:, None, :] == branches[:, :, None])
        seen &= torch.ones(length, length, dtype=torch.bool).tril()
        mask = torch.zeros(rows, 1, length, length).masked_fill(~seen[:, None], float("-inf"))
        expected = functional.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=mask
        ).transpose(1, 2)
        found = attend(q, k, v, blocks(mask))
        pairs = zip(
            (found, *torch.autograd.grad(found, (q, k, v), grad)),
            (expected, *torch.autograd.grad(expected, (q, k, v), grad)),
            strict=True,
        )
        worst = max(worst, *((one - other).abs().max().item() for one, other in pairs))
    print(f"largest difference of a value or a gradient: {worst:.1e}")
    if worst > CLOSE:
        raise SystemExit("The attention is wrong.")


if __name__ == "__main__":
    main()
