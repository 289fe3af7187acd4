"""A sweep at work: worker processes that train its points, stoppable and resumable at any time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from core.model.fault import ProjectError
from core.model.project import Project
from core.training.runs import RunFolder
from core.training.sweeps.plan import Point, Sweep, points, read_sweep, write_sweep
from core.training.sweeps.worker import RUNS
from core.training.threads import cores

ROOT = Path(__file__).parents[3]
"""Where the program's packages are."""


@dataclass
class Progress:
    """Where a sweep is: what is done, what failed and why, and the epochs of what is being trained."""

    total: int
    done: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    epochs: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return len(self.done) + len(self.failed) == self.total


class Running:
    """Trains what a sweep folder still lacks; `poll` brings the news, `close` ends the workers and keeps all.

    What stands in the folder decides: points that are done are left alone, those that were broken off go on.
    """

    def __init__(self, folder: Path, workers: int | None = None) -> None:
        """Starts the workers (one a core, if None); raises ProjectError where the folder holds no sweep."""
        self.folder = folder
        sweep, project = read_sweep(folder)
        made = points(sweep, project)
        self.progress = Progress(len(made), {point.name for point in made if is_done(folder, point)})
        self._waiting = deque(point.name for point in made if point.name not in self.progress.done)
        self._news: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._workers: dict[int, subprocess.Popen[str]] = {}
        self._at: dict[int, str] = {}
        for number in range(min(workers or cores(), len(self._waiting))):
            self._start(number)

    def _start(self, number: int) -> None:
        # It works where this process does, so that paths mean the same, and finds the program wherever that is.
        roots = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": roots}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "core.training.sweeps.worker", str(self.folder.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._workers[number] = process
        assert process.stdout is not None
        threading.Thread(target=self._listen, args=(number, process.stdout), daemon=True).start()
        self._hand_on(number)

    def _listen(self, number: int, output: IO[str]) -> None:
        with output:
            for line in output:
                self._news.put((number, line))
        self._news.put((number, ""))

    def _hand_on(self, number: int) -> None:
        """Gives a worker its next point, or lets it go."""
        process = self._workers[number]
        assert process.stdin is not None
        if not self._waiting:
            process.stdin.close()
            return
        name = self._at[number] = self._waiting.popleft()
        try:
            process.stdin.write(name + "\n")
            process.stdin.flush()
        except OSError:
            self._waiting.appendleft(name)

    def poll(self, timeout: float = 0.0) -> bool:
        """Takes in what the workers told, waiting for the first news; whether there were any."""
        changed = False
        while True:
            try:
                number, line = self._news.get(timeout=timeout) if timeout and not changed else self._news.get_nowait()
            except queue.Empty:
                return changed
            changed = True
            self._take(number, line)

    def _take(self, number: int, line: str) -> None:
        name = self._at.get(number, "")
        if not line:
            process = self._workers.pop(number, None)
            if process is not None and process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
            if process is not None and name and name not in self.progress.done and name not in self.progress.failed:
                code = process.wait()
                self.progress.failed[name] = f"Its process was ended by the system (code {code}); memory may be short."
                if self._waiting:
                    self._start(number)
            return
        news = json.loads(line)
        if "epoch" in news:
            self.progress.epochs[name] = news["epoch"], news["of"]
            return
        if "failed" in news:
            self.progress.failed[name] = news["failed"]
        else:
            self.progress.done.add(name)
        self.progress.epochs.pop(name, None)
        self._at.pop(number, None)
        self._hand_on(number)

    def close(self) -> None:
        """Ends the workers after their present step; what they were at is kept and can go on."""
        self._waiting.clear()
        workers, self._workers = self._workers, {}
        for process in workers.values():
            if process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
        for process in workers.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def begin(folder: Path, sweep: Sweep, project: Project, workers: int | None = None, origin: str = "") -> Running:
    """Starts a new sweep in a folder of its own; raises ProjectError where it does not fit the project."""
    points(sweep, project)
    if folder.is_dir() and any(folder.iterdir()):
        raise ProjectError("The folder is not empty.", place=str(folder), fix="Choose a new one, or resume its sweep.")
    write_sweep(folder, sweep, project, origin)
    return Running(folder, workers)


def run_of(folder: Path, point: Point) -> RunFolder | None:
    """The run of a point as far as it is; None before it began."""
    try:
        return RunFolder.open(folder / RUNS / point.name)
    except ProjectError:
        return None


def is_done(folder: Path, point: Point) -> bool:
    run = run_of(folder, point)
    return run is not None and run.state == "done"
