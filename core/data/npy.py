"""Arrays in `.npy` and `.npz` files, checked before they are read. Nothing in them is ever executed."""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from core.data.known import HEAD, refuse_others
from core.model.fault import ProjectError

MAX_BYTES = 2 * 1024**3
# What NumPy and zipfile raise for files that are damaged or something else; KeyError is a name that is not there.
UNREADABLE = (
    ValueError, EOFError, OSError, KeyError, TypeError, SyntaxError, tokenize.TokenError, zipfile.BadZipFile,
    zlib.error, NotImplementedError, RuntimeError, MemoryError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """The shape and type of an array in a file, without its values."""

    place: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def text(self) -> str:
        return f"{' × '.join(f'{size:,}' for size in self.shape) or 'a single value'} of {self.dtype}"


class ArrayFile:
    """An `.npy` file or a member of an `.npz` file."""

    def __init__(self, path: Path, member: str = "") -> None:
        self.path, self.member = path, member
        self.place = f"{path.name}, array “{member}”" if member else path.name

    def header(self) -> Header:
        """Raises ProjectError where the array is cut, too large, of objects, or none."""
        if not self.member:
            with self.path.open("rb") as begin:
                head = begin.read(HEAD)
            if not head.startswith(b"\x93NUMPY"):
                refuse_others(head, self.place, "a NumPy file")
        try:
            with self._open() as (stream, size):
                version = np.lib.format.read_magic(stream)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(stream)
                start = stream.tell()
        except UNREADABLE as error:
            raise ProjectError(
                f"This is not a whole NumPy file ({error}).", place=self.place, fix="Save it again with numpy."
            ) from error
        if dtype.hasobject:
            raise ProjectError(
                "The array holds Python objects, which are not read because they could run code.",
                place=self.place,
                fix="Save it as an array of numbers.",
            )
        if dtype.kind not in "buif":
            held = "texts" if dtype.kind in "US" else str(dtype)
            fix = "Number the classes 0, 1, 2 …, and save the numbers." if dtype.kind in "US" else "Save numbers."
            raise ProjectError(f"The array holds {held}, not numbers.", place=self.place, fix=fix)
        expected = start + math.prod(shape) * dtype.itemsize
        if expected > MAX_BYTES:
            raise ProjectError(
                f"The array takes {expected:,} bytes; at most {MAX_BYTES:,} are read.",
                place=self.place,
                fix="Save a part of it.",
            )
        if size < expected:
            raise ProjectError(
                f"The array expects {expected:,} bytes, has {size:,}.", place=self.place, fix="The file is cut off."
            )
        return Header(self.place, shape, dtype)

    def array(self) -> npt.NDArray[Any]:
        """The values; raises ProjectError."""
        self.header()
        try:
            with self._open() as (stream, _):
                return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
        except MemoryError as error:
            # The header was whole, and the file as long as it says: this is no damage.
            raise ProjectError(
                "The array does not fit into the memory.", place=self.place, fix="Save a part of it."
            ) from error
        except UNREADABLE as error:
            raise ProjectError(
                f"The array cannot be read ({error}).", place=self.place, fix="Save it again with numpy."
            ) from error

    def _open(self) -> _Stream:
        return _Stream(self.path, self.member)


class _Stream(AbstractContextManager["tuple[IO[bytes], int]"]):
    """The bytes of an array and how many there are; closes the archive too."""

    def __init__(self, path: Path, member: str) -> None:
        self._path, self._member = path, member
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> tuple[IO[bytes], int]:
        if not self._member:
            self._stream: IO[bytes] = self._path.open("rb")
            return self._stream, self._path.stat().st_size
        self._archive = zipfile.ZipFile(self._path)
        info = self._archive.getinfo(f"{self._member}.npy")
        self._stream = self._archive.open(info)
        return self._stream, info.file_size

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        if self._archive is not None:
            self._archive.close()


def members(path: Path) -> tuple[str, ...]:
    """The names of the arrays in an `.npz` file, none for another file; raises ProjectError where it is damaged."""
    if not zipfile.is_zipfile(path):
        if _begins_as_archive(path):
            fix = "It is cut off or damaged; save or fetch it again."
            raise ProjectError("This is not a whole NumPy archive.", place=path.name, fix=fix)
        return ()
    try:
        with zipfile.ZipFile(path) as archive:
            found = tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))
    except UNREADABLE as error:
        raise ProjectError(f"The archive is damaged ({error}).", place=path.name, fix="Save it again.") from error
    if not found:
        fix = "Save it with numpy.savez(path, x=…, y=…)."
        raise ProjectError("The archive holds no arrays.", place=path.name, fix=fix)
    return found


def _begins_as_archive(path: Path) -> bool:
    """Whether a file is meant to be an archive, by its name or its first bytes."""
    with path.open("rb") as stream:
        return path.suffix.lower() == ".npz" or stream.read(4) == b"PK\x03\x04"
