"""The random numbers that layers draw while they train: they depend on the seed, the step and the objective alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import fx

from core.compiler.chance import drawing
from core.model.chance import CHANCE
from core.training.feed import Batch
from core.training.turn import Result, Turn


class Noise:
    """Seeds torch's global generator for each turn, so that nothing else that draws from it can change a run.

    `turn` is to be held while a turn draws: it keeps other noisy runs away, and costs nothing without noise.
    """

    def __init__(self, graph: fx.Graph, seed: int, device: torch.device) -> None:
        self._seed = seed * 0x9E3779B97F4A7C15
        self._on_cpu = device.type == "cpu"
        self.turn: AbstractContextManager[object] = CHANCE if drawing(graph) else nullcontext()

    def forward(self, turn: Turn, batch: Batch, step: int) -> Result:
        """A turn's loss and outputs with the random numbers of a step."""
        with self.turn:
            self.seed(step, turn.index)
            return turn.forward(batch)

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """To be held while a part is evaluated: what draws then draws the same numbers each time."""
        with self.turn:
            self.seed(0, 255)
            yield

    def seed(self, step: int, turn: int) -> None:
        """Starts the numbers of a step's turn; the same again gives the same numbers."""
        seed = (self._seed + (step << 8) + turn) % 2**63
        if self._on_cpu:
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)
