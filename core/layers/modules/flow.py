"""Normalising flows: maps whose inverse and volume change are exact."""

from __future__ import annotations

import torch


def affine_coupling(
    input: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor, inverse: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """y = x ⊙ exp(s) + t, or backwards x = (y − t) ⊙ exp(−s) (Dinh, Sohl-Dickstein & Bengio 2017, §3.2).

    Three tensors (N, …) of one shape → the result (N, …) and ln |det ∂out/∂in| (N): the sum of s, or of −s backwards.
    """
    total = scale.reshape(scale.shape[0], -1).sum(1)  # (N)
    if inverse:
        return (input - shift) * torch.exp(-scale), -total
    return input * torch.exp(scale) + shift, total
