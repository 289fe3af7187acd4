"""All runs of a directory: listed, newest first, tagged, thrown away and brought back."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from core.model.fault import ProjectError
from core.model.project import Project
from core.training.runs.folder import FACTS, RunFolder
from core.training.runs.trash import take_back, throw_away
from core.training.runs.writer import change_facts

SETTING = "LAYERLOOM_RUNS"
"""The environment variable that names another directory of runs."""
TRASH = ".trash"
DAYS = 30.0
"""Days that a run stays in the trash."""


def default_folder() -> Path:
    """Where runs are kept: the directory of the setting, else one among the user's data."""
    if given := os.environ.get(SETTING):
        return Path(given)
    return Path(platformdirs.user_data_dir("layerloom", appauthor=False)) / "runs"


class RunStore:
    """A directory with a folder for each run. `broken` names the folders that the last listing could not read."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()
        self.broken: dict[Path, str] = {}

    def runs(self, origins: Iterable[str] | None = None) -> list[RunFolder]:
        """The runs, the newest first; only those that came from one of the `origins`, if any are given."""
        self.broken = {}
        wanted = None if origins is None else set(origins)
        found = []
        for path in self._folders():
            try:
                run = RunFolder.open(path)
            except ProjectError as error:
                self.broken[path] = str(error)
                continue
            if wanted is None or run.origin in wanted:
                found.append(run)
        return sorted(found, key=lambda run: (run.began, run.path.name), reverse=True)

    def interrupted(self) -> list[RunFolder]:
        """Runs whose process went while they trained, from which one can go on and that nobody has dismissed."""
        return [run for run in self.runs() if run.state == "crashed" and run.said == "running" and run.can_continue]

    def new(self, project: Project) -> Path:
        """A fresh folder for a run of a project, made at once so that nobody else takes it; raises ProjectError."""
        name = project.lecture or "".join(c if c.isalnum() else "-" for c in project.title.lower()).strip("-") or "run"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            number = 1
            while True:
                try:
                    (made := self.folder / f"{name}-{number}").mkdir()
                except FileExistsError:
                    number += 1
                else:
                    return made
        except OSError as error:
            raise ProjectError(
                f"No run can be kept: {error.strerror}.", place=str(self.folder), fix="Choose another folder for runs."
            ) from error

    def copy(self, run: Path, project: Project, name: str) -> Path:
        """A copy of a run under another name, which goes on by itself; raises ProjectError."""
        goal = self.new(project)
        try:
            shutil.copytree(run, goal, dirs_exist_ok=True)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(goal, ignore_errors=True)
            raise ProjectError("The run cannot be copied.", place=str(run), fix="Make room on the disk.") from error
        change_facts(goal, name=name)
        return goal

    def tag(self, run: Path, tags: Iterable[str]) -> tuple[str, ...]:
        """Gives a run these tags, each once and without spaces around; returns them."""
        kept = tuple(dict.fromkeys(filter(None, (tag.strip() for tag in tags))))
        change_facts(run, tags=list(kept))
        return kept

    def rename(self, run: Path, name: str) -> None:
        change_facts(run, name=name)

    def dismiss(self, run: Path) -> None:
        """An interrupted run is not offered any more; it stays in the list."""
        change_facts(run, state="crashed")

    def delete(self, run: Path, *, really: bool = False) -> Path | None:
        """Moves a run to the trash of the directory and returns where it is there; or removes it for good.

        Raises ProjectError where it trains, or cannot be removed.
        """
        if (run / FACTS).is_file() and _is_held(run):
            raise ProjectError("It is still training.", place=str(run), fix="Stop it before deleting it.")
        if not really:
            return throw_away(run, self.folder / TRASH, "run")
        try:
            shutil.rmtree(run)
        except OSError as error:
            raise ProjectError(f"The run cannot be deleted: {error.strerror}.", place=str(run)) from error
        return None

    def bring_back(self, trashed: Path, run: Path) -> Path:
        """Undoes `delete` and returns where the run is now; raises ProjectError."""
        return take_back(trashed, run, "run")

    def sweep(self, days: float = DAYS) -> int:
        """Removes what has been in the trash for longer; returns how many runs that were."""
        trash = self.folder / TRASH
        old = [
            each
            for each in (trash.iterdir() if trash.is_dir() else ())
            if time.time() - each.stat().st_mtime > days * 86_400
        ]
        for each in old:
            shutil.rmtree(each, ignore_errors=True)
        return len(old)

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.iterdir() if (path / FACTS).is_file() and path.name != TRASH]


def _is_held(run: Path) -> bool:
    try:
        return RunFolder.open(run).is_held
    except ProjectError:
        return False
