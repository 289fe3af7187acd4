"""Files and folders that a user names: found, or refused in plain words."""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from pathlib import Path

from core.model.fault import ProjectError

LARGE = 2 * 1024**2
"""Bytes of a file from which on it takes a while to read."""
SUMMED = 16 * 1024**2
"""Bytes of a file up to which all of them are summed."""
MANY = 500
"""Files in a folder from which on it takes a while to look through."""


def stamp_of(path: str) -> Hashable:
    """Changes when the file does, or when the sub-folders of a folder gain or lose files; None where nothing is."""
    if not path:
        return None
    try:
        place = Path(path).expanduser()
        status = place.stat()
        if not place.is_dir():
            return status.st_mtime_ns, status.st_size
        return tuple(sorted((each.name, each.stat().st_mtime_ns) for each in place.iterdir() if each.is_dir()))
    except (OSError, ValueError, RuntimeError):
        return None


def content_of(path: str) -> str:
    """What a file or a folder holds, as a short text that is another where that is; empty where nothing is.

    It is the sum of a file's bytes; of one that takes long to read, and of the files of a folder, only their sizes.
    """
    try:
        place = Path(path).expanduser()
        if place.is_dir():
            sizes = [each.stat().st_size for each in place.glob("*/*")]
            return f"{len(sizes)} files of {sum(sizes)} bytes"
        if not place.is_file():
            # A device or a pipe: it may have no end.
            return ""
        size = place.stat().st_size
        summed = f", {zlib.crc32(place.read_bytes()):08x}" if size <= SUMMED else ""
        return f"{size} bytes{summed}"
    except (OSError, ValueError, RuntimeError):
        return ""


def is_large(path: str) -> bool:
    """Whether a look into the file or the folder may take longer than an eye notices."""
    try:
        place = Path(path).expanduser()
        if place.is_dir():
            return sum(1 for _, _ in zip(place.glob("*/*"), range(MANY), strict=False)) >= MANY
        return place.stat().st_size > LARGE
    except (OSError, ValueError, RuntimeError):
        return False


def find(path: str, param: str, *, folder: bool = False) -> Path:
    """The file (or folder) that a parameter names; raises ProjectError where there is none."""
    what = "folder" if folder else "file"
    if not path:
        raise ProjectError(f"No {what} is chosen.", place=f"data.params.{param}", fix=f"Choose a {what}.")
    try:
        place = Path(path).expanduser()
        exists, is_folder, is_plain = place.exists(), place.is_dir(), place.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise ProjectError(
            f"“{path}” is not a path ({error}).", place=f"data.params.{param}", fix=f"Choose the {what} again."
        ) from error
    if not exists:
        raise ProjectError(f"There is no {what} here.", place=str(place.absolute()), fix=f"Choose the {what} again.")
    if is_folder != folder:
        other = "a folder, not a file" if is_folder else "a file, not a folder"
        raise ProjectError(f"This is {other}.", place=str(place), fix=f"Choose a {what}.")
    if not folder and not is_plain:
        # It might never end.
        raise ProjectError("This is a device or a pipe, not a file.", place=str(place), fix=f"Choose a {what}.")
    return place


def content(path: Path, limit: int) -> bytes:
    """All bytes of a file of at most `limit` bytes; raises ProjectError."""
    try:
        size = path.stat().st_size
        if size > limit:
            raise ProjectError(
                f"The file has {size:,} bytes; at most {limit:,} are read.", place=path.name, fix="Use a part of it."
            )
        return path.read_bytes()
    except OSError as error:
        fix = "Choose another file, or see whether you may read it."
        raise ProjectError(f"The file cannot be read: {error.strerror}.", place=str(path), fix=fix) from error
