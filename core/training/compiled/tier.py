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


class Tier:
    """Nets of one structure train abreast; every other turn's step is compiled.

    Does nothing unless the run's settings ask for it. `groups` are the nets that may train abreast, `turns` those that
    are compiled: the nets of a group are, each by itself, where their common pass will not do.
    """

    def __init__(self, turns: Sequence[Turn], training: Training, device: torch.device) -> None:
        self.turns: list[Fast] = []
        self.groups: list[Abreast] = []
        self._device = device
        if training.speed != "fast":
            return
        self.groups = [Abreast(group) for group in alike(turns, training)]
        grouped = {id(turn) for group in self.groups for turn in group.turns}
        self._compile([turn for turn in turns if id(turn) not in grouped])

    def _compile(self, turns: Sequence[Turn]) -> None:
        has_compiler = self._device.type in ("cpu", "cuda")
        for turn in turns:
            turn.fast = fast = Fast(turn, "" if has_compiler else f"{self._device.type} has no compiler here")
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
