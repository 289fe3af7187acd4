"""One run on a worker thread: commands go in, steps and snapshots come out. Nothing of Qt is in here."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.model.fault import ProjectError
from core.model.project import Project
from core.training.records import Failure, Snapshot, Step, Watch
from gui.looks import Looks

if TYPE_CHECKING:
    from core.training.trainer import Trainer
    from gui.engine import Engine

TURN = 0.001
"""Seconds for which the worker may hold the interpreter's lock while it trains: the window must not wait longer."""
USUAL_TURN = sys.getswitchinterval()


@dataclass
class Totals:
    """What is known once the trainer stands."""

    epochs: int
    steps_per_epoch: int
    steps: int
    device: str


@dataclass
class News:
    """What happened since the last look."""

    steps: list[Step] = field(default_factory=list)
    snapshot: Snapshot | None = None
    state: str = "running"
    seconds: float = 0.0
    totals: Totals | None = None
    failure: Failure | None = None
    test: dict[str, float] = field(default_factory=dict)


class Runner:
    """Trains a copy of a project until it is done or told to stop; then it answers looks until it is closed.

    The window calls `pause`, `resume`, `single_step`, `stop`, `watch`, `submit` and `news`; all return at once.
    """

    def __init__(self, engine: Engine, project: Project, watch: Watch | None, *, paused: bool = False) -> None:
        self._engine = engine
        self._project = project
        self._watch = watch
        self._steps: deque[Step] = deque()
        self._held: deque[Step] = deque()
        self._jobs: deque[tuple[Callable[[Trainer], Any], Future[Any]]] = deque()
        self._mail: Snapshot | None = None
        self._paused = paused
        self._single = 0
        self._stopped = self._closed = False
        self._look_wanted = True
        self._state = "starting"
        self._totals: Totals | None = None
        self._failure: Failure | None = None
        self._test: dict[str, float] = {}
        self._seconds = 0.0
        self._count = 0
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)

    def start(self) -> None:
        self._thread.start()

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

    def close(self, wait: bool = True) -> None:
        """Ends the run and the thread."""
        self._stopped = self._closed = True
        self._wake.set()
        if wait and self._thread.is_alive():
            self._thread.join()

    def watch(self, watch: Watch | None) -> None:
        self._watch = watch
        self._look_wanted = True
        self._wake.set()

    @property
    def is_quiet(self) -> bool:
        """Whether no news will come unless something is asked."""
        if self._state == "paused":
            waiting = bool(self._single or self._stopped or not self._paused)
        else:
            waiting = self._state in ("starting", "running")
        return not (waiting or self._steps or self._mail is not None or (self._look_wanted and self._watch is not None))

    @property
    def state(self) -> str:
        return self._state

    @property
    def is_alive(self) -> bool:
        """Whether the thread is there to train or to answer."""
        return self._thread.is_alive()

    @property
    def step_count(self) -> int:
        """Steps that the trainer has made."""
        return self._count

    def submit(self, job: Callable[[Trainer], Any]) -> Future[Any]:
        """Runs a job with the trainer on the worker, between two steps."""
        future: Future[Any] = Future()
        if not self._thread.is_alive():
            future.set_exception(RuntimeError("the run is over"))
            return future
        self._jobs.append((job, future))
        self._wake.set()
        return future

    def news(self) -> News:
        """All steps since the last call, the latest snapshot if it is new, and the state."""
        steps = [self._steps.popleft() for _ in range(len(self._steps))]
        snapshot, self._mail = self._mail, None
        return News(steps, snapshot, self._state, self._seconds, self._totals, self._failure, self._test)

    def _work(self) -> None:
        sys.setswitchinterval(TURN)
        try:
            self._train()
        except ProjectError as error:
            self._fail(Failure(error.message, error.fix, error.place))
        except self._engine.build.CompileError as error:
            fault = error.faults[0]
            self._fail(Failure(fault.message, fault.fix, fault.node))
        except (RuntimeError, MemoryError, ValueError, TypeError, IndexError, KeyError, OSError) as error:
            # Whatever else goes wrong in the worker ends the run, not the program, and is told.
            self._fail(Failure(f"The run broke off: {type(error).__name__}: {error}", "Lower the batch size or undo."))
        finally:
            sys.setswitchinterval(USUAL_TURN)
            for _, future in self._jobs:
                future.cancel()

    def _fail(self, failure: Failure) -> None:
        self._failure = failure
        self._state = "failed"

    def _train(self) -> None:
        trainer = self._engine.trainer.Trainer(self._project)
        looks = Looks(self._engine.probe.Probe(trainer))
        self._totals = Totals(trainer.total_epochs, trainer.steps_per_epoch, trainer.total_steps, str(trainer.device))
        self._state = "paused" if self._paused else "running"
        self._loop(trainer, looks)
        self._deliver(trainer, last=True)
        self._seconds = trainer.elapsed
        if trainer.failure:
            self._fail(trainer.failure)
        elif not self._closed:
            trainer.restore_best()
            self._test = dict(trainer.test())
            self._look(looks)
            self._state = "stopped" if self._stopped else "done"
        sys.setswitchinterval(USUAL_TURN)
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            self._serve(trainer, looks)

    def _loop(self, trainer: Trainer, looks: Looks) -> None:
        steps = iter(trainer)
        while not self._stopped:
            if self._jobs:
                self._serve(trainer, looks)
            if self._paused and not self._single:
                self._state = "paused"
                self._serve(trainer, looks)
                self._wake.wait()
                self._wake.clear()
                continue
            if not self._single:
                self._state = "running"
            step = next(steps, None)
            if step is None:
                return
            if step.loss == step.loss and not self._held:
                self._steps.append(step)
            else:
                self._held.append(step)
                self._deliver(trainer)
            self._seconds, self._count = trainer.elapsed, step.index
            if self._single:
                self._single -= 1
                self._look_wanted = True
            # While the last picture has not been fetched, another one would be wasted.
            elif self._watch is not None and self._mail is None and looks.is_due():
                self._mail = looks.take(self._watch)

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
            job, future = self._jobs.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                with trainer.looking():
                    future.set_result(job(trainer))
            except Exception as error:
                # It is raised again where the result is fetched.
                future.set_exception(error)

    def _look(self, looks: Looks) -> None:
        self._look_wanted = False
        watch = self._watch
        if watch is not None:
            self._mail = looks.take(watch, whole=True)
