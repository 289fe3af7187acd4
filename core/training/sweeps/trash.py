"""What lies in the trash of a directory of runs: listed with its size, brought back, or removed for good."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.model.amounts import counted, size
from core.model.fault import ProjectError
from core.training.runs.folder import RunFolder
from core.training.runs.store import TRASH, default_folder
from core.training.runs.trash import home_name, take_back
from core.training.sweeps.plan import FILE, read_sweep
from core.training.sweeps.store import SweepStore, named


@dataclass(frozen=True)
class Thrown:
    """A run or a sweep that was deleted.

    `what` is `run` or `sweep`, `name` what it was called, `title` its project's, `when` the time at which it was
    deleted (seconds since 1970), `bytes` what it takes on the disk, and `home` where it stood.
    """

    path: Path
    what: str
    name: str
    title: str
    when: float
    bytes: int
    home: Path


@dataclass(frozen=True)
class Left:
    """What left the trash: where it was there, and where it is now (None: nowhere); and why something did not."""

    homes: dict[Path, Path | None]
    problem: str = ""


class Trash:
    """Runs and sweeps share the trash of their directory (the default one, if None)."""

    def __init__(self, runs: Path | None = None) -> None:
        self._runs = runs or default_folder()
        self.folder = self._runs / TRASH

    def contents(self) -> list[Thrown]:
        """What lies in it, the latest first; what goes while it is read is left out."""
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            try:
                found.append(self._thrown(path))
            except OSError:
                continue
        return sorted(found, key=lambda each: each.when, reverse=True)

    def bring_back(self, chosen: Iterable[Thrown]) -> Left:
        """Puts these where they stood; under the next number where a place is taken again."""
        homes: dict[Path, Path | None] = {}
        problem = ""
        for each in chosen:
            try:
                homes[each.path] = take_back(each.path, each.home, each.what)
            except ProjectError as error:
                problem = str(error)
        return Left(homes, problem)

    def remove(self, chosen: Iterable[Thrown]) -> Left:
        """Removes these for good."""
        homes: dict[Path, Path | None] = {}
        problem = ""
        for each in chosen:
            try:
                shutil.rmtree(each.path)
            except FileNotFoundError:
                # Another window was faster.
                pass
            except OSError as error:
                problem = f"The {each.what} “{each.name}” cannot be removed: {error.strerror}. It lies in {each.path}."
                continue
            homes[each.path] = None
        return Left(homes, problem)

    def _thrown(self, path: Path) -> Thrown:
        when = path.stat().st_mtime
        taken = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        home = home_name(path)
        if (path / FILE).is_file():
            return Thrown(path, "sweep", *_sweep(path, home), when, taken, SweepStore(self._runs).folder / home)
        return Thrown(path, "run", *_run(path, home), when, taken, self._runs / home)


def amount(thrown: Iterable[Thrown]) -> str:
    """`2 runs and 1 sweep, 12.4 MiB`; empty for nothing."""
    every = list(thrown)
    kinds = [(kind, sum(each.what == kind for each in every)) for kind in ("run", "sweep")]
    told = " and ".join(counted(number, kind) for kind, number in kinds if number)
    return f"{told}, {size(sum(each.bytes for each in every))}" if told else ""


def _run(path: Path, name: str) -> tuple[str, str]:
    """The name of a run and its project's title; a damaged one goes by its folder."""
    try:
        run = RunFolder.open(path)
    except ProjectError:
        return name, ""
    return run.name or name, run.title


def _sweep(path: Path, name: str) -> tuple[str, str]:
    """What a sweep changes, and its project's title; a damaged one goes by its folder."""
    try:
        sweep, project = read_sweep(path)
    except ProjectError:
        return name, ""
    return " × ".join(named(axis.addresses) for axis in sweep.axes), project.title
