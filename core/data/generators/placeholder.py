"""Random numbers of a given shape: something for a large architecture to run on where its own data are too large."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from core.data.registry import Arrays, DataSource, Given, add
from core.model.condition import Only
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

IGNORED = -100
"""The target of a token that the loss leaves out; torch's own `ignore_index`."""
HIDDEN = 0.15
"""The share of tokens that the task of masked tokens asks for (Devlin et al. 2019, §3.1)."""
KINDS = ("images", "images with a map", "next token", "masked tokens", "sentence pairs")
IMAGES = KINDS[:2]
RANKS = {"images": 3, "images with a map": 3}
MOST_NUMBERS = 256 * 1024**2
"""The most numbers that are drawn, 1 GiB."""

Tokens = npt.NDArray[np.int64]


def _sizes(given: Given, name: str) -> tuple[int, ...]:
    value = given.values[name]
    return tuple(int(size) for size in value) if isinstance(value, tuple) else (given.whole(name),)


def _shape(given: Given) -> tuple[int, ...]:
    """The shape of one sample; raises ProjectError where it does not fit the kind."""
    kind, shape = given.word("kind"), _sizes(given, "shape")
    if len(shape) != RANKS.get(kind, 1):
        wanted = "channels × height × width, such as 3×224×224" if kind in IMAGES else "one number, the length"
        raise ProjectError(
            f"The shape of {kind} is {wanted}, not {'×'.join(map(str, shape))}.",
            place="data.params.shape",
            fix="Change the shape or the kind.",
        )
    if given.whole("samples") * math.prod(shape) > MOST_NUMBERS:
        raise ProjectError(
            f"{given.whole('samples'):,} samples of {'×'.join(map(str, shape))} are more than this source draws.",
            place="data.params.samples",
            fix="Choose fewer or smaller samples.",
        )
    return shape


def _map(given: Given) -> tuple[int, int]:
    """Height and width of the map of classes."""
    sizes = _sizes(given, "map")
    height, width = (sizes[0], sizes[-1]) if sizes != (0,) else _shape(given)[1:]
    if given.whole("samples") * height * width > MOST_NUMBERS:
        raise ProjectError(
            "The maps are more than this source draws.",
            place="data.params.map",
            fix="Choose fewer samples or smaller maps.",
        )
    return height, width


def _fields(given: Given) -> dict[str, Field]:
    kind, shape = given.word("kind"), _shape(given)
    names = tuple(str(number) for number in range(given.whole("classes")))
    if kind in IMAGES:
        target = _map(given) if kind == "images with a map" else ()
        return {
            "x": Field("x", shape, "float32", "image", "random image"),
            "y": Field("y", target, "int64", "class", "random class", names),
        }
    fields = {"x": Field("x", shape, "int64", "token", "random tokens", names)}
    if kind == "masked tokens":
        fields["segment"] = Field("segment", shape, "int64", "token", "sentence A or B", ("A", "B"))
    if kind == "sentence pairs":
        fields["start"] = Field("start", shape, "int64", "token", "target, shifted", names)
    fields["y"] = Field("y", shape, "int64", "token", "random tokens", names)
    return fields


def _read(given: Given) -> Arrays:
    rng = np.random.default_rng(given.whole("seed"))
    kind, shape, count, classes = given.word("kind"), _shape(given), given.whole("samples"), given.whole("classes")
    if kind in IMAGES:
        target = _map(given) if kind == "images with a map" else ()
        pixels = rng.standard_normal((count, *shape), dtype=np.float32)  # (samples, C, H, W)
        return {"x": pixels, "y": rng.integers(0, classes, (count, *target))}
    length = shape[0]
    text: Tokens = rng.integers(0, classes, (count, length + 1))
    if kind == "next token":
        return {"x": text[:, :-1].copy(), "y": text[:, 1:].copy()}
    if kind == "sentence pairs":
        return {"x": rng.integers(0, classes, (count, length)), "start": text[:, :-1].copy(), "y": text[:, 1:].copy()}
    text = text[:, :-1]
    hidden = rng.random((count, length)) < HIDDEN
    hidden[:, 0] |= ~hidden.any(axis=1)  # at least one a sample, or there would be nothing to learn from
    segment = np.repeat((np.arange(length) >= length // 2).astype(np.int64)[None], count, 0)  # (samples, length)
    return {
        "x": np.where(hidden, classes - 1, text),
        "segment": segment,
        "y": np.where(hidden, text, IGNORED),
    }


add(
    DataSource(
        "placeholder",
        "Placeholder",
        "Random numbers of a given shape: there is nothing to learn in them, but everything runs.",
        "Drawn anew from the seed (NumPy's PCG64): standard normal pixels, uniform classes and tokens.",
        "toy",
        _fields,
        _read,
        (
            Param("kind", "Kind", "choice", "images", "Images with a class or a map of classes, or tokens with what "
                  "follows, what was masked, or a translation.", choices=KINDS),
            Param("shape", "Shape", "ints", (3, 224, 224), "The shape of one sample: channels × height × width, or the "
                  "length of a row of tokens.", 1, 65_536, lengths=(3,)),
            Param("classes", "Classes", "int", 1000, "How many classes, or how large the vocabulary.", 2, 1_000_000),
            Param("samples", "Samples", "int", 8, "How many samples are drawn.", 1, 100_000),
            Param("map", "Map", "ints", 0, "Height and width of the map of classes; 0 for those of the image.",
                  0, 65_536, lengths=(2,), only=(Only("kind", KINDS[1:2]),)),
            Param("seed", "Seed", "int", 0, "Another seed draws other numbers.", 0, 2**32 - 1),
        ),
    )
)  # fmt: skip
