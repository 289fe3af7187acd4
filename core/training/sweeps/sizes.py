"""How many parameters the network has at each point of a sweep: the x of a scaling law. Kept beside the results."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from core.compiler.shapes import infer
from core.data.dataset import fields_of
from core.model.fault import ProjectError
from core.model.file import write_atomically
from core.model.project import Project
from core.training.sweeps.plan import Point, Sweep, at

FILE = "parameters.json"


def sizes_of(folder: Path, sweep: Sweep, project: Project, points: Sequence[Point]) -> dict[int, int]:
    """The number of parameters by the points' index; those whose network cannot be are missing."""
    known = _read(folder / FILE)
    missing = {point.index: point for point in points if point.index not in known}
    if missing:
        known |= {index: _size(at(project, sweep, point)) for index, point in missing.items()}
        # Without a file they are worked out again the next time.
        with contextlib.suppress(OSError):
            write_atomically(folder / FILE, json.dumps(known).encode())
    return {index: number for index, number in known.items() if number is not None}


def _size(project: Project) -> int | None:
    try:
        found = infer(project, fields_of(project.data))
    except ProjectError:
        return None
    return found.parameters if found.ok else None


def _read(path: Path) -> dict[int, int | None]:
    try:
        return {
            int(index): None if number is None else int(number)
            for index, number in json.loads(path.read_bytes()).items()
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
