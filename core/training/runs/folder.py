"""A run on disk, read back: the project as it was trained, what the run told, and the files of its weights.

A run folder holds `project.loom`, `run.json` (facts, small enough to list hundreds of runs), `history.safetensors` (the
loss of every step and every epoch's end), `state.safetensors` (all that it takes to go on exactly), the weights
`best.safetensors` and `last.safetensors`, and `checkpoint-<epoch>.safetensors` with the state after that epoch.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.model.fault import ProjectError
from core.model.file import read
from core.model.project import Project
from core.training.checkpoint import read_state
from core.training.records import Epoch, Failure, Metrics
from core.training.runs import process

PROJECT, FACTS, BEST, LAST = "project.loom", "run.json", "best.safetensors", "last.safetensors"
HISTORY, STATE = "history.safetensors", "state.safetensors"
CHECKPOINT = re.compile(r"checkpoint-(\d+)\.safetensors")
VERSION = 2
BROKEN = "The run folder is damaged or not whole; train again."
OVER = ("done", "stopped")
"""States in which everything was written."""


@dataclass(frozen=True)
class RunFolder:
    """A run that was read back.

    `state` is `running`, `paused`, `stopped`, `done`, `failed` or `crashed`: the last is one that says it is running
    while its process has gone. `seconds` is the time of training, `last` and `best_epoch` are the ends of epochs that
    a table shows, `epochs` and `losses` all of them (read when they are asked for). `origin` is the file or
    `preset:<id>` that the project came from.
    """

    path: Path
    when: str
    seed: int
    device: str
    seconds: float
    steps: int
    steps_per_epoch: int
    total_epochs: int
    test: Metrics
    name: str = ""
    title: str = ""
    state: str = "done"
    said: str = "done"
    """The state that stands in the file."""
    origin: str = ""
    began: str = ""
    total_steps: int = 0
    epoch_count: int = 0
    ended_by: str = ""
    last_epoch: Epoch | None = None
    best_epoch: Epoch | None = None
    tags: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """Samples of each part of the data."""
    failure: Failure | None = None
    process: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """What the files of the user's own data held when it began: see `core.data.dataset.contents_of`."""
    carried: bool = True
    """Whether it may have begun with weights of another network, and not with those that its seed gives."""
    told: tuple[tuple[Epoch, ...], tuple[float, ...]] | None = None
    """The history, where an older program wrote it among the facts."""

    @property
    def best(self) -> Path:
        return self.path / BEST

    @property
    def last(self) -> Path:
        return self.path / LAST

    @property
    def state_file(self) -> Path:
        return self.path / STATE

    @property
    def is_held(self) -> bool:
        """Whether a process is at it: it trains, or is paused in a window that is open."""
        elsewhere = self.process.get("host") != process.here()["host"]
        return self.state == "running" or (
            self.state == "paused" and not elsewhere and not process.is_gone(self.process)
        )

    @property
    def begins_anew(self) -> bool:
        """Whether it broke off before a state was kept, so that it goes on from its seed, with the same numbers."""
        broken_off = self.state in ("crashed", "paused") and not self.is_held
        return broken_off and not self.carried and not self.state_file.exists()

    @property
    def can_continue(self) -> bool:
        """Whether there is a state from which the run can go on, kept or that of its start, and nobody is at it."""
        return not self.is_held and (self.state_file.is_file() or self.begins_anew)

    @property
    def is_whole(self) -> bool:
        """Whether all epochs of its project were trained."""
        return self.state == "done" and self.steps >= self.project.training.epochs * self.steps_per_epoch

    @cached_property
    def project(self) -> Project:
        """The project as it was trained; raises ProjectError where the file is damaged."""
        return read(self.path / PROJECT)

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        return self._history[0]

    @property
    def losses(self) -> tuple[float, ...]:
        return self._history[1]

    @cached_property
    def _history(self) -> tuple[tuple[Epoch, ...], tuple[float, ...]]:
        if self.told is not None:
            return self.told
        if not (self.path / HISTORY).is_file():
            return (), ()
        found = read_state(self.path / HISTORY)
        return tuple(Epoch(**each) for each in found["epochs"]), tuple(np.asarray(found["losses"], np.float64).tolist())

    @property
    def kept_step(self) -> int:
        """The step of the state from which the run would go on; 0 where none can be read."""
        try:
            with self.state_file.open("rb") as stream:
                head = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
            return int(json.loads(head["__metadata__"]["state"])["step"])
        except (OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError):
            return 0

    @property
    def checkpoints(self) -> dict[int, Path]:
        """The states that were kept, by their epoch."""
        found = ((CHECKPOINT.fullmatch(file.name), file) for file in self.path.iterdir())
        return dict(sorted((int(match[1]), file) for match, file in found if match))

    @property
    def bytes(self) -> int:
        """What the folder takes on the disk."""
        return sum(file.stat().st_size for file in self.path.iterdir() if file.is_file())

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Reads a run folder; raises ProjectError that names the file that is missing or damaged."""
        _need(path, PROJECT, FACTS)
        try:
            facts = json.loads((path / FACTS).read_bytes())
            if facts["run"] > VERSION:
                raise ProjectError("A newer Layerloom wrote it.", place=str(path / FACTS), fix="Update Layerloom.")
            found = cls(path=path, **(_first(facts) if facts["run"] == 1 else _second(facts)))
        except OSError as error:
            raise ProjectError(f"It cannot be read: {error.strerror}.", place=str(path / FACTS)) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProjectError("It is not what a run writes.", place=str(path / FACTS), fix=BROKEN) from error
        if found.state in OVER:
            _need(path, BEST, LAST)
        return found


def _need(path: Path, *names: str) -> None:
    for name in names:
        if not (path / name).is_file():
            fix = "Choose a folder that a run wrote whole: one that was broken off, or had no room, may lack files."
            raise ProjectError(f"There is no {name} in it.", place=str(path), fix=fix)


def _common(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "when": str(facts["when"]),
        "seed": int(facts["seed"]),
        "device": str(facts["device"]),
        "seconds": float(facts["seconds"]),
        "steps": int(facts["steps"]),
        "steps_per_epoch": int(facts["steps_per_epoch"]),
        "total_epochs": int(facts["total_epochs"]),
        "test": _metrics(facts["test"]),
        "versions": dict(facts["versions"]),
        "failure": Failure(**facts["failure"]) if facts["failure"] else None,
    }


def _first(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What version 1 wrote, with its history among the facts."""
    epochs = tuple(_epoch(each) for each in facts["epochs"])
    state = "failed" if facts["failure"] else "done"
    return _common(facts) | {
        "state": state,
        "said": state,
        "began": str(facts["when"]),
        "total_steps": int(facts["total_epochs"]) * int(facts["steps_per_epoch"]),
        "epoch_count": len(epochs),
        "last_epoch": epochs[-1] if epochs else None,
        "best_epoch": next((epoch for epoch in reversed(epochs) if epoch.best), None),
        "told": (epochs, tuple(_number(loss) for loss in facts["losses"])),
    }


def _second(facts: Mapping[str, Any]) -> dict[str, Any]:
    said, owner = str(facts["state"]), dict(facts["process"])
    texts = {name: str(facts[name]) for name in ("name", "title", "origin", "began", "ended_by")}
    return (
        _common(facts)
        | texts
        | {
            "state": "crashed" if said == "running" and process.is_gone(owner) else said,
            "said": said,
            "process": owner,
            "files": {str(path): str(held) for path, held in facts.get("files", {}).items()},
            "carried": bool(facts.get("carried", True)),
            "total_steps": int(facts["total_steps"]),
            "epoch_count": int(facts["epochs"]),
            "last_epoch": _epoch(facts["last_epoch"]) if facts["last_epoch"] else None,
            "best_epoch": _epoch(facts["best_epoch"]) if facts["best_epoch"] else None,
            "tags": tuple(str(tag) for tag in facts["tags"]),
            "sizes": {str(part): int(size) for part, size in facts["sizes"].items()},
        }
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def _metrics(found: Mapping[str, object]) -> Metrics:
    return {str(name): _number(value) for name, value in found.items()}


def _epoch(found: Mapping[str, Any]) -> Epoch:
    rest = {name: found[name] for name in ("epoch", "step", "learning_rate", "seconds", "best")}
    return Epoch(train=_metrics(found["train"]), validation=_metrics(found["validation"]), **rest)
