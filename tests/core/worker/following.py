"""Follows a run as the window does: takes its news again and again until something is so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from core.model.file import encode
from core.model.project import Project
from core.training.records import Snapshot, Step, Watch
from core.worker.isolated import IsolatedRunner
from core.worker.task import Keep, News, Runner, Task
from core.worker.threaded import ThreadRunner

WAIT = 120.0
RUNNERS: dict[str, Callable[[Task], Runner]] = {"thread": ThreadRunner, "process": IsolatedRunner}


class Follower:
    """A started run and all that it has told."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.steps: list[Step] = []
        self.snapshots: list[Snapshot] = []
        self.last = News()
        runner.start()

    def look(self) -> None:
        news = self.last = self.runner.news()
        self.steps += news.steps
        if news.snapshot is not None:
            self.snapshots.append(news.snapshot)

    def until(self, so: Callable[[], bool]) -> None:
        """Takes news until it is so; fails where it never is."""

        def looked() -> bool:
            self.look()
            return so()

        until(looked, lambda: f"{self.last.state}, {self.last.failure}")

    def finish(self) -> Follower:
        """Waits for the end of the run and for all that follows by itself."""
        self.until(lambda: self.last.state not in ("starting", "running") and self.runner.is_quiet)
        return self


def until(so: Callable[[], bool], else_told: Callable[[], str] = str) -> None:
    """Waits until it is so; fails where it never is."""
    end = time.monotonic() + WAIT
    while not so():
        assert time.monotonic() < end, f"it did not come: {else_told()}"
        threading.Event().wait(0.01)


def task(project: Project, *, watch: Watch | None = None, paused: bool = False, keep: Keep | None = None) -> Task:
    return Task(encode(project), watch=watch, paused=paused, keep=keep)
