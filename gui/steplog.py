"""The steps of a run as numbers in rows: a million of them take 28 MB, and no work of the garbage collector."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from core.training.records import Step


class StepLog(Sequence["Step"]):
    """A growing sequence of steps. The ends of epochs are not kept here: `LiveRun.epochs` has them."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self.losses = array("d")
        self._index = array("q")
        self._epoch = array("l")
        self._samples = array("l")
        self._several: dict[int, dict[str, float]] = {}
        self._name = ""
        self.extend(steps)

    @classmethod
    def of_losses(cls, losses: Sequence[float], steps_per_epoch: int, samples: int) -> StepLog:
        """The steps of a run that was kept: of each only the loss is known, and how many samples a batch has."""
        log, count = cls(), len(losses)
        log.losses.extend(losses)
        log._index.extend(range(1, count + 1))
        log._epoch.extend(index // max(1, steps_per_epoch) + 1 for index in range(count))
        log._samples.extend([samples] * count)
        return log

    def append(self, step: Step) -> None:
        self.extend((step,))

    def extend(self, steps: Iterable[Step]) -> None:
        fresh = list(steps)
        first = len(self.losses)
        # Thousands come in a second, on the thread that paints: no line of Python for each of their numbers.
        self._index.extend(map(attrgetter("index"), fresh))
        self._epoch.extend(map(attrgetter("epoch"), fresh))
        self._samples.extend(map(attrgetter("samples"), fresh))
        self.losses.extend(map(attrgetter("loss"), fresh))
        for place, losses in enumerate(map(attrgetter("losses"), fresh), first):
            if len(losses) == 1:
                self._name = self._name or next(iter(losses))
            # As a rule all steps have one loss by one name; where objectives take turns the names change.
            if len(losses) > 1 or (losses and self._name not in losses):
                self._several[place] = losses

    def numbers(self, first: int, objective: str = "") -> tuple[Sequence[int], Sequence[float]]:
        """Index and loss of every step from a place on, without making the steps.

        Of one `objective` alone, where there are several: nan at steps that were not its turn.
        """
        if not objective or not (self._name or self._several):
            return self._index[first:], self.losses[first:]
        return self._index[first:], [
            self._losses_at(place).get(objective, math.nan) for place in range(first, len(self.losses))
        ]

    def samples(self, first: int) -> Sequence[int]:
        """The batch's size of every step from a place on."""
        return self._samples[first:]

    def _losses_at(self, place: int) -> dict[str, float]:
        """The losses of a step by the names of its objectives, as far as they are known."""
        return self._several.get(place) or ({self._name: self.losses[place]} if self._name else {})

    def __iadd__(self, steps: Iterable[Step]) -> StepLog:
        self.extend(steps)
        return self

    def _step(self, place: int) -> Step:
        # Where there are steps, NumPy is loaded; before the first paint it is not.
        from core.training.records import Step

        return Step(
            self._index[place], self._epoch[place], self.losses[place], self._samples[place], self._losses_at(place)
        )

    @overload
    def __getitem__(self, place: int) -> Step: ...
    @overload
    def __getitem__(self, place: slice) -> list[Step]: ...
    def __getitem__(self, place: int | slice) -> Step | list[Step]:
        if isinstance(place, slice):
            return [self._step(each) for each in range(*place.indices(len(self.losses)))]
        if not -len(self.losses) <= place < len(self.losses):
            raise IndexError(f"there is no step {place}")
        return self._step(place % len(self.losses))

    def __len__(self) -> int:
        return len(self.losses)


def numbers(steps: StepLog | Sequence[Step], first: int, objective: str = "") -> tuple[Sequence[int], Sequence[float]]:
    """Index and loss of every step from a place on, of one objective alone where it is named."""
    if isinstance(steps, StepLog):
        return steps.numbers(first, objective)
    fresh = steps[first:]
    losses = [step.losses.get(objective, math.nan) if objective else step.loss for step in fresh]
    return [step.index for step in fresh], losses


def samples(steps: StepLog | Sequence[Step], first: int) -> Sequence[int]:
    """The batch's size of every step from a place on."""
    return steps.samples(first) if isinstance(steps, StepLog) else [step.samples for step in steps[first:]]
