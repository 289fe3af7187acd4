"""Work in a thread whose result arrives in the window's own time; the thread never touches anything of Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.model.fault import ProjectError


class Background(QObject):
    """Runs one job at a time. A newer job makes the result of an older one void."""

    finished = Signal(object)
    """What the job returned."""
    failed = Signal(ProjectError)
    """The user-caused error that the job raised; any other error is raised in the window's thread."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._future: Future[Any] | None = None
        self._look = QTimer(self)
        self._look.setInterval(15)
        self._look.timeout.connect(self._fetch)

    @property
    def is_busy(self) -> bool:
        return self._future is not None

    def start(self, job: Callable[[], object]) -> None:
        """Begins a job at once."""
        future = self._future = Future()
        threading.Thread(target=_work, args=(job, future), name=self._name, daemon=True).start()
        self._look.start()

    def forget(self) -> None:
        """Lets the running job's result go."""
        self._future = None
        self._look.stop()

    def _fetch(self) -> None:
        future = self._future
        if future is None or not future.done():
            return
        self.forget()
        try:
            result = future.result()
        except ProjectError as error:
            self.failed.emit(error)
            return
        self.finished.emit(result)


def _work(job: Callable[[], object], future: Future[Any]) -> None:
    try:
        result = job()
    except Exception as error:
        # It is raised again where the result is fetched.
        future.set_exception(error)
    else:
        future.set_result(result)
