"""NumPy files: one `.npz` with arrays x and y, or two `.npy` files. Nothing in them is ever executed."""

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

from core.data.paths import find
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field, Meaning

MAX_BYTES = 2 * 1024**3
MOST_CLASSES = 10_000
MEANINGS: tuple[Meaning, ...] = ("vector", "image", "series", "token")


# What NumPy and zipfile raise for files that are damaged or something else; KeyError is a name that is not there.
UNREADABLE = (
    ValueError, EOFError, OSError, KeyError, TypeError, SyntaxError, tokenize.TokenError, zipfile.BadZipFile,
    zlib.error, NotImplementedError, RuntimeError, MemoryError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class _Header:
    """The shape and type of an array in a file, without its values."""

    place: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def text(self) -> str:
        return f"{' × '.join(f'{size:,}' for size in self.shape) or 'a single value'} of {self.dtype}"


class _File:
    """An `.npy` file or a member of an `.npz` file."""

    def __init__(self, path: Path, member: str = "") -> None:
        self.path, self.member = path, member
        self.place = f"{path.name}, array “{member}”" if member else path.name

    def header(self) -> _Header:
        """Raises ProjectError where the array is cut, too large, of objects, or none."""
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
            raise ProjectError(f"The array holds {dtype}, not numbers.", place=self.place, fix="Save numbers.")
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
        return _Header(self.place, shape, dtype)

    def array(self) -> npt.NDArray[Any]:
        """The values; raises ProjectError."""
        self.header()
        try:
            with self._open() as (stream, _):
                return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
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


def _files(given: Given) -> tuple[_File, _File]:
    first = find(given.word("path"), "path")
    if not zipfile.is_zipfile(first):
        return _File(first), _File(find(given.word("y_path"), "y_path"))
    try:
        with zipfile.ZipFile(first) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    except (OSError, zipfile.BadZipFile) as error:
        raise ProjectError(f"The archive is damaged ({error}).", place=first.name, fix="Save it again.") from error
    for name in ("x", "y"):
        if name not in names:
            raise ProjectError(
                f"The archive has no array “{name}”; it has {', '.join(sorted(names)) or 'none'}.",
                place=first.name,
                fix="Save it with numpy.savez(path, x=…, y=…).",
            )
    return _File(first, "x"), _File(first, "y")


def _headers(given: Given) -> tuple[_Header, _Header]:
    x, y = (file.header() for file in _files(given))
    for header in (x, y):
        if not header.shape or min(header.shape) < 1:
            raise ProjectError(f"The array is {header.text}: no samples.", place=header.place, fix="Save samples.")
    if x.shape[0] != y.shape[0]:
        raise ProjectError(
            f"x has {x.shape[0]:,} samples, y has {y.shape[0]:,}.",
            place=y.place,
            fix="Save arrays whose first axes are equally long.",
        )
    return x, y


def _x_field(header: _Header, meant: str) -> Field:
    rank, sample = len(header.shape), header.shape[1:]
    whole = header.dtype.kind in "bui"
    if meant == "detect":
        pixels = header.dtype == np.uint8
        meant = {1: "vector", 2: "vector", 3: "image" if pixels else "series", 4: "image"}.get(rank, "none")
    if meant == "vector" and rank in (1, 2):
        return Field("x", sample or (1,), "float32", "vector" if sample else "number", "x")
    if meant == "image" and rank == 3:
        return Field("x", (1, *sample), "float32", "image", "image")
    if meant == "image" and rank == 4:
        return Field("x", (sample[2], *sample[:2]) if _channels_last(sample) else sample, "float32", "image", "image")
    if meant == "series" and rank in (2, 3):
        return Field("x", sample if rank == 3 else (*sample, 1), "float32", "series", "series")
    if meant == "token" and rank == 2 and whole:
        return Field("x", sample, "int64", "token", "tokens")
    raise ProjectError(
        f"x is {header.text}; that is no {meant if meant != 'none' else 'shape that can be fed to a network'}.",
        place=header.place,
        fix="Samples are vectors (N × F), images (N × H × W, N × C × H × W or N × H × W × C), series (N × T × F) or "
        "tokens (N × T whole numbers).",
    )


def _channels_last(sample: tuple[int, ...]) -> bool:
    return sample[2] in (1, 3, 4) and sample[0] not in (1, 3, 4)


def _fields(given: Given) -> dict[str, Field]:
    x, y = _headers(given)
    fields = {"x": _x_field(x, given.word("x_is"))}
    if fields["x"].meaning == "token":
        tokens = _whole(_files(given)[0], "tokens")
        fields["x"] = Field("x", fields["x"].shape, "int64", "token", "tokens", _labels(tokens))
    return {**fields, "y": _y_field(y, _files(given)[1])}


def _y_field(header: _Header, file: _File) -> Field:
    sample = header.shape[1:]
    if header.dtype.kind == "f":
        if len(sample) > 1:
            raise ProjectError(
                f"y is {header.text}.", place=header.place, fix="Targets are N or N × K numbers, or N or N × T classes."
            )
        return Field("y", sample or (1,), "float32", "vector" if sample and sample[0] > 1 else "number", "y")
    if sample in ((), (1,)):
        return Field("y", (), "int64", "class", "class", _labels(_whole(file, "classes")))
    if len(sample) == 1:
        return Field("y", sample, "int64", "token", "tokens", _labels(_whole(file, "tokens")))
    raise ProjectError(f"y is {header.text}.", place=header.place, fix="Whole-number targets are N or N × T.")


def _whole(file: _File, what: str) -> npt.NDArray[np.int64]:
    values = file.array().astype(np.int64)
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest >= MOST_CLASSES:
        odd = lowest if lowest < 0 else highest
        raise ProjectError(
            f"It holds {odd:,}, but {what} are numbered 0, 1, 2 … up to {MOST_CLASSES - 1:,}.",
            place=file.place,
            fix="Number them from 0 on; numbers to be predicted are saved as floats.",
        )
    return values


def _labels(values: npt.NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(str(each) for each in range(int(values.max()) + 1))


def _read(given: Given) -> Arrays:
    fields = _fields(given)
    arrays: Arrays = {}
    for (name, field), file in zip(fields.items(), _files(given), strict=True):
        values = file.array()
        if field.meaning == "image" and values.ndim == 4 and _channels_last(values.shape[1:]):
            values = values.transpose(0, 3, 1, 2)
        scaled = values / np.float32(255) if field.meaning == "image" and values.dtype == np.uint8 else values
        with np.errstate(over="ignore"):  # what becomes infinite is reported below
            stored = np.ascontiguousarray(scaled, dtype=field.dtype).reshape(len(values), *field.shape)
        _check_finite(stored, file.place)
        arrays[name] = stored
    return arrays


def _check_finite(values: npt.NDArray[Any], place: str) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        at = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ProjectError(
            f"The value at {list(at)} is {values[at]}.",
            place=place,
            fix="Replace what is not a finite number.",
        )


NUMPY_FILES = "NumPy files (*.npz *.npy);;All files (*)"

add(
    DataSource(
        "numpy",
        "NumPy files",
        "Arrays of your own: one .npz file with x and y, or an .npy file for each. Whole numbers in y are classes, "
        "floats are numbers to predict. Images of bytes become 0…1.",
        "Your files.",
        "own",
        _fields,
        _read,
        (
            Param("path", "File", "text", "", "An .npz file with x and y, or the .npy file of x."),
            Param("y_path", "Targets", "text", "", "The .npy file of y; empty for an .npz file."),
            Param(
                "x_is",
                "x is",
                "choice",
                "detect",
                "What a sample of x is.",
                choices=("detect", *MEANINGS),
            ),
        ),
        files={"path": NUMPY_FILES, "y_path": NUMPY_FILES},
    )
)
