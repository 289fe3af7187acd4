"""A folder with a sub-folder for each class: the files of each, and what lies there and is not used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.model.amounts import counted
from core.model.fault import ProjectError

NAMED = 3
"""Files that a sentence names before it counts the rest."""
LITTER = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx"})
"""What systems leave in folders by themselves, besides names that begin with a dot: nobody misses it."""


@dataclass(frozen=True)
class _Class:
    """What lies in the folder of a class, in alphabetical order."""

    files: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    lost: list[Path] = field(default_factory=list)
    """Links that lead nowhere, devices and pipes under the name of a file of the kind."""
    folders: list[Path] = field(default_factory=list)


def classes_in(folder: Path, suffixes: Collection[str], what: str) -> dict[str, list[Path]]:
    """The files by class, both in alphabetical order; raises ProjectError where there is nothing to tell apart.

    `what` is how a message names one of the files: “picture”.
    """
    found, loose = _look(folder, suffixes)
    classes = {name: each.files for name, each in found.items() if each.files}
    fix = f"Put the {what}s of each class into a sub-folder of its own, named after the class."
    if not classes:
        beside = len([each for each in loose if each.suffix.lower() in suffixes])
        lies = (
            f" {beside:,} {'lies' if beside == 1 else 'lie'} in the folder itself, without a class." if beside else ""
        )
        if others := [each for one in found.values() for each in one.others]:
            lies += f" {_of_other_types(others, suffixes, folder)}"
        deeper = next((one for one in found.values() for each in one.folders if _holds(each, suffixes)), None)
        if deeper:
            above = deeper.folders[0].parent.name
            lies, fix = f" Those in “{above}” lie a folder deeper.", f"Choose the folder “{above}” instead."
        raise ProjectError(f"There are no {what}s in sub-folders here.{lies}", place=str(folder), fix=fix)
    if len(classes) == 1:
        only = next(iter(classes))
        raise ProjectError(f"There is only one class, “{only}”: nothing to tell apart.", place=str(folder), fix=fix)
    return classes


def passed_over(folder: Path, suffixes: Collection[str], what: str) -> tuple[str, ...]:
    """A sentence for each reason why something in the folder is not used, with the first names; raises ProjectError."""
    found, loose = _look(folder, suffixes)
    told = []
    if empty := [name for name, each in found.items() if not each.files]:
        is_none = "is no class: its folder holds" if len(empty) == 1 else "are no classes: their folders hold"
        told.append(f"{_named([f'“{name}”' for name in empty])} {is_none} no {what}s.")
    if others := [each for one in found.values() for each in one.others]:
        told.append(_of_other_types(others, suffixes, folder))
    if lost := [each for one in found.values() for each in one.lost]:
        is_out = "is left out, for it is" if len(lost) == 1 else "are left out, for they are"
        names = _named([_short(each, folder) for each in lost])
        told.append(f"{counted(len(lost), what)} {is_out} no file that can be read: {names}.")
    if beside := [each for each in loose if each.suffix.lower() in suffixes]:
        is_out = "is left out, for it lies" if len(beside) == 1 else "are left out, for they lie"
        names = _named([each.name for each in beside])
        told.append(f"{counted(len(beside), what)} {is_out} beside the folders of the classes: {names}.")
    # A class without files of its own is told of above.
    if deeper := [each for one in found.values() if one.files for each in one.folders]:
        is_out = "is left out, for it lies" if len(deeper) == 1 else "are left out, for they lie"
        names = _named([_short(each, folder) for each in deeper])
        told.append(f"{counted(len(deeper), 'folder')} {is_out} within the folder of a class: {names}.")
    return tuple(told)


def together(refused: Sequence[ProjectError], what: str) -> ProjectError:
    """One error for all files of a folder that cannot be read: the first one's, which names the others too."""
    first, *others = refused
    if not others:
        return first
    more = f"{counted(len(others), f'other {what}')} cannot be read either: {_named([each.place for each in others])}."
    return ProjectError(f"{first.message} {more}", place=first.place, fix=first.fix)


def _look(folder: Path, suffixes: Collection[str]) -> tuple[dict[str, _Class], list[Path]]:
    """What lies in the sub-folders, by their names, and the files beside them."""
    found: dict[str, _Class] = {}
    loose = []
    try:
        for child in _seen(folder):
            if not child.is_dir():
                loose.append(child)
                continue
            one = found[child.name] = _Class()
            for each in _seen(child):
                if each.suffix.lower() in suffixes and each.is_file():
                    one.files.append(each)
                else:
                    is_lost = each.suffix.lower() in suffixes
                    (one.folders if each.is_dir() else one.lost if is_lost else one.others).append(each)
    except OSError as error:
        place = str(error.filename or folder)
        fix = "See whether you may read it, or choose another folder."
        raise ProjectError(f"The folder cannot be read: {error.strerror}.", place=place, fix=fix) from error
    return found, loose


def _seen(folder: Path) -> list[Path]:
    """What is in a folder in alphabetical order, without what is hidden."""
    return sorted(
        each for each in folder.iterdir() if not each.name.startswith(".") and each.name.lower() not in LITTER
    )


def _holds(folder: Path, suffixes: Collection[str]) -> bool:
    try:
        return any(each.suffix.lower() in suffixes for each in _seen(folder))
    except OSError:
        return False


def _of_other_types(files: Sequence[Path], suffixes: Iterable[str], folder: Path) -> str:
    *most, last = sorted(suffixes)
    is_out = "of another type is" if len(files) == 1 else "of other types are"
    names = _named([_short(each, folder) for each in files])
    return f"{counted(len(files), 'file')} {is_out} left out: {names}. Only {', '.join(most)} and {last} are read."


def _short(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _named(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 12 more`."""
    more = len(names) - NAMED
    *most, last = [*names[:NAMED], *([f"{more:,} more"] if more > 0 else [])]
    return f"{', '.join(most)} and {last}" if most else last
