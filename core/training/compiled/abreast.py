"""Nets of one structure that train abreast: one pass computes them all as soon as that is measured faster."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from core.training.compiled.common import CommonStep, agree
from core.training.compiled.stack import Passed, Stack
from core.training.compiled.takeover import Takeover
from core.training.compiled.trial import CHECKED, Refusal, Trial, in_words, largest_gap
from core.training.feed import Batch
from core.training.turn import Result, Turn


class Stacking(Trial):
    """Stacks copies of turns, and compares some steps with those of other copies."""

    def __init__(self, turns: Sequence[Turn], batch: Batch) -> None:
        """To be made between two steps: it works on copies of the turns."""
        super().__init__()
        self._batch = tuple(value.clone() for value in batch)
        self._eager, self._stacked, self._spare = (_copies(turns) for _ in range(3))
        self.is_on_gpu = batch[0].device.type == "cuda"

    def make(self) -> None:
        self.stack = Stack(self._stacked, self._batch, _written(self._spare[0], self._batch))
        del self._spare
        for _ in range(CHECKED):
            self.take_eager()
            self.take_fast()
        theirs, ours = (
            [tensor for turn in turns for tensor in turn.program.state_dict().values()]
            for turns in (self._eager, self._stacked)
        )
        if apart := largest_gap(theirs, ours):
            raise Refusal(f"abreast, its weights differ by {apart:.1g} after {CHECKED} steps")

    def take_eager(self) -> None:
        for turn in self._eager:
            loss, _ = turn.forward(self._batch)
            turn.descent.update(loss, len(self._batch[0]), partial(_again, turn, self._batch))

    def take_fast(self) -> None:
        for turn, passed in zip(self._stacked, self.stack(self._batch), strict=True):
            turn.descent.move(passed.gradients)

    def release(self) -> None:
        """Gives the copies' memory back."""
        del self._eager, self._stacked


def _copies(turns: Sequence[Turn]) -> list[Turn]:
    # What the judges have collected is large and no part of the step.
    kept = {id(turn.judge): turn.judge for turn in turns} | {id(turn.fast): None for turn in turns}
    return copy.deepcopy(list(turns), dict(kept))


@torch.no_grad()
def _written(turn: Turn, batch: Batch) -> list[str]:
    """The buffers that a pass in training mode changes, such as the statistics of batch normalisation.

    Not all that torch writes into a tensor is counted as a new version of it.
    """
    before = {name: value.clone() for name, value in turn.program.named_buffers()}
    turn.forward(batch)
    return [name for name, value in turn.program.named_buffers() if not torch.equal(value, before[name])]


def _again(turn: Turn, batch: Batch) -> Tensor:
    return turn.forward(batch)[0]


class Abreast(Takeover[Stacking]):
    """The way of some turns to their common pass: each turn's `fast` takes its own step out of it."""

    how = "abreast"

    def __init__(self, turns: Sequence[Turn]) -> None:
        super().__init__()
        self.turns = list(turns)
        self._stack: Stack | None = None
        self._passed: list[Passed] = []
        self._losses: list[float] = []
        self._common: CommonStep | None = None
        self._have_moved = False
        self._gave_up = False
        for index, turn in enumerate(self.turns):
            turn.fast = partial(self._take, index)

    @property
    def is_running(self) -> bool:
        return self._stack is not None

    def prepare(self, batch: Batch) -> Stacking:
        return Stacking(self.turns, batch)

    def take_over(self, work: Stacking) -> str:
        self._stack = work.stack.bound(self.turns)
        descents = [turn.descent for turn in self.turns]
        self._common = CommonStep(descents) if agree(descents) else None
        work.release()
        return f"{len(self.turns)} nets of one structure train abreast, in one pass that is"

    def stay(self, why: str) -> str:
        self._gave_up = True
        return f"The {len(self.turns)} nets of one structure train one after the other: {why}."

    def let_go(self) -> list[Turn]:
        """The turns that go on by themselves, once, after their common pass was given up."""
        if not self._gave_up:
            return []
        self._gave_up = False
        return self.turns

    def stop(self) -> None:
        super().stop()
        self._stack = None

    def _take(self, index: int, batch: Batch) -> Result | None:
        """The step of one turn; None leaves it to the eager one. The first turn of a step makes the pass for all."""
        if index == 0:
            self._passed = []
            if self._stack is None:
                self.consider(batch)
            elif self._stack.fits(batch):
                self._pass(self._stack, batch)
        if not self._passed:
            return None
        passed = self._passed[index]
        # A loss that is not finite moves nothing, so that it can be traced back to where it began.
        if not self._have_moved and (not self._losses or math.isfinite(self._losses[index])):
            self.turns[index].descent.move(passed.gradients)
        return passed.loss, passed.outputs

    def _pass(self, stack: Stack, batch: Batch) -> None:
        try:
            self._passed = stack(batch)
        except RuntimeError as error:
            # Such as memory that does not reach for all nets at once; nothing has moved yet.
            self.leave(in_words(error))
            return
        on_cpu = batch[0].device.type == "cpu"
        self._losses = [passed.loss.item() for passed in self._passed] if on_cpu else []
        all_finite = all(math.isfinite(loss) for loss in self._losses)
        self._have_moved = bool(self._common and all_finite and self._common.take(self._passed))
