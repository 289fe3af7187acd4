"""The run folder of a worker, where one is wanted: what goes wrong with it is told and hinders nothing."""

from __future__ import annotations

from pathlib import Path

from core.model.fault import ProjectError
from core.training.records import Failure, Metrics, Step
from core.training.runs import RunStore, RunWriter
from core.training.trainer import Trainer
from core.worker.task import Keep, Task


class Keeping:
    """Writes what a task wants to be kept; `folder` is empty where nothing is. To be used between steps."""

    def __init__(self, task: Task) -> None:
        self._keep = Keep(folder=task.go_on.folder) if task.keep is None and task.go_on else task.keep
        self._writer: RunWriter | None = None
        self._why = ""

    @property
    def folder(self) -> str:
        return str(self._writer.folder) if self._writer else ""

    @property
    def problem(self) -> str:
        """Why the run cannot be kept at the moment."""
        return self._writer.problem if self._writer else self._why

    def begin(self, trainer: Trainer) -> None:
        """To be called before the first step."""
        keep = self._keep
        if keep is None:
            return
        try:
            store = RunStore(Path(keep.store) if keep.store else None)
            folder = Path(keep.folder) if keep.folder else store.new(trainer.project)
            self._writer = RunWriter(folder, trainer, name=keep.name or folder.name, origin=keep.origin, tags=keep.tags)
        except ProjectError as error:
            self._why = str(error)

    def after(self, step: Step) -> None:
        if self._writer:
            self._writer.after(step)

    def pause(self) -> None:
        if self._writer:
            self._writer.save("paused")

    def resume(self) -> None:
        if self._writer:
            self._writer.goes_on()

    def end(self, state: str, failure: Failure | None = None) -> None:
        """Before the best weights are put back; `failure` is one that the trainer does not know of."""
        if self._writer:
            self._writer.end(state, failure)

    def keep_test(self, test: Metrics) -> None:
        if self._writer:
            self._writer.keep_test(test)
