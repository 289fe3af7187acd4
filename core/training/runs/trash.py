"""The trash of runs and sweeps: what is deleted waits there, so that it can be undone."""

from __future__ import annotations

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


def take_back(trashed: Path, folder: Path, what: str) -> None:
    """Undoes `throw_away`; raises ProjectError, also where the place is taken again."""
    try:
        if folder.exists():
            raise FileExistsError(17, f"there is a {what} of that name again")
        shutil.move(trashed, folder)
    except OSError as error:
        raise ProjectError(f"The {what} cannot be brought back: {error.strerror}.", place=str(trashed)) from error
