"""The best weights of a run so far, kept as copies beside those that train."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class BestWeights:
    """Copies of all parameters and buffers at the lowest loss so far."""

    def __init__(self, root: nn.Module) -> None:
        self.loss = math.inf
        self._root = root
        self._present: list[Tensor] = list(root.state_dict().values())
        self._kept: list[Tensor] = []

    @torch.no_grad()
    def offer(self, loss: float) -> bool:
        """Keeps the present weights if their loss is lower than any before; says whether it is."""
        if not loss < self.loss:
            return False
        self.loss = loss
        if not self._kept:
            self._kept = [tensor.clone() for tensor in self._present]
        for kept, present in zip(self._kept, self._present, strict=True):
            kept.copy_(present)
        return True

    def state(self) -> dict[str, Tensor]:
        """The best weights (before the first offer, the present ones) by name; not to be changed."""
        return dict(zip(self._root.state_dict(), self._kept or self._present, strict=True))

    def saved(self) -> dict[str, Any]:
        """What `restore_from` takes; not to be changed."""
        return {"loss": self.loss, "weights": self._kept}

    @torch.no_grad()
    def restore_from(self, saved: Mapping[str, Any]) -> None:
        """Takes over the best weights of another run of the same network."""
        self.loss = saved["loss"]
        self._kept = [
            kept.to(present.device).clone() for kept, present in zip(saved["weights"], self._present, strict=False)
        ]

    def restore(self) -> None:
        """Puts the best weights into the network."""
        self._put(self._kept or self._present)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The best weights are in the network for a while, then the present ones again."""
        present = [tensor.clone() for tensor in self._present]
        self.restore()
        try:
            yield
        finally:
            self._put(present)

    @torch.no_grad()
    def _put(self, values: list[Tensor]) -> None:
        for tensor, value in zip(self._present, values, strict=True):
            tensor.copy_(value)
