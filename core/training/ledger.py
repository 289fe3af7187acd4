"""The losses of a run as they come in: at once on the CPU, now and then from a device that every look holds up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.training.records import History

FETCH = 64
"""Steps after which losses are fetched from a device where every look waits for it."""


class Ledger:
    """Brings the loss of every step into a history; `waits` says that losses stay on the device for a while."""

    def __init__(self, history: History, device: torch.device) -> None:
        self._history = history
        self.waits = device.type != "cpu"
        self._waiting: list[Tensor] = []
        self._bad: float | None = None

    def add(self, values: Sequence[float], tensors: Sequence[Tensor]) -> float | None:
        """A step's losses, of which the `tensors` count where `waits`; a loss that is not finite, once it is known."""
        if not self.waits:
            self._history.losses.append(sum(values))
            return None
        self._waiting.append(torch.stack([loss.detach() for loss in tensors]).sum())
        return self.fetch() if len(self._waiting) >= FETCH else None

    def fetch(self) -> float | None:
        """Brings what waits into the history; returns the run's first loss that is not finite.

        It is returned again and again: whoever only wanted the history has not ended the run.
        """
        if self._waiting:
            values = torch.stack(self._waiting).cpu().tolist()
            self._waiting.clear()
            self._history.losses.extend(values)
            if self._bad is None:
                self._bad = next((value for value in values if not math.isfinite(value)), None)
        return self._bad
