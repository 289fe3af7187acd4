"""A run on a thread of this process."""

from __future__ import annotations

import sys
import threading

from core.worker.task import Task
from core.worker.worker import Worker

TURN = 0.001
"""Seconds for which the worker may hold the interpreter's lock while it trains: the window must not wait longer."""
USUAL_TURN = sys.getswitchinterval()


class ThreadRunner(Worker):
    """Works on a thread of its own from `start` to `close`."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._thread = threading.Thread(target=self.run, name="training", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread is there to train or to answer."""
        return self._thread.is_alive()

    def close(self, wait: bool = True) -> None:
        """Ends the run and the thread."""
        super().close()
        if wait and self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        sys.setswitchinterval(TURN)
        try:
            super().run()
        finally:
            sys.setswitchinterval(USUAL_TURN)

    def rest(self) -> None:
        sys.setswitchinterval(USUAL_TURN)
