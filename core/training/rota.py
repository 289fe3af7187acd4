"""Whose turn it is: which objectives work at a step."""

from __future__ import annotations

from core.model.fault import ProjectError
from core.model.settings import Objective, Training


class Rota:
    """The plan of all turns; raises ProjectError where some epoch would have steps without any objective."""

    def __init__(self, training: Training) -> None:
        self._objectives, self._in_cycle = training.objectives, training.turns == "cycle"
        for epoch in sorted({1, *(o.begin for o in self._objectives), *(o.end + 1 for o in self._objectives if o.end)}):
            if epoch <= training.epochs:
                self._check(epoch)
        self._epoch, self._active = 0, tuple[int, ...]()

    def _check(self, epoch: int) -> None:
        active = [self._objectives[index] for index in self.active(epoch)]
        if not active:
            raise ProjectError(
                f"In epoch {epoch:,} no objective is at work.",
                place="training.objectives",
                fix="Let one of them begin earlier or end later, or train for fewer epochs.",
            )
        if not self._in_cycle and all(objective.every > 1 for objective in active):
            fix = "Set “every” of one objective to 1."
            raise ProjectError("No objective takes its turn at every step.", place="training.objectives", fix=fix)

    def active(self, epoch: int) -> tuple[int, ...]:
        """The objectives that are at work in an epoch (counted from 1)."""
        return tuple(
            i for i, one in enumerate(self._objectives) if one.begin <= epoch and (not one.end or epoch <= one.end)
        )

    def at(self, step: int, epoch: int) -> tuple[int, ...]:
        """The objectives whose turn it is at a step (counted from 0 over the whole run) of an epoch (from 1)."""
        if epoch != self._epoch:
            self._epoch, self._active = epoch, self.active(epoch)
        if self._in_cycle:
            return (self._in_turn(step),)
        return tuple(index for index in self._active if step % self._objectives[index].every == 0)

    def _in_turn(self, step: int) -> int:
        left = step % sum(self._objectives[index].steps for index in self._active)
        for index in self._active:
            left -= self._objectives[index].steps
            if left < 0:
                return index
        raise AssertionError("a round is as long as the turns in it")


def span(objective: Objective, epochs: int) -> tuple[int, int]:
    """The first and the last epoch of an objective in a run of so many epochs."""
    return objective.begin, min(objective.end or epochs, epochs)
