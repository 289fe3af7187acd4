"""The random numbers that layers draw while they train: they depend on the seed, the step and the objective alone."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import nn

from core.compiler.pasting import paste
from core.compiler.targets import PASTED
from core.model.chance import CHANCE
from core.training.feed import Batch
from core.training.turn import Result, Turn

_RANDOM = re.compile(r"rand\w*|bernoulli_?|multinomial|poisson|normal_?|uniform_|exponential_")
"""Names of torch that draw random numbers."""
_BEGINNING = ("__init__", "reset_parameters")
"""Methods that draw first weights, not results."""


def draws(module: nn.Module) -> bool:
    """Whether a module takes random numbers when it computes: dropouts by their share, our own by their text."""
    shares = (getattr(module, name, 0.0) for name in ("p", "dropout"))
    if isinstance(module, nn.RReLU) or any(isinstance(share, float) and share > 0.0 for share in shares):
        return True
    return _says_random(f"{type(module).__module__}.{type(module).__qualname__}")


@functools.cache
def _says_random(target: str) -> bool:
    """Whether the definition of a class that exported files paste draws outside of its constructor."""
    if not target.startswith(PASTED):
        return False
    waiting: list[ast.AST] = [ast.parse("\n\n".join(paste([target])[1]))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef) and node.name in _BEGINNING:
            continue
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if _RANDOM.fullmatch(name):
                return True
        waiting += ast.iter_child_nodes(node)
    return False


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
