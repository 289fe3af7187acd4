"""Sweeps on disk whose runs were trained in this process, so that no test has to wait for workers."""

from __future__ import annotations

from pathlib import Path

from core.model.project import Project
from core.training.runs import RunWriter
from core.training.sweeps.plan import Axis, Sweep, at, points, write_sweep
from core.training.sweeps.store import SweepStore
from core.training.sweeps.worker import RUNS
from core.training.trainer import Trainer
from tests.gui.conftest import shortened

LR = "training.objectives[0].optimizer.lr"
BATCH = "training.batch_size"


def xor(epochs: int = 1) -> Project:
    return shortened("mlp-xor", epochs)


def axis(address: str, *values: float) -> Axis:
    return Axis((address,), values)


def prepared(project: Project, sweep: Sweep, trained: int | None = None) -> Path:
    """A sweep of a project; its first runs (all, if None) are done."""
    folder = SweepStore().new(project)
    write_sweep(folder, sweep, project, f"preset:{project.lecture}")
    for point in points(sweep, project)[:trained]:
        trainer = Trainer(at(project, sweep, point))
        writer = RunWriter(folder / RUNS / point.name, trainer, name=point.name)
        for step in trainer:
            writer.after(step)
        writer.end("failed" if trainer.failure else "done")
        if trainer.failure is None:
            writer.keep_test(trainer.test())
    return folder
