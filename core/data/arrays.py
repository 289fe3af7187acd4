"""NumPy files: one `.npz` with arrays x and y, or two `.npy` files."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.npy import ArrayFile, Header, members
from core.data.paths import find
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field, Meaning

MOST_CLASSES = 10_000
PAIRS = (
    ("x", "y"), ("X", "y"), ("x_train", "y_train"), ("X_train", "y_train"), ("train_images", "train_labels"),
    ("images", "labels"), ("data", "target"),
)  # fmt: skip
"""How archives call the samples and their targets."""
MEANINGS: tuple[Meaning, ...] = ("vector", "image", "series", "token")


def _files(given: Given) -> tuple[ArrayFile, ArrayFile]:
    first = find(given.word("path"), "path")
    names = members(first)
    if not names:
        # A damaged x is told before its y is asked for.
        ArrayFile(first).header()
        return ArrayFile(first), ArrayFile(find(given.word("y_path"), "y_path"))
    for pair in PAIRS:
        if {*pair} <= {*names}:
            return ArrayFile(first, pair[0]), ArrayFile(first, pair[1])
    lacks = next(name for name in ("x", "y") if name not in names)
    raise ProjectError(
        f"The archive has no array “{lacks}”; it has {', '.join(sorted(names))}.",
        place=first.name,
        fix="Save it with numpy.savez(path, x=…, y=…).",
    )


def _unused(given: Given) -> tuple[str, ...]:
    """Which arrays of an archive are not read."""
    used = {file.member for file in _files(given)}
    rest = sorted({*members(find(given.word("path"), "path"))} - used) if used != {""} else []
    if not rest:
        return ()
    is_left = "is" if len(rest) == 1 else "are"
    return (f"Of the archive {' and '.join(sorted(used))} are read; {', '.join(rest)} {is_left} not used.",)


def _headers(given: Given) -> tuple[Header, Header]:
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


def _x_field(header: Header, meant: str) -> Field:
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


def _y_field(header: Header, file: ArrayFile) -> Field:
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


def _whole(file: ArrayFile, what: str) -> npt.NDArray[np.int64]:
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
        remarks=_unused,
    )
)
