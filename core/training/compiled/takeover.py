"""How a faster step comes to a run: made beside it, it takes over at an epoch's end, where it is measured faster."""

from __future__ import annotations

import statistics
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

import torch

from core.training.compiled.trial import Refusal, Trial, in_words
from core.training.feed import Batch

GAIN = 0.95
"""The share of the eager step's time that a faster step must stay below."""
ROUNDS = 7
"""Steps of each kind that are timed, in turns."""
HEAD_START = 1.0
"""Seconds that a run goes before anything is made faster: a short one would be over before it paid."""
PATIENCE = 300.0
"""Seconds after which a trial is no longer waited for."""


Work = TypeVar("Work", bound=Trial)


class Takeover(ABC, Generic[Work]):
    """From the wish for a faster step to its place in the run, or to the reason why the step stays as it is."""

    how: ClassVar[str]
    """In one word, what the faster step is."""

    def __init__(self) -> None:
        self.note = ""
        """What became of it, in plain words; empty while nothing is known."""
        self.is_over = False
        self._begun: float | None = None
        self._samples = 0
        self._work: Work | None = None

    @property
    @abstractmethod
    def is_running(self) -> bool:
        """Whether the faster step is the one that is taken."""

    @abstractmethod
    def prepare(self, batch: Batch) -> Work:
        """A trial for batches like this one; raises Refusal or what copying raises."""

    @abstractmethod
    def take_over(self, work: Work) -> str:
        """Puts the step in its place; raises Refusal where that cannot be. The note begins with what it returns."""

    @abstractmethod
    def stay(self, why: str) -> str:
        """The note where the step stays as it is."""

    def consider(self, batch: Batch) -> None:
        """Begins the trial where a run has gone on for long enough, with a batch of full size."""
        if self.is_over or self._work is not None:
            return
        now = time.perf_counter()
        # The first step gives the optimizer what it keeps.
        if self._begun is None:
            self._begun = now
        elif now - self._begun >= HEAD_START and len(batch[0]) >= self._samples:
            try:
                self._work = self.prepare(batch)
                self._work.begin()
            except Refusal as refusal:
                self.leave(str(refusal))
            except Exception as error:
                # Modules that cannot be copied, memory that does not reach: the run itself has lost nothing.
                self.leave(in_words(error))
        self._samples = max(self._samples, len(batch[0]))

    def end_epoch(self) -> None:
        """Takes over from the eager step where the faster one is ready, equal and measured faster."""
        work = self._work
        if self.is_over or work is None:
            return
        if not work.is_done:
            if work.seconds > PATIENCE:
                self.leave(f"it was not {self.how} within {PATIENCE:.0f} seconds")
            return
        if work.reason:
            self.leave(work.reason)
            return
        try:
            eager, fast = times(work)
            if fast > GAIN * eager:
                self.leave(f"{self.how}, it takes {fast / eager:.2f} of the time")
                return
            told = self.take_over(work)
        except (Refusal, RuntimeError, AssertionError) as error:
            self.leave(str(error) or type(error).__name__)
            return
        self.is_over = True
        self.note = f"{told} {eager / fast:.1f} times as fast."

    def leave(self, why: str) -> None:
        """Stays with the eager step for good."""
        self.stop()
        self._work = None
        self.note = self.stay(why)

    def wait(self) -> None:
        """Until the trial is over, where one was begun."""
        if self._work is not None:
            self._work.wait()

    def stop(self) -> None:
        """Goes back to the eager step; weights and the optimizer's state have been the run's own all the time."""
        self.is_over = True


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
