"""A run on disk: the project as it was trained, what the run told, and its best and last weights."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.compiler.network import Network
from core.model.fault import ProjectError
from core.model.file import encode, read, write_atomically
from core.model.project import Project
from core.training.records import Epoch, Metrics
from core.training.trainer import Trainer

PROJECT, FACTS, BEST, LAST = "project.loom", "run.json", "best.safetensors", "last.safetensors"
VERSION = 1
_BROKEN = "The run folder is damaged or not whole; train again."


def save_run(folder: Path, trainer: Trainer, *, test: Metrics | None = None, seconds: float | None = None) -> RunFolder:
    """Writes a run, each file atomically and the facts last; raises ProjectError where the folder cannot be written.

    `test` are the metrics of the best weights over the test part, `seconds` the run's time (without pauses, if None).
    """
    failure = trainer.failure
    facts = {
        "run": VERSION,
        "when": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seed": trainer.settings.seed,
        "device": str(trainer.device),
        "seconds": trainer.elapsed if seconds is None else seconds,
        "steps": trainer.step,
        "steps_per_epoch": trainer.steps_per_epoch,
        "total_epochs": trainer.total_epochs,
        "test": test or {},
        "failure": asdict(failure) if failure else None,
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "epochs": [asdict(epoch) for epoch in trainer.history.epochs],
        "losses": [float(f"{loss:.6g}") for loss in trainer.history.losses],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / PROJECT, encode(trainer.project))
        write_atomically(folder / BEST, _weights(trainer.best_state()))
        write_atomically(folder / LAST, _weights(trainer.network.state_dict()))
        write_atomically(folder / FACTS, json.dumps(_plain(facts), indent=1, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise ProjectError(
            f"The run cannot be saved: {error.strerror}.", place=str(folder), fix="Choose another folder."
        ) from error
    return RunFolder.open(folder)


def _weights(state: Mapping[str, Tensor]) -> bytes:
    """Weights as safetensors; what two nodes share is written for each."""
    return safetensors.torch.save({name: value.detach().cpu().contiguous().clone() for name, value in state.items()})


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class RunFolder:
    """A run that was read back: its project and facts; `best` and `last` are the files of its weights."""

    path: Path
    project: Project
    when: str
    seed: int
    device: str
    seconds: float
    steps: int
    steps_per_epoch: int
    total_epochs: int
    test: Metrics
    epochs: tuple[Epoch, ...]
    losses: tuple[float, ...]
    versions: dict[str, str] = field(default_factory=dict)
    failure: dict[str, str] | None = None

    @property
    def best(self) -> Path:
        return self.path / BEST

    @property
    def last(self) -> Path:
        return self.path / LAST

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Reads a run folder; raises ProjectError that names the file that is missing or damaged."""
        for name in (PROJECT, FACTS, BEST, LAST):
            if not (path / name).is_file():
                raise ProjectError(
                    f"There is no {name} in it.", place=str(path), fix="Choose a folder that a run wrote."
                )
        try:
            facts = json.loads((path / FACTS).read_bytes())
            if facts["run"] > VERSION:
                raise ProjectError("A newer Layerloom wrote it.", place=str(path / FACTS), fix="Update Layerloom.")
            return cls(
                path=path,
                project=read(path / PROJECT),
                when=str(facts["when"]),
                seed=int(facts["seed"]),
                device=str(facts["device"]),
                seconds=float(facts["seconds"]),
                steps=int(facts["steps"]),
                steps_per_epoch=int(facts["steps_per_epoch"]),
                total_epochs=int(facts["total_epochs"]),
                test=_metrics(facts["test"]),
                epochs=tuple(_epoch(each) for each in facts["epochs"]),
                losses=tuple(_number(loss) for loss in facts["losses"]),
                versions=dict(facts["versions"]),
                failure=facts["failure"],
            )
        except OSError as error:
            raise ProjectError(f"It cannot be read: {error.strerror}.", place=str(path / FACTS)) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProjectError("It is not what a run writes.", place=str(path / FACTS), fix=_BROKEN) from error


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def _metrics(found: Mapping[str, object]) -> Metrics:
    return {str(name): _number(value) for name, value in found.items()}


def _epoch(found: Mapping[str, Any]) -> Epoch:
    rest = {name: found[name] for name in ("epoch", "step", "learning_rate", "seconds", "best")}
    return Epoch(train=_metrics(found["train"]), validation=_metrics(found["validation"]), **rest)


def load_weights(network: Network, file: Path) -> None:
    """Puts the weights of a safetensors file into a network; raises ProjectError when it is damaged or does not fit."""
    try:
        found = safetensors.torch.load_file(file)
    except OSError as error:
        raise ProjectError(f"The weights cannot be read: {error.strerror or error}.", place=str(file)) from error
    except safetensors.SafetensorError as error:
        raise ProjectError("The file of weights is damaged.", place=str(file), fix=_BROKEN) from error
    expected = network.state_dict()
    if wrong := sorted(found.keys() ^ expected.keys()):
        verb = "missing in the file" if wrong[0] in expected else "not in the network"
        raise ProjectError(
            f"The weights are those of another network: {wrong[0]} is {verb}.", place=str(file), fix="Open its project."
        )
    for name, value in expected.items():
        if found[name].shape != value.shape:
            here, there = (" × ".join(map(str, each.shape)) for each in (value, found[name]))
            raise ProjectError(f"{name} is {there} in the file and {here} in the network.", place=str(file))
    network.load_state_dict(found)
