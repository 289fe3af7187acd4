"""The trash of runs and sweeps: what is deleted waits there, so that it can be undone."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from pathlib import Path

from core.model.fault import ProjectError


def throw_away(folder: Path, trash: Path, what: str) -> Path:
    """Moves a folder into the trash and returns where it is there; `what` is it for messages. Raises ProjectError."""
    goal = trash / f"{folder.name}-{time.time_ns()}"
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, goal)
        os.utime(goal)
    except OSError as error:
        raise ProjectError(f"The {what} cannot be deleted: {error.strerror}.", place=str(folder)) from error
    return goal


def take_back(trashed: Path, folder: Path, what: str) -> Path:
    """Undoes `throw_away` and returns where it is now: under the next number where its place is taken again.

    Raises ProjectError.
    """
    goal = _free(folder)
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(trashed, goal)
    except OSError as error:
        raise ProjectError(f"The {what} cannot be brought back: {error.strerror}.", place=str(trashed)) from error
    return goal


def home_name(trashed: Path) -> str:
    """The name that a folder in the trash had before."""
    return trashed.name.rpartition("-")[0] or trashed.name


def _free(folder: Path) -> Path:
    """The folder itself, or the first of its name that is not there: `lenet-3` for `lenet-2`."""
    stem, dash, number = folder.name.rpartition("-")
    if not dash or not number.isdecimal():
        stem, number = folder.name, "1"
    following = (folder.with_name(f"{stem}-{each}") for each in itertools.count(int(number) + 1))
    return folder if not folder.exists() else next(each for each in following if not each.exists())
