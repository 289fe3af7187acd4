"""A run in a process of its own, from the window's side: the same verbs and the same news as on a thread."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import Any

from core.model.fault import ProjectError
from core.training.records import Failure, Snapshot, Step, Watch
from core.worker import endings, sharing
from core.worker.process import Process
from core.worker.task import News, Request, Task
from core.worker.wire import Answer, Ask, Begin, Do, Fetched, Look, Order, Report, Told

GRACE = 6.0
"""Seconds in which a worker may bring its step to an end, and keep what it has reached, before it is ended."""
ACTIVE = ("starting", "running", "paused")


class IsolatedRunner:
    """Trains in a process of its own: what becomes of that leaves this one alone, and is told.

    The state is `crashed` when the process went while it had a run; the failure then says why.

    `process` is a spare one; without it one is begun at `start`.
    """

    def __init__(self, task: Task, process: Process | None = None) -> None:
        self._task = task
        self._process = process
        self._told = Told(0, False, "starting", 0, 0.0)
        self._steps: deque[Step] = deque()
        self._mail: Snapshot | None = None
        self._failure: Failure | None = None
        self._asked: dict[int, Future[Any]] = {}
        self._numbers = itertools.count()
        self._sent = 0
        self._closing = self._over = False
        self._ending: Failure | None = None
        self._moved = time.monotonic()
        self._lock = threading.Lock()

    # Verbs

    def start(self) -> None:
        """Begins; returns before anything trains."""
        if self._process is None or not self._process.is_alive:
            self._process = Process()
        self._moved = time.monotonic()
        self._order(Begin(self._task))
        self._process.listen(self._hear, self._on_end)

    def pause(self) -> None:
        self._order(Do("pause"))

    def resume(self) -> None:
        self._moved = time.monotonic()
        self._order(Do("resume"))

    def single_step(self) -> None:
        self._moved = time.monotonic()
        self._order(Do("single_step"))

    def stop(self) -> None:
        """Ends the run between two steps; its best weights stay to be looked at."""
        self._order(Do("stop"))

    def watch(self, watch: Watch | None) -> None:
        self._order(Look(watch))

    def submit(self, request: Request) -> Future[Any]:
        """Asks for something between two steps."""
        future: Future[Any] = Future()
        number = next(self._numbers)
        self._asked[number] = future
        if self._over:
            self._refuse()
        else:
            self._order(Ask(number, request))
        return future

    def end_step(self) -> None:
        """Ends the process amid its step: the way out of a step that hangs."""
        if self._process is not None and not self._over:
            self._ending = endings.ended_step(self.waiting)
            self._process.kill()

    def close(self, wait: bool = True) -> None:
        """Ends the run and the process: by itself where it can, else by force."""
        self._closing = True
        process = self._process
        if process is None:
            return
        process.finish()
        if wait:
            self._see_off(process)
        else:
            threading.Thread(target=self._see_off, args=(process,), name="worker's end", daemon=True).start()

    # News

    @property
    def state(self) -> str:
        if self._failure is not None:
            return "crashed"
        return self._told.state

    @property
    def is_quiet(self) -> bool:
        """Whether no news will come unless something is asked."""
        if self._steps or self._mail is not None:
            return False
        return self._over or (self._told.quiet and self._told.taken == self._sent)

    @property
    def is_alive(self) -> bool:
        """Whether the process is there to train or to answer."""
        return self._process is not None and not self._over

    @property
    def step_count(self) -> int:
        """Steps that the trainer has made."""
        return self._told.count

    @property
    def pid(self) -> int:
        """The process; 0 before it is there."""
        return self._process.pid if self._process else 0

    @property
    def waiting(self) -> float:
        """Seconds since the run last moved, while it should; 0 where it pauses or is over."""
        return time.monotonic() - self._moved if self.state in ("starting", "running") else 0.0

    def news(self) -> News:
        """All steps since the last call, the latest snapshot if it is new, and the state."""
        # The state is read first: it never runs ahead of the steps that led to it.
        told, state = self._told, self.state
        steps = [self._steps.popleft() for _ in range(len(self._steps))]
        snapshot, self._mail = self._mail, None
        if snapshot is not None:
            self._order(Fetched())
        return News(
            steps, snapshot, state, told.seconds, told.totals, self._failure or told.failure, told.test,
            told.ended_by, told.folder, told.problem, told.tier,
        )  # fmt: skip

    # The process

    def _order(self, order: Order) -> None:
        if self._process is not None and not self._over:
            with self._lock:
                self._sent += 1
                self._process.order(order)

    def _hear(self, report: Report) -> None:
        if isinstance(report, Answer):
            self._answer(report)
            return
        if report.count != self._told.count or report.state != self._told.state:
            self._moved = time.monotonic()
        self._steps.extend(report.steps)
        if report.picture is not None and self._process is not None:
            self._mail = sharing.read(report.picture, self._process.memory)
        report.steps, report.picture = [], None
        self._told = report

    def _answer(self, answer: Answer) -> None:
        future = self._asked.pop(answer.number, None)
        if future is None or future.done():
            return
        if answer.error:
            future.set_exception(ProjectError(answer.error, place=answer.place, fix=answer.fix))
        else:
            future.set_result(answer.value)

    def _on_end(self, status: int) -> None:
        process = self._process
        if process is not None and not self._closing and self._told.state in ACTIVE:
            if self._ending is None and process.misheard:
                self._ending = endings.misheard(process.misheard)
            self._failure = self._ending or endings.spoken(status, process.last_words)
        self._over = True
        self._refuse()
        if process is not None:
            process.memory.close()

    def _refuse(self) -> None:
        """Says to all who wait for an answer that none will come."""
        for number in list(self._asked):
            future = self._asked.pop(number, None)
            if future is not None and not future.done():
                future.set_exception(ProjectError("The training process has ended.", fix="Train again."))

    def _see_off(self, process: Process) -> None:
        if not process.wait(GRACE):
            process.kill()
            process.wait(GRACE)
