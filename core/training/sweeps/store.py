"""The sweeps of a directory: listed, newest first, moved to the trash and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.model.fault import ProjectError
from core.model.project import Project
from core.training.runs.folder import FACTS, RunFolder
from core.training.runs.store import TRASH, default_folder
from core.training.runs.trash import take_back, throw_away
from core.training.sweeps.plan import FILE, Sweep, told_by
from core.training.sweeps.worker import RUNS


@dataclass(frozen=True)
class SweepFolder:
    """A sweep on disk: where, what it changes, where its project came from, and when it was begun (ISO 8601)."""

    path: Path
    sweep: Sweep
    origin: str
    began: str


class SweepStore:
    """Sweeps stand in a folder of their own among the runs; what is deleted goes to the trash of the runs."""

    def __init__(self, runs: Path | None = None) -> None:
        self._runs = runs or default_folder()
        self.folder = self._runs / "sweeps"

    def sweeps(self, origin: str = "") -> list[SweepFolder]:
        """The sweeps, the newest first; those of one origin only, if it is given. Damaged ones are left out."""
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if not (path / FILE).is_file():
                continue
            try:
                sweep = SweepFolder(path, *told_by(path))
            except ProjectError:
                continue
            if not origin or sweep.origin == origin:
                found.append(sweep)
        return sorted(found, key=lambda sweep: (sweep.began, _number(sweep.path)), reverse=True)

    def new(self, project: Project) -> Path:
        """A fresh folder, made at once so that nobody else takes it; raises ProjectError."""
        name = (
            project.lecture or "".join(c if c.isalnum() else "-" for c in project.title.lower()).strip("-") or "sweep"
        )
        number = 1 + max((_number(path) for path in self.folder.glob(f"{name}-*")), default=0)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    (made := self.folder / f"{name}-{number}").mkdir()
                except FileExistsError:
                    number += 1
                else:
                    return made
        except OSError as error:
            raise ProjectError(
                f"The sweep cannot be kept: {error.strerror}.",
                place=str(self.folder),
                fix="Choose another folder for runs.",
            ) from error

    def delete(self, path: Path) -> Path:
        """Moves a sweep to the trash and returns where it is there; raises ProjectError."""
        if is_held(path):
            raise ProjectError("The sweep is still training.", place=str(path), fix="Stop it before deleting it.")
        return throw_away(path, self._runs / TRASH, "sweep")

    def bring_back(self, trashed: Path, path: Path) -> Path:
        """Undoes `delete` and returns where the sweep is now; raises ProjectError."""
        return take_back(trashed, path, "sweep")


def is_held(path: Path) -> bool:
    """Whether a process trains a point of the sweep, in this window or another one."""
    return any(_trains(run) for run in (path / RUNS).iterdir()) if (path / RUNS).is_dir() else False


def _trains(run: Path) -> bool:
    try:
        return (run / FACTS).is_file() and RunFolder.open(run).is_held
    except ProjectError:
        return False


def named(addresses: Sequence[str]) -> str:
    """Parameters that take the same values, in a word: the last parts of their addresses."""
    return ", ".join(dict.fromkeys(address.split(".", 1)[-1].rpartition("].")[2] for address in addresses))


def _number(path: Path) -> int:
    """The number at the end of a folder's name."""
    words = path.name.rpartition("-")[2]
    return int(words) if words.isdecimal() else 0
