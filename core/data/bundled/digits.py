"""Handwritten digits: the set itself, and its images for the sources that are made of them."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

COUNT = 1797
NAMES = tuple("0123456789")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CLASSES = {"all": (0, 10), "0–4": (0, 5), "5–9": (5, 10)}
SOURCE = (
    "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (1998), UCI Machine Learning Repository, "
    "CC BY 4.0; its test part, as bundled with scikit-learn."
)
SIZE = Param(
    "size",
    "Size",
    "int",
    8,
    "Pixels a side: 8 as scanned, or enlarged for networks made for larger images (LeNet-5: 32).",
    8,
    64,
    unit="pixels",
)


def image(name: str, title: str, *shape: int) -> Field:
    """A field of images (C, H, W)."""
    return Field(name, shape, "float32", "image", title)


def digit(name: str = "y", title: str = "digit") -> Field:
    """A field of the ten digits as classes."""
    return Field(name, (), "int64", "class", title, NAMES)


@lru_cache(maxsize=2)
def digit_images(size: int) -> tuple[Images, Labels]:
    """All digits (1797, size, size) in 0…1 and what they are (1797); shared, not to be written to."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    # (n, 8, 8) in 0…16 → (n, size, size) in 0…1; a cubic spline is linear and works along each axis alone.
    spline = _spline(size)
    images = np.clip(spline @ (digits.images / 16.0) @ spline.T, 0, 1).astype(np.float32)
    labels: Labels = digits.target.astype(np.int64)
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


@cache
def _spline(size: int) -> npt.NDArray[np.float64]:
    """The matrix (size, 8) that enlarges 8 values smoothly, pixel centres kept in place."""
    from scipy.ndimage import zoom

    if size == 8:
        return np.eye(8)
    return np.asarray(zoom(np.eye(8), (size / 8, 1), order=3, mode="nearest", grid_mode=True))


def _fields(given: Given) -> dict[str, Field]:
    first, end = CLASSES[given.word("classes")]
    size = given.whole("size")
    return {
        "x": image("x", "image", 1, size, size),
        "y": Field("y", (), "int64", "class", "digit", NAMES[first:end]),
    }


def _read(given: Given) -> Arrays:
    images, labels = digit_images(given.whole("size"))
    first, end = CLASSES[given.word("classes")]
    chosen = np.flatnonzero((labels >= first) & (labels < end))
    if limit := given.whole("per_class"):
        # How many of its class came before each sample.
        before = (labels[chosen][:, None] == np.arange(10)).cumsum(0)[np.arange(len(chosen)), labels[chosen]] - 1
        chosen = chosen[before < limit]
    return {"x": images[chosen][:, None], "y": labels[chosen] - first}


add(
    DataSource(
        "digits",
        "Handwritten digits",
        "1,797 handwritten digits of 13 people, 8 × 8 pixels, ink 0…1; larger sizes are smoothly enlarged.",
        SOURCE,
        "real",
        _fields,
        _read,
        (
            SIZE,
            Param(
                "classes",
                "Digits",
                "choice",
                "all",
                "All ten digits, or half of them: 5 to 9 are then the classes 0 to 4 of a network.",
                choices=tuple(CLASSES),
            ),
            Param(
                "per_class",
                "Of each digit",
                "int",
                0,
                "How many images of each digit are used; 0 for all, which are 174 to 183.",
                0,
                183,
                unit="images",
            ),
        ),
    ),
)
