"""A folder with a sub-folder for each class."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from core.model.fault import ProjectError


def classes_in(folder: Path, suffixes: Collection[str], what: str) -> dict[str, list[Path]]:
    """The files by class, both in alphabetical order; raises ProjectError where there is nothing to tell apart.

    `what` is how a message names the files: “pictures”.
    """
    try:
        children = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
        found = {each.name: list(_files(each, suffixes)) for each in children if each.is_dir()}
    except OSError as error:
        raise ProjectError(f"The folder cannot be read: {error.strerror}.", place=str(folder)) from error
    classes = {name: files for name, files in found.items() if files}
    fix = f"Put the {what} of each class into a sub-folder of its own, named after the class."
    if not classes:
        loose = sum(each.suffix.lower() in suffixes for each in children)
        beside = f" {loose:,} lie in the folder itself, without a class." if loose else ""
        raise ProjectError(f"There are no {what} in sub-folders here.{beside}", place=str(folder), fix=fix)
    if len(classes) == 1:
        only = next(iter(classes))
        raise ProjectError(f"There is only one class, “{only}”: nothing to tell apart.", place=str(folder), fix=fix)
    return classes


def _files(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.suffix.lower() in suffixes and not each.name.startswith(".") and each.is_file():
            yield each
