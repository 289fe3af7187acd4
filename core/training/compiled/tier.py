"""The fast tier of a run: what may take over from its eager steps, at an epoch's end, where the settings ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from core.model.settings import Training
from core.training.compiled.abreast import Abreast
from core.training.compiled.alike import alike
from core.training.compiled.fast import Fast
from core.training.compiled.takeover import Takeover
from core.training.turn import Turn

LARGE = 1_000_000_000
"""Multiply-accumulates of a batch's forward pass from which the CPU does nothing but its layers.

Measured: with 27 million (LeNet-5) the compiled step takes 0.85 of the time, with 1.8 billion (a transformer) 0.99,
after 40 seconds in which the run had a third of its speed.
"""


class Tier:
    """Nets of one structure train abreast; every other turn's step is compiled.

    Does nothing unless the run's settings ask for it. `groups` are the nets that may train abreast, `turns` those that
    are compiled: the nets of a group are, each by itself, where their common pass will not do.
    """

    def __init__(self, turns: Sequence[Turn], training: Training, device: torch.device, macs: int) -> None:
        """`macs` are the multiply-accumulates of one sample."""
        self.turns: list[Fast] = []
        self.groups: list[Abreast] = []
        self._why_not = "" if device.type in ("cpu", "cuda") else f"{device.type} has no compiler here"
        if device.type == "cpu" and macs * training.batch_size >= LARGE:
            self._why_not = "its layers are so large that compiling would not make it faster on the CPU"
        if training.speed != "fast":
            return
        self.groups = [Abreast(group) for group in alike(turns, training)]
        grouped = {id(turn) for group in self.groups for turn in group.turns}
        self._compile([turn for turn in turns if id(turn) not in grouped])

    def _compile(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            turn.fast = fast = Fast(turn, self._why_not)
            self.turns.append(fast)

    @property
    def _all(self) -> list[Takeover[Any]]:
        return [*self.groups, *self.turns]

    @property
    def note(self) -> str:
        """What became of the turns, in plain words; empty while nothing is known or wanted."""
        notes = (each.note for each in self._all)
        return " ".join(dict.fromkeys(note for note in notes if note))

    def end_epoch(self) -> None:
        """To be called between two epochs, which is when a faster step may take over."""
        for each in self._all:
            each.end_epoch()
        for group in self.groups:
            self._compile(group.let_go())

    def wait(self) -> None:
        """Until every trial that was begun is over."""
        for each in self._all:
            each.wait()

    def stop(self) -> None:
        """Back to eager steps, at once and for good."""
        for each in self._all:
            each.stop()
