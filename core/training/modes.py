"""Training and evaluation mode of a network that trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class Modes:
    """Switches every module; `has_batch_norm` says whether a batch of one sample would be too small to train with."""

    def __init__(self, root: nn.Module) -> None:
        self._root = root
        found = [module for module in root.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        self._frozen = [module for module in found if module.affine and not module.weight.requires_grad]
        self.has_batch_norm = bool(found)

    def train(self) -> None:
        """Training mode everywhere but in frozen batch normalisation, whose statistics shall not move either."""
        self._root.train()
        for module in self._frozen:
            module.eval()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Evaluation mode without gradients; afterwards the run goes on as if nothing had been."""
        self._root.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self.train()
