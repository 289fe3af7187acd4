"""Activations that torch lacks."""

from __future__ import annotations

import torch
from torch import nn


class Sign(nn.Module):
    """Gives +1 for positive numbers and −1 for negative ones; the gradient is 0. Any shape → the same."""

    def __init__(self, at_zero: float = 1.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.sign(input) + self.at_zero * (input == 0).to(input.dtype)

    def extra_repr(self) -> str:
        return f"at_zero={self.at_zero}"


class Step(nn.Module):
    """Gives 1 for positive numbers and 0 for negative ones; the gradient is 0. Any shape → the same."""

    def __init__(self, at_zero: float = 1.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.relu(torch.sign(input)) + self.at_zero * (input == 0).to(input.dtype)

    def extra_repr(self) -> str:
        return f"at_zero={self.at_zero}"
