"""Runs on disk as the screen knows runs: with their curves, and brought back to where they go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.model.fault import ProjectError
from core.model.file import decode, encode
from gui.documents import Document, LiveRun
from gui.steplog import StepLog

if TYPE_CHECKING:
    from core.training.runs import RunFolder, RunStore

MOST = 200
"""Runs of a project that are listed, the newest ones."""


@dataclass(frozen=True)
class Deleted:
    """A run that was deleted, with its place in the list and in the trash, so that it can be brought back."""

    document: Document
    run: LiveRun
    place: int
    trashed: Path | None


def read_runs(store: RunStore, origin: str) -> list[LiveRun]:
    """The runs of a project, the latest last; one that cannot be read whole is left out."""
    found = []
    for kept in reversed(store.runs({origin})[:MOST]):
        try:
            if not kept.is_held:
                found.append(live(kept))
        except ProjectError:
            continue
    return found


def live(kept: RunFolder) -> LiveRun:
    """A run on disk as the screen knows runs; raises ProjectError."""
    run = LiveRun(kept.name or kept.path.name, kept.project, kept.state, folder=kept.path, shown=False, listed=True)
    run.began, run.tags, run.origin, run.device = kept.began, kept.tags, kept.origin, kept.device
    run.total_epochs, run.steps_per_epoch, run.total_steps = kept.total_epochs, kept.steps_per_epoch, kept.total_steps
    run.seconds, run.test, run.failure, run.ended_by = kept.seconds, kept.test, kept.failure, kept.ended_by
    run.resumable = kept.can_continue
    _curves(run, kept, len(kept.losses))
    return run


def fill(run: LiveRun, kept: RunFolder) -> None:
    """Brings a run that shall go on back to where its state was kept; raises ProjectError."""
    run.project = decode(encode(kept.project))
    _curves(run, kept, kept.kept_step)


def _curves(run: LiveRun, kept: RunFolder, steps: int) -> None:
    run.steps = StepLog.of_losses(kept.losses[:steps], kept.steps_per_epoch, kept.project.training.batch_size)
    run.epochs = [
        epoch
        for epoch in kept.epochs
        # Where a number of steps ended it amid an epoch, that epoch is closed anew.
        if epoch.step <= steps and (steps == len(kept.losses) or epoch.step % max(1, kept.steps_per_epoch) == 0)
    ]


def moment(run: LiveRun) -> float:
    """When a run was started, in seconds since 1970; 0 where that is not known."""
    try:
        return datetime.fromisoformat(run.began).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
