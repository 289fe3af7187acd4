"""The worker's own process: orders come in on the standard input, reports go out on the standard output."""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import threading
from concurrent.futures import Future
from typing import Any, BinaryIO

# Waiting OpenMP threads must not spin: with the window on a core they take most of the speed.
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import presets
from core.compiler.shapes import infer
from core.data.dataset import fields_of
from core.layers import user
from core.model.fault import ProjectError
from core.worker.sharing import Memory, write
from core.worker.wire import Answer, Ask, Begin, Do, Fetched, Look, Order, Report, Told, receive_order, send
from core.worker.worker import Worker

PERIOD = 0.08
"""Seconds between two reports, at least, unless an order came: the window paints no more often than that."""
GRACE = 5.0
"""Seconds in which a worker whose window has gone may bring its step to an end and keep what it has reached."""
DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux."""


class Child:
    """Runs one task on a thread, takes orders for it, and tells its news as they come."""

    def __init__(self, orders: BinaryIO, reports: BinaryIO, memory: Memory) -> None:
        self._orders, self._reports, self._memory = orders, reports, memory
        self._speaking = threading.Lock()
        self._news = threading.Event()
        self._ordered = threading.Event()
        self._free = True
        self._taken = 0
        self._is_last = False
        self._warmed = threading.Event()

    def live(self) -> None:
        """From the first order to the last one; the last one is the end of the input at the latest."""
        threading.Thread(target=self._warm, name="warming", daemon=True).start()
        first = receive_order(self._orders)
        if not isinstance(first, Begin):
            return
        self._taken = 1
        self._warmed.wait()
        for each in user.load_trusted():
            if each.problem:
                print(f"layerloom: {each.problem}", file=sys.stderr)
        worker = Worker(first.task, self._news.set)
        training = threading.Thread(target=worker.run, name="training", daemon=True)
        training.start()
        telling = threading.Thread(target=self._tell, args=(worker,), name="telling", daemon=True)
        telling.start()
        while (order := receive_order(self._orders)) is not None:
            self._take(order, worker)
        worker.close()
        training.join(GRACE)
        self._is_last = True
        self._ordered.set()
        self._news.set()
        telling.join(GRACE)

    def _warm(self) -> None:
        """Brings in what torch loads late, and others where there is time, so that a run begins at once."""
        try:
            project = presets.load(presets.FIRST)
            infer(project, fields_of(project.data))
        finally:
            self._warmed.set()
        if not self._taken:
            importlib.import_module("sklearn.datasets")

    def _take(self, order: Order, worker: Worker) -> None:
        if isinstance(order, Do):
            getattr(worker, order.verb)()
        elif isinstance(order, Look):
            worker.watch(order.watch)
        elif isinstance(order, Ask):
            number = order.number
            worker.submit(order.request).add_done_callback(lambda future: self._answer(number, future))
        elif isinstance(order, Fetched):
            self._free = True
        self._taken += 1
        if not isinstance(order, Fetched):
            self._ordered.set()
        self._news.set()

    def _tell(self, worker: Worker) -> None:
        try:
            while not self._is_last:
                self._news.wait()
                self._news.clear()
                self._ordered.clear()
                self._report(worker)
                self._ordered.wait(PERIOD)
            self._report(worker)
        except (OSError, ValueError):
            # Nobody listens any more; the end of the orders follows.
            return

    def _report(self, worker: Worker) -> None:
        taken = self._taken
        news = worker.news(picture=self._free)
        picture = None
        if news.snapshot is not None:
            self._free = False
            picture = write(news.snapshot, self._memory)
        # Where the state has changed since, another report follows that tells it.
        quiet = worker.is_quiet and worker.state == news.state
        self._say(
            Told(
                taken, quiet, news.state, worker.step_count, news.seconds, news.steps, news.totals, news.failure,
                news.test, news.ended_by, news.folder, news.problem, news.tier, picture,
            )
        )  # fmt: skip

    def _answer(self, number: int, future: Future[Any]) -> None:
        error = future.exception()
        if isinstance(error, ProjectError):
            answer = Answer(number, error=error.message, place=error.place, fix=error.fix)
        elif error is not None:
            answer = Answer(number, error=f"{type(error).__name__}: {error}")
        else:
            answer = Answer(number, future.result())
        self._say(answer)

    def _say(self, report: Report) -> None:
        with self._speaking:
            send(self._reports, report)


def die_with_parent() -> None:
    """Linux ends this process when the thread that began it ends, even while nothing here can listen."""
    ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)


def main() -> None:
    """`handle of the memory`, and whether the process began on its parent's main thread, are the arguments."""
    handle, bound = sys.argv[-2:]
    if bound == "bound" and sys.platform.startswith("linux"):
        die_with_parent()
    # A Ctrl+C in the terminal is the window's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What layers print must not get among the reports.
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    Child(sys.stdin.buffer, reports, Memory(handle)).live()
    # Threads that hang in a step do not hold the end up.
    sys.stderr.flush()
    os._exit(0)
