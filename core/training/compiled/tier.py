"""The fast tier of a run: every turn's step is compiled on copies beside it and takes over at an epoch's end."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from core.training.compiled.prepare import Preparation
from core.training.compiled.step import Held, Places
from core.training.compiled.step import objection as objection_to
from core.training.compiled.trial import Refusal, Trial, in_words
from core.training.feed import Batch
from core.training.turn import Result, Turn

GAIN = 0.95
"""The share of the eager step's time that a compiled step must stay below."""
ROUNDS = 7
"""Steps of each kind that are timed, in turns."""
HEAD_START = 1.0
"""Seconds that a run goes before anything is compiled: a short one would be over before it paid."""
PATIENCE = 300.0
"""Seconds after which a compilation is no longer waited for."""


class Fast:
    """One turn's way to its compiled step; called with each batch it takes the step, or leaves it to the eager one."""

    def __init__(self, turn: Turn, objection: str = "") -> None:
        """An `objection` says why there is no sense in trying."""
        self._turn = turn
        self.note = ""
        """What became of it, in plain words; empty while nothing is known."""
        self.is_over = False
        self._begun: float | None = None
        self._samples = 0
        self._work: Preparation | None = None
        self._held: Held | None = None
        self._arguments: list[Tensor] = []
        self._rates: list[float] = []
        if objection := objection or objection_to(turn):
            self._leave(objection)

    @property
    def is_running(self) -> bool:
        """Whether the compiled step is the one that is taken."""
        return self._held is not None

    def __call__(self, batch: Batch) -> Result | None:
        if self._held is not None:
            return self._take(batch)
        if not self.is_over and self._work is None:
            now = time.perf_counter()
            # The first step gives the optimizer what it keeps.
            if self._begun is None:
                self._begun = now
            elif now - self._begun >= HEAD_START and len(batch[0]) >= self._samples:
                self._begin(batch)
            self._samples = max(self._samples, len(batch[0]))
        return None

    def _begin(self, batch: Batch) -> None:
        try:
            self._places = Places(self._turn)
            self._work = Preparation(self._turn, self._places, batch)
            self._work.begin()
        except Refusal as refusal:
            self._leave(str(refusal))
        except Exception as error:
            # Modules that cannot be copied, memory that does not reach: the run itself has lost nothing.
            self._leave(in_words(error))

    def _take(self, batch: Batch) -> Result | None:
        assert self._work is not None
        assert self._held is not None
        # The last batch of an epoch may be shorter: it is a step of its own, and compiling it would not pay.
        if not self._work.fits(batch):
            return None
        for index, group in enumerate(self._turn.descent.optimizer.param_groups):
            if group["lr"] != self._rates[index]:
                self._rates[index] = group["lr"]
                self._held.rates[index].fill_(group["lr"])
        try:
            loss, *outputs = self._work.run(*self._arguments, *batch)
        except (RuntimeError, AssertionError) as error:
            # Such as memory that does not reach for what lies between the layers; weights move last.
            self._leave(in_words(error))
            return None
        return loss, outputs

    def end_epoch(self) -> None:
        """Takes over from the eager step where the compiled one is ready, equal and faster."""
        work = self._work
        if self.is_over or work is None:
            return
        if not work.is_done:
            if work.seconds > PATIENCE:
                self._leave(f"compiling took longer than {PATIENCE:.0f} seconds")
            return
        if work.reason:
            self._leave(work.reason)
            return
        try:
            eager, compiled = times(work)
            if compiled > GAIN * eager:
                self._leave(f"compiled, it takes {compiled / eager:.2f} of the time")
                return
            held = self._places.held(self._turn)
            self._arguments = work.bound(held.flat())
        except (Refusal, RuntimeError, AssertionError) as error:
            self._leave(str(error) or type(error).__name__)
            return
        self._rates = [group["lr"] for group in self._turn.descent.optimizer.param_groups]
        self._held = held
        work.release()
        self.is_over = True
        self.note = f"The step was compiled in {work.seconds:.1f} s and is {eager / compiled:.1f} times as fast."

    def _leave(self, why: str) -> None:
        """Stays with the eager step for good."""
        self.is_over, self._held, self._work = True, None, None
        self.note = f"The step stays as it is: {why}."

    def wait(self) -> None:
        """Until the compilation is over, where one was begun."""
        if self._work is not None:
            self._work.wait()

    def stop(self) -> None:
        """Goes back to the eager step; weights and the optimizer's state have been the run's own all the time."""
        self._held, self.is_over = None, True


def times(work: Trial) -> tuple[float, float]:
    """Median seconds of an eager step and of one of the new kind on the copies, in turns."""
    pairs = [[_seconds(work, step) for step in (work.take_eager, work.take_fast)] for _ in range(ROUNDS)]
    eager, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
    return eager, fast


def _seconds(work: Trial, step: Callable[[], None]) -> float:
    wait = torch.cuda.synchronize if work.is_on_gpu else _nothing
    wait()
    begin = time.perf_counter()
    step()
    wait()
    return time.perf_counter() - begin


def _nothing() -> None:
    """The CPU is never ahead of its results."""


class Tier:
    """All turns of a run that may be compiled; does nothing unless the run's settings ask for it."""

    def __init__(self, turns: Sequence[Turn], speed: str, device: torch.device) -> None:
        self.turns: list[Fast] = []
        if speed != "fast":
            return
        for turn in turns:
            fast = Fast(turn, "" if device.type in ("cpu", "cuda") else f"{device.type} has no compiler here")
            turn.fast = fast
            self.turns.append(fast)

    @property
    def note(self) -> str:
        """What became of the turns, in plain words; empty while nothing is known or wanted."""
        return " ".join(dict.fromkeys(fast.note for fast in self.turns if fast.note))

    def end_epoch(self) -> None:
        """To be called between two epochs, which is when a compiled step may take over."""
        for fast in self.turns:
            fast.end_epoch()

    def wait(self) -> None:
        """Until every compilation that was begun is over."""
        for fast in self.turns:
            fast.wait()

    def stop(self) -> None:
        """Back to eager steps, at once and for good."""
        for fast in self.turns:
            fast.stop()
