"""Keeps a run on disk while it trains; called between steps, by the window's worker and by the headless commands."""

from __future__ import annotations

import json
import math
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.data.dataset import contents_of
from core.model.fault import ProjectError
from core.model.file import encode, write_atomically
from core.training.checkpoint import pack
from core.training.records import Failure, Metrics, Step
from core.training.runs import process
from core.training.runs.folder import BEST, FACTS, HISTORY, LAST, PROJECT, STATE, VERSION, RunFolder
from core.training.runs.weights import weight_bytes
from core.training.trainer import Trainer

EVERY = 30.0
"""Seconds between two writings while it trains, at least."""
FIRST = 10.0
"""Seconds after which it is written for the first time."""
GUESS = 4
"""How often what the start took all files may take."""
SHARE = 0.005
"""The share of the time that writing may take."""


class RunWriter:
    """Writes one run's folder, each file atomically; nothing that it does leaves a trace in the run.

    Made before the first step; then `after` each step, `save` at a pause and `end` once. The constructor raises
    ProjectError where the folder cannot be written. Later a full disk does not hinder the run: `problem` tells of it.
    """

    def __init__(
        self,
        folder: Path,
        trainer: Trainer,
        *,
        name: str = "",
        origin: str = "",
        tags: tuple[str, ...] = (),
        every: float = EVERY,
    ) -> None:
        self.folder = folder
        self.problem = ""
        self._lacks = False
        self._trainer, self._every = trainer, every
        self._state = "running"
        self._test: Metrics = {}
        self._failure: Failure | None = None
        self._kept: dict[str, Any] = {
            "name": name,
            "origin": origin,
            "tags": list(tags),
            "began": _now(),
            "title": trainer.project.title,
            "carried": bool(trainer.carried),
            "files": contents_of(trainer.project.data),
        }
        self._dirty = True
        begin = time.monotonic()
        if _is_taken(folder):
            fix = "Choose another folder, or pause or stop it where it trains."
            raise ProjectError("Another process trains in this folder.", place=str(folder), fix=fix)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / PROJECT, encode(trainer.project))
            self._write_facts()
        except OSError as error:
            raise ProjectError(
                f"The run cannot be saved: {error.strerror}.", place=str(folder), fix="Choose another folder."
            ) from error
        if trainer.carried and not trainer.step:
            # A start that the seed alone gives need not be kept: see `RunFolder.begins_anew`.
            self._try(lambda: write_atomically(folder / STATE, pack(trainer.state())))
        end = time.monotonic()
        # Two small files give an idea of what all of them will cost.
        self._due = end + min(every, max(FIRST, GUESS * (end - begin) / SHARE))

    def after(self, step: Step) -> None:
        """To be called after each step: writes where it is time to."""
        self._dirty = True
        if step.ended is not None:
            every = self._trainer.settings.checkpoints
            if every and step.ended.epoch % every == 0 and self._trainer.step % self._trainer.steps_per_epoch == 0:
                file = self.folder / f"checkpoint-{step.ended.epoch:04d}.safetensors"
                self._try(lambda: write_atomically(file, pack(self._trainer.state())))
        if time.monotonic() >= self._due:
            self.save("running")

    def save(self, state: str) -> None:
        """Writes all that it takes to go on from here; `state` is `running`, `paused` or what `end` says."""
        changed, self._state = self._dirty or state != self._state, state
        if not changed:
            return
        begin = time.monotonic()
        self._try(self._write)
        self._dirty = False
        end = time.monotonic()
        self._due = end + max(self._every, (end - begin) / SHARE)

    def goes_on(self) -> None:
        """A pause is over."""
        if self._state != "running":
            self._state = "running"
            self._try(self._write_facts)

    def end(self, state: str, failure: Failure | None = None) -> None:
        """The run is over: `done`, `stopped` or `failed`. To be called before the best weights are put back.

        The state after a step that failed is no place to go on from: the one that was kept before stays. `failure` says
        why, where the trainer does not know it.
        """
        self._dirty = True
        self._failure = failure or self._trainer.failure
        self.save(state)

    def keep_test(self, test: Metrics) -> None:
        """Adds the metrics of the best weights over the test part."""
        self._test = dict(test)
        self._try(self._write_facts)

    def _try(self, write: Callable[[], object]) -> None:
        is_whole = write == self._write
        try:
            write()
        except OSError as error:
            goes_on = self._state in ("running", "paused")
            fix = "Make room; it trains on." if goes_on else "Make room, and train again."
            self.problem = f"The run cannot be kept in {self.folder}: {error.strerror}. {fix}"
            self._lacks = self._lacks or is_whole
        else:
            # Where there is no room for the weights there may still be some for a small file.
            self._lacks = self._lacks and not is_whole
            if not self._lacks:
                self.problem = ""

    def _write(self) -> None:
        trainer, folder = self._trainer, self.folder
        # The history first: wherever a crash comes between two files, it reaches as far as the state.
        write_atomically(folder / HISTORY, pack(trainer.history.state()))
        if self._state != "failed":
            write_atomically(folder / STATE, pack(trainer.state()))
        write_atomically(folder / BEST, weight_bytes(trainer.best_state()))
        write_atomically(folder / LAST, weight_bytes(trainer.network.state_dict()))
        self._write_facts()

    def _write_facts(self) -> None:
        trainer, history = self._trainer, self._trainer.history
        # Names and tags belong to people, who may change them while it trains; where it goes on, they stay too.
        self._kept |= {name: value for name, value in _written(self.folder / FACTS).items() if name in self._kept}
        last, best = (history.epochs[-1] if history.epochs else None), history.best
        facts = self._kept | {
            "run": VERSION,
            "state": self._state,
            "when": _now(),
            "process": process.here(),
            "seed": trainer.settings.seed,
            "device": str(trainer.device),
            "seconds": trainer.elapsed,
            "steps": trainer.step,
            "total_steps": trainer.total_steps,
            "steps_per_epoch": trainer.steps_per_epoch,
            "total_epochs": trainer.total_epochs,
            "epochs": len(history.epochs),
            "ended_by": trainer.ended_by,
            "last_epoch": asdict(last) if last else None,
            "best_epoch": asdict(best) if best else None,
            "test": self._test,
            "failure": asdict(self._failure) if self._failure else None,
            "sizes": {part: trainer.feed.size(part) for part in ("train", "validation", "test")},
            "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        }
        write_facts(self.folder, facts)


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Writes `run.json`; raises OSError."""
    write_atomically(folder / FACTS, json.dumps(_plain(facts), indent=1, ensure_ascii=False).encode() + b"\n")


def change_facts(folder: Path, **changes: Any) -> None:
    """Changes some facts of a run that nobody writes at the moment; raises ProjectError."""
    try:
        write_facts(folder, json.loads((folder / FACTS).read_bytes()) | changes)
    except (OSError, ValueError, TypeError) as error:
        raise ProjectError("The run's facts cannot be changed.", place=str(folder / FACTS)) from error


def _written(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_taken(folder: Path) -> bool:
    """Whether another process than this one is at a run in a folder."""
    try:
        run = RunFolder.open(folder)
    except ProjectError:
        return False
    return run.is_held and run.process != process.here()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
