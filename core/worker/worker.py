"""One run: commands go in, steps and snapshots come out, between two steps. It knows neither screens nor processes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.compiler.inference import CompileError
from core.model.fault import ProjectError
from core.model.file import decode
from core.training.probe import Probe
from core.training.records import Failure, Snapshot, Step, Watch
from core.training.runs import continue_run
from core.training.trainer import Trainer
from core.worker.keeping import Keeping
from core.worker.looks import Looks
from core.worker.requests import answer
from core.worker.task import News, Request, Task, Totals

BROKEN = (RuntimeError, MemoryError, ValueError, TypeError, IndexError, KeyError, OSError, AttributeError)
"""Whatever else goes wrong in the worker ends the run, not the program, and is told."""


class Worker:
    """Trains until it is done or told to stop; then it answers looks until it is closed.

    `run` works on the thread that calls it. Everything else may be called from another one and returns at once.
    `told` is called on the working thread whenever there are news.
    """

    def __init__(self, task: Task, told: Callable[[], object] = lambda: None) -> None:
        self._task = task
        self._told = told
        self._watch = task.watch
        self._steps: deque[Step] = deque()
        self._held: deque[Step] = deque()
        self._jobs: deque[tuple[Request, Future[Any]]] = deque()
        self._mail: Snapshot | None = None
        self._paused = task.paused
        self._single = 0
        self._stopped = self._closed = self._over = False
        self._look_wanted = True
        self._looking = False
        self._state = "starting"
        self._totals: Totals | None = None
        self._failure: Failure | None = None
        self._test: dict[str, float] = {}
        self._keeping = Keeping(task)
        self._ended_by = self._tier = ""
        self._seconds = 0.0
        self._count = 0
        self._wake = threading.Event()

    # Commands

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._wake.set()

    def single_step(self) -> None:
        self._paused = True
        self._single += 1
        self._wake.set()

    def stop(self) -> None:
        """Ends the run between two steps; its best weights stay to be looked at."""
        self._stopped = True
        self._wake.set()

    def close(self) -> None:
        """Ends the run, and `run` with it."""
        self._stopped = self._closed = True
        self._wake.set()

    def watch(self, watch: Watch | None) -> None:
        self._watch = watch
        self._look_wanted = True
        self._wake.set()

    def submit(self, request: Request) -> Future[Any]:
        """Asks for something between two steps."""
        future: Future[Any] = Future()
        self._jobs.append((request, future))
        if self._over:
            self._cancel()
        self._wake.set()
        return future

    # News

    @property
    def is_quiet(self) -> bool:
        """Whether no news will come unless something is asked."""
        if self._state == "paused":
            waiting = bool(self._single or self._stopped or not self._paused)
        else:
            waiting = self._state in ("starting", "running")
        looks = self._looking or (self._look_wanted and self._watch is not None and not self._over)
        return not (waiting or self._steps or self._mail is not None or looks)

    @property
    def state(self) -> str:
        return self._state

    @property
    def step_count(self) -> int:
        """Steps that the trainer has made."""
        return self._count

    def news(self, picture: bool = True) -> News:
        """All steps since the last call, the latest snapshot if it is new, and the state.

        Without `picture` the snapshot stays where it is.
        """
        # The state is read first: it never runs ahead of the steps that led to it.
        state = self._state
        steps = [self._steps.popleft() for _ in range(len(self._steps))]
        snapshot = None
        if picture:
            snapshot, self._mail = self._mail, None
        return News(
            steps, snapshot, state, self._seconds, self._totals, self._failure, self._test,
            self._ended_by, self._keeping.folder, self._keeping.problem, self._tier,
        )  # fmt: skip

    # Work

    def run(self) -> None:
        """Trains, and answers until it is closed."""
        try:
            self._train()
        except ProjectError as error:
            self._break_off(Failure(error.message, error.fix, error.place))
        except CompileError as error:
            fault = error.faults[0]
            self._break_off(Failure(fault.message, fault.fix, fault.node))
        except BROKEN as error:
            why = f"The run broke off: {type(error).__name__}: {error}"
            self._break_off(Failure(why, "Lower the batch size or undo."))
        finally:
            self._over = True
            self._cancel()
            self._told()

    def _cancel(self) -> None:
        while self._jobs:
            _, future = self._jobs.popleft()
            future.set_exception(RuntimeError("the run is over"))

    def _break_off(self, failure: Failure) -> None:
        """Ends the run for a reason that its trainer does not know; its folder tells it too."""
        with suppress(*BROKEN):
            self._keeping.end("failed", failure)
        self._fail(failure)

    def _fail(self, failure: Failure) -> None:
        self._failure = failure
        self._state = "failed"

    def _made(self) -> Trainer:
        if (kept := self._task.go_on) is not None:
            return continue_run(Path(kept.folder), kept.epochs, checkpoint=kept.checkpoint)
        return Trainer(decode(self._task.project))

    def _train(self) -> None:
        trainer = self._made()
        looks = Looks(Probe(trainer), sum(each.numel() for each in trainer.network.root.parameters()))
        self._keeping.begin(trainer)
        self._count = trainer.step
        self._totals = Totals(trainer.total_epochs, trainer.steps_per_epoch, trainer.total_steps, str(trainer.device))
        self._enter("paused" if self._paused else "running")
        self._loop(trainer, looks)
        self._deliver(trainer, last=True)
        self._seconds, self._ended_by = trainer.elapsed, trainer.ended_by
        state = "failed" if trainer.failure else "stopped" if self._stopped else "done"
        self._keeping.end(state)
        if trainer.failure:
            self._fail(trainer.failure)
        elif not self._closed:
            trainer.restore_best()
            self._test = dict(trainer.test())
            self._keeping.keep_test(self._test)
            self._look(looks)
        self._state = state
        self._told()
        self.rest()
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            self._serve(trainer, looks)

    def rest(self) -> None:
        """Called when the training is over and only looks are answered."""

    def _loop(self, trainer: Trainer, looks: Looks) -> None:
        steps = iter(trainer)
        while not self._stopped:
            if self._jobs:
                self._serve(trainer, looks)
            if self._paused and not self._single:
                self._pause(trainer, looks)
                continue
            if not self._single and self._state != "running":
                self._enter("running")
                self._keeping.resume()
            step = next(steps, None)
            if step is None:
                return
            if step.loss == step.loss and not self._held:
                self._steps.append(step)
            else:
                self._held.append(step)
                self._deliver(trainer)
            self._seconds, self._count = trainer.elapsed, step.index
            self._keeping.after(step)
            if step.ended:
                self._tier = trainer.tier.note
            if self._single:
                self._single -= 1
                self._look_wanted = True
            # While the last picture has not been fetched, another one would be wasted.
            elif self._watch is not None and self._mail is None and looks.is_due():
                self._mail = looks.take(self._watch)
            self._told()

    def _pause(self, trainer: Trainer, looks: Looks) -> None:
        """Answers looks until something wakes it."""
        if self._state != "paused":
            self._keeping.pause()
        self._serve(trainer, looks)
        self._enter("paused")
        self._wake.wait()
        self._wake.clear()

    def _enter(self, state: str) -> None:
        self._state = state
        self._told()

    def _deliver(self, trainer: Trainer, last: bool = False) -> None:
        """Hands on the steps whose losses waited on the device and have been fetched now."""
        losses = trainer.history.losses
        while self._held and (last or self._held[0].index <= len(losses)):
            step = self._held.popleft()
            known = step.index <= len(losses)
            self._steps.append(replace(step, loss=losses[step.index - 1]) if known else step)

    def _serve(self, trainer: Trainer, looks: Looks) -> None:
        """Answers what was asked between two steps."""
        if self._look_wanted:
            self._look(looks)
        while self._jobs:
            request, future = self._jobs.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(answer(request, trainer))
            except Exception as error:
                # It is raised again where the result is fetched.
                future.set_exception(error)
        self._told()

    def _look(self, looks: Looks) -> None:
        # Before the wish is taken back: a picture may take a while, and somebody waits for it.
        self._looking = True
        self._look_wanted = False
        watch = self._watch
        try:
            if watch is not None:
                self._mail = looks.take(watch, whole=True)
        finally:
            self._looking = False
