"""`python -m benchmarks.window`: what the open window costs. Start, steps per second with live views, late timers.

Every figure is the median of ratios, or of delays, each taken within one process. `headless` is the same trainer in a
thread while the window rests; `live` is a run in the window with the loss, weights and activations views side by side,
on a thread of the window's process or in a process of its own. `fluent` is a thread beside pictures that somebody wants
fluent, which slows training down by choice.
"""

from __future__ import annotations

import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

STARTS = 7
PROCESSES = 3
"""In each a case is measured anew: where code and data happen to lie in memory changes a ratio by a few per cent."""
ROUNDS = 3
"""Rounds in each process."""
SECONDS = 4.0
WARM_UP = 0.7
PERIOD = 16
"""Milliseconds of the timer whose lateness is measured."""
LATE = 12
"""Milliseconds of lateness that 95 of 100 ticks may have while a thread trains."""
GOALS = {"thread": (0.93, 0.93, 0.0, 0.93), "process": (0.97, 0.97, 0.97, 0.97), "fluent": (0.0, 0.0, 0.0, 0.0)}
"""The least ratio of live to headless steps per second for each case; 0 where none is set."""

PAINT = """
import os, sys
from gui.start import application, make_window
from gui.settings_store import load
window = make_window(load())
window.painted.connect(lambda: (print("painted", flush=True), os._exit(0)))
window.show()
application().exec()
"""
TORCH = "import os, torch; print('painted', flush=True); os._exit(0)"


@dataclass(frozen=True)
class Live:
    """A case's rounds: steps per second headless and live, frames per second, and the lateness of all ticks in ms."""

    title: str
    headless: list[float]
    live: list[float]
    frames: list[float]
    late: list[float]

    @property
    def ratios(self) -> list[float]:
        """Live to headless, round by round."""
        return [live / headless for headless, live in zip(self.headless, self.live, strict=True)]


def _until_said(code: str) -> float:
    """Seconds until a fresh interpreter says that it is there; bytecode is kept, as that of installed packages is."""
    keeping = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=keeping)
    return time.perf_counter() - begin


def start_ratio() -> tuple[float, float]:
    """Median seconds until the window is painted, and until a bare `import torch` is done, measured in turns.

    Neither has to compile its source any more.
    """
    _until_said(PAINT), _until_said(TORCH)
    pairs = [(_until_said(PAINT), _until_said(TORCH)) for _ in range(STARTS)]
    return statistics.median(p for p, _ in pairs), statistics.median(t for _, t in pairs)


def live(case_index: int, where: str) -> Live:
    """Runs a case of `benchmarks.workloads` headless and live in turns; `where` is `thread`, `process` or `fluent`."""
    import torch
    from PySide6.QtCore import QElapsedTimer, QEventLoop, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from benchmarks.workloads import CASES, project_of
    from core.training.runs.store import SETTING
    from core.training.trainer import Trainer
    from gui.settings_store import Settings
    from gui.start import make_window

    # The runs of a measurement are none of the user's.
    os.environ[SETTING] = tempfile.mkdtemp(prefix="layerloom-benchmark-")
    torch.set_num_threads(1)
    case = CASES[case_index]
    window = make_window(Settings(theme="dark", fluent=where == "fluent"))
    window.show()
    window.wake()
    session = window.session
    session.engine.load()
    session.control.isolate(where == "process")
    session.open_project(project_of(case))
    for view in ("learning", "weights", "activations"):
        window.show_place(view)
    window.places.views.tear_off("weights")
    window.show_place("activations")

    def rest(seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            QApplication.processEvents()
            time.sleep(0.002)

    def headless() -> float:
        trainer, count = Trainer(session.front.project), 0
        rate = 0.0

        def work() -> None:
            nonlocal count, rate
            steps = iter(trainer)
            begin = time.perf_counter()
            while time.perf_counter() < begin + WARM_UP:
                next(steps)
            begin = time.perf_counter()
            while (now := time.perf_counter()) < begin + SECONDS:
                next(steps)
                count += 1
            rate = count / (now - begin)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return rate

    late: list[float] = []
    frames = 0

    def paint() -> None:
        nonlocal frames
        frames += 1

    def with_window() -> float:
        session.start()
        run, runner = session.run, session.control.runner_of(session.front)
        assert run is not None
        assert runner is not None
        while runner.step_count < 2:
            rest(0.05)
        rest(WARM_UP)
        clock = QElapsedTimer()
        timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=PERIOD)

        def tick() -> None:
            late.append(max(0.0, clock.nsecsElapsed() / 1e6 - PERIOD))
            # Steps are counted where they are made, not where they are shown, from the end of one to that of another.
            if not marks or marks[-1][1] != runner.step_count:
                marks.append((time.perf_counter(), runner.step_count))
            clock.restart()

        marks: list[tuple[float, int]] = []
        timer.timeout.connect(tick)
        clock.start()
        timer.start()
        session.frame.connect(paint)
        loop = QEventLoop()
        QTimer.singleShot(round(SECONDS * 1000), loop.quit)
        loop.exec()
        timer.stop()
        session.frame.disconnect(paint)
        # The first mark is the moment at which counting began, amid a step.
        (begin, before), (end, after) = marks[1], marks[-1]
        session.stop()
        while run.active:
            rest(0.05)
        return (after - before) / (end - begin)

    rest(1.0)
    alone: list[float] = []
    beside: list[float] = []
    shown: list[float] = []
    for _ in range(ROUNDS):
        alone.append(headless())
        frames = 0
        beside.append(with_window())
        shown.append(frames / SECONDS)
    session.close()
    return Live(case.title, alone, beside, shown, late)


def measured(case_index: int, where: str) -> Live:
    """A case in some processes of its own: torch's thread pools and Qt's caches of one do not serve the other."""
    command = [sys.executable, "-m", "benchmarks.window", str(case_index), where]
    said = [subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout for _ in range(PROCESSES)]
    found = [Live(**json.loads(each)) for each in said]
    rounds = [
        [number for each in found for number in getattr(each, name)] for name in ("headless", "live", "frames", "late")
    ]
    return Live(found[0].title, *rounds)


def row(case_index: int, where: str) -> None:
    found, least = measured(case_index, where), GOALS[where][case_index]
    goal, late = f"≥ {least:.2f}" if least else "", f"≤ {LATE} ms" if where == "thread" else ""
    alone, beside, ratio, frames = map(statistics.median, (found.headless, found.live, found.ratios, found.frames))
    spread, lateness = f"{min(found.ratios):.2f}–{max(found.ratios):.2f}", statistics.quantiles(found.late, n=20)[-1]
    print(
        f"{found.title.split(',')[0]:<20}{where:<9}{alone:>8,.1f}/s{beside:>10,.1f}/s{ratio:>8.2f}"
        f"{spread:>14}{goal:>8}{lateness:>14.1f} ms{late:>10}{frames:>10.1f}/s",
        flush=True,
    )


def main() -> None:
    painted, torch = start_ratio()
    print(f"window painted {painted:.2f} s, import torch {torch:.2f} s: ratio {painted / torch:.2f} (goal ≤ 0.4)\n")
    heads = ["network", "run in a", "headless", "live", "ratio", "least–largest", "goal", "timer late, p95", "goal"]
    print("{:<20}{:<9}{:>10}{:>12}{:>8}{:>14}{:>8}{:>17}{:>10}{:>12}".format(*heads, "pictures"), flush=True)
    for where, goals in GOALS.items():
        for index in range(len(goals)):
            row(index, where)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asdict(live(int(sys.argv[1]), sys.argv[2]))))
    else:
        main()
