"""The random numbers that layers draw while they train: they depend on the seed, the step and the objective alone."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from core.model.chance import CHANCE
from core.training.feed import Batch
from core.training.turn import Result, Turn


def draws(module: nn.Module) -> bool:
    """Whether a module takes random numbers when it trains."""
    shares = (getattr(module, name, 0.0) for name in ("p", "dropout"))
    return isinstance(module, nn.RReLU) or any(isinstance(share, float) and share > 0.0 for share in shares)


class Noise:
    """Seeds torch's global generator for each turn, so that nothing else that draws from it can change a run.

    `turn` is to be held while a turn draws: it keeps other noisy runs away, and costs nothing without noise.
    """

    def __init__(self, root: nn.Module, seed: int, device: torch.device) -> None:
        self._seed = seed * 0x9E3779B97F4A7C15
        self._on_cpu = device.type == "cpu"
        noisy = any(draws(module) for module in root.modules())
        self.turn: AbstractContextManager[object] = CHANCE if noisy else nullcontext()

    def forward(self, turn: Turn, batch: Batch, step: int) -> Result:
        """A turn's loss and outputs with the random numbers of a step."""
        with self.turn:
            self.seed(step, turn.index)
            return turn.forward(batch)

    def seed(self, step: int, turn: int) -> None:
        """Starts the numbers of a step's turn; the same again gives the same numbers."""
        seed = (self._seed + (step << 8) + turn) % 2**63
        if self._on_cpu:
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)
