"""A process that trains points of a sweep, one after the other: their names come in as lines, news go out as JSON.

Started as `python -m core.training.sweeps.worker FOLDER`. It ends when its input does, keeping what it was at.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any

import core.data
import core.layers  # noqa: F401 - fills the registry
from core.compiler.inference import CompileError
from core.layers import user
from core.model.fault import ProjectError
from core.model.project import Project
from core.training.runs import RunFolder, RunWriter, continue_run
from core.training.sweeps.plan import Point, at, points, read_sweep
from core.training.threads import share_cores
from core.training.trainer import Trainer

RUNS = "runs"


def main(folder: Path) -> None:
    """Trains what is asked for until the input ends."""
    share_cores(1)
    # What is wrong with a file is told where a project needs its kinds.
    user.load_trusted()
    sweep, project = read_sweep(folder)
    known = {point.name: point for point in points(sweep, project)}
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    gone = threading.Event()
    threading.Thread(target=_listen, args=(asked, gone), daemon=True).start()
    while name := asked.get():
        point = known[name]
        try:
            _train(folder / RUNS / name, at(project, sweep, point), point, gone)
        except CompileError as error:
            fault = error.faults[0]
            _tell(point=name, failed=f"{fault.node}: {fault.message} {fault.fix}".strip())
        except ProjectError as error:
            _tell(point=name, failed=str(error))
        except (RuntimeError, MemoryError, OSError) as error:
            _tell(point=name, failed=f"The run broke off: {error}")


def _listen(asked: queue.SimpleQueue[str], gone: threading.Event) -> None:
    for line in sys.stdin:
        asked.put(line.strip())
    gone.set()
    asked.put("")


def _train(folder: Path, project: Project, point: Point, gone: threading.Event) -> None:
    trainer = _begun(folder) or Trainer(project)
    writer = RunWriter(folder, trainer, name=point.name)
    for step in trainer:
        writer.after(step)
        if step.ended is not None:
            _tell(point=point.name, epoch=step.ended.epoch, of=trainer.total_epochs)
        if gone.is_set():
            writer.save("paused")
            return
    if trainer.failure is not None:
        writer.end("failed")
        _tell(point=point.name, failed=f"{trainer.failure.message} {trainer.failure.fix}".strip())
        return
    writer.end("done")
    writer.keep_test(trainer.test())
    _tell(point=point.name, done=True)


def _begun(folder: Path) -> Trainer | None:
    """The run of a point that was broken off, if it can go on."""
    if not folder.is_dir():
        return None
    try:
        return continue_run(folder) if RunFolder.open(folder).can_continue else None
    except ProjectError:
        return None


def _tell(**news: Any) -> None:
    try:
        print(json.dumps(news), flush=True)
    except BrokenPipeError:
        # Whoever asked is gone; what was reached is kept.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


if __name__ == "__main__":
    main(Path(sys.argv[1]))
