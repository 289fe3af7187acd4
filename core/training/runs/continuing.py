"""Going on with a run that was paused, stopped, interrupted or is to train longer, exactly as if it never ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import torch

from core.data.dataset import Dataset, contents_of
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.settings import Stop, Training
from core.training.checkpoint import read_state
from core.training.devices import choose_device
from core.training.runs.folder import RunFolder
from core.training.trainer import Trainer


def continue_run(
    folder: Path, epochs: int | None = None, *, dataset: Dataset | None = None, checkpoint: int | None = None
) -> Trainer:
    """A trainer that goes on where the run in a folder was: iterate it for the remaining steps.

    `epochs` is how many it shall have trained in all (its project's, if None; then a run that was broken off ends after
    the steps that it was asked for). It begins at the last state, or at the one of an epoch that was kept as a
    `checkpoint`; where it broke off before a first state was kept, at its start. Raises ProjectError, and CompileError
    as a trainer does.
    """
    run = RunFolder.open(folder)
    if run.is_held:
        raise ProjectError("It is still training.", place=str(folder), fix="Pause or stop it where it trains.")
    anew = run.begins_anew and checkpoint is None
    state = {} if anew else read_state(_state_file(run, checkpoint))
    settings = _settings(run, epochs, state)
    is_short = epochs is None and run.state != "done" and run.total_steps > state.get("step", 0)
    wanted = decode(encode(run.project))
    wanted.training = settings
    trainer = Trainer(wanted, dataset, device=_device(run), max_steps=run.total_steps if is_short else None)
    if trainer.steps_per_epoch != run.steps_per_epoch or _sizes(trainer) != (run.sizes or _sizes(trainer)):
        raise ProjectError(
            f"The data are others than those of the run: {trainer.steps_per_epoch:,} steps an epoch, not "
            f"{run.steps_per_epoch:,}.",
            place=str(folder),
            fix="Put the data back as they were, or start a new run.",
        )
    try:
        if not anew:
            trainer.restore(_whole(state, run.steps_per_epoch))
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError, AttributeError) as error:
        raise ProjectError(
            "The run's state does not fit its project.", place=str(run.state_file), fix="Start a new run."
        ) from error
    # The run is kept with the settings that it was asked for, not with the device that “auto” came to.
    trainer.project.training = settings
    return trainer


def cautions(run: RunFolder) -> list[str]:
    """Why the numbers of a run that goes on here may not be those of the unbroken run, or not end where it ended."""
    found = []
    version = run.versions.get("torch", "")
    if version != torch.__version__:
        found.append(
            f"The run was trained with PyTorch {version}, this is {torch.__version__}: "
            "the numbers may differ in their last digits."
        )
    if _device(run) != run.device:
        found.append(f"The run was trained on {run.device}, which is not here: the numbers may differ.")
    now = contents_of(run.project.data)
    changed = [Path(path).name for path, held in run.files.items() if now.get(path, held) != held]
    found += [f"{name} is not as it was when the run began: the numbers may differ." for name in changed]
    if run.begins_anew:
        found.append("It broke off before its first state was kept: it begins again, with the same numbers.")
    if run.ended_by:
        found.append(f"It had ended by itself: {run.ended_by} It goes on without its stop criteria.")
    return found


def _settings(run: RunFolder, epochs: int | None, state: dict[str, Any]) -> Training:
    settings = run.project.training
    trained = int(state.get("step", 0)) / max(1, run.steps_per_epoch)
    if run.ended_by:
        settings = msgspec.structs.replace(settings, patience=0, stop=Stop())
    wanted = settings.epochs if epochs is None else epochs
    if wanted < trained or (wanted == trained and not run.ended_by):
        raise ProjectError(
            f"It has trained {_count(trained)} epochs already.",
            place=str(run.path),
            fix=f"Ask for more than {_count(trained)} epochs in all.",
        )
    return msgspec.structs.replace(settings, epochs=wanted)


def _count(epochs: float) -> str:
    return f"{epochs:,.0f}" if epochs == int(epochs) else f"{epochs:,.1f}"


def _state_file(run: RunFolder, checkpoint: int | None) -> Path:
    if checkpoint is None:
        return run.state_file
    kept = run.checkpoints
    if checkpoint not in kept:
        fix = f"There are: {', '.join(map(str, kept))}." if kept else "Go on from where it ended, without naming one."
        raise ProjectError(f"No state of epoch {checkpoint:,} was kept.", place=str(run.path), fix=fix)
    return kept[checkpoint]


def _device(run: RunFolder) -> str:
    """The device that it was trained on, where this machine has it; else what the project asks for."""
    for wish in (run.device, run.project.training.device):
        try:
            choose_device(wish)
        except ProjectError:
            continue
        return wish
    return "auto"


def _sizes(trainer: Trainer) -> dict[str, int]:
    return {part: trainer.feed.size(part) for part in ("train", "validation", "test")}


def _whole(state: dict[str, Any], steps_per_epoch: int) -> dict[str, Any]:
    """Where a number of steps ended the run amid an epoch, that epoch is no more closed."""
    epochs = state["history"]["epochs"]
    if state["step"] % steps_per_epoch and epochs and epochs[-1]["step"] == state["step"]:
        epochs.pop()
        state["judged"].pop()
    return state
