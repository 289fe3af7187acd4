"""Handwritten digits in other forms: of two values, shifted, and with their names as words."""

from __future__ import annotations

import numpy as np

from core.data.bundled.digits import COUNT, NAMES, SIZE, SOURCE, WORDS, digit, digit_images, image
from core.data.generators.common import SEED, chance
from core.data.generators.translation import END, PAD, START, encoded, written
from core.data.registry import Arrays, DataSource, Given, add
from core.model.effect import only_with
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

ZERO_ONE, SIGNS = "0 and 1", "−1 and +1"
MADE = SOURCE.removesuffix(".") + "; changed here."


def _binary_fields(given: Given) -> dict[str, Field]:
    size = given.whole("size")
    return {
        "x": image("x", "ink", 1, size, size),
        "noisy": image("noisy", "ink with flipped pixels", 1, size, size),
        "pixels": Field("pixels", (size, size), "int64", "class", "pixels as classes", ("paper", "ink")),
        "y": digit(),
    }


def _binary(given: Given) -> Arrays:
    images, labels = digit_images(given.whole("size"))
    wanted = np.isin(labels, given.sizes("digits"))
    images, labels = images[wanted], labels[wanted]
    if each := given.whole("per_class"):
        chosen = np.concatenate([np.flatnonzero(labels == label)[:each] for label in range(10)])
        images, labels = images[chosen], labels[chosen]
    ink = images[:, None] >= given.real("threshold")  # (samples, 1, size, size)
    flat = ink.reshape(len(ink), -1)
    # So many pixels of every image as the share says, rounded.
    count = round(given.real("flipped") * flat.shape[1])
    which = np.argsort(chance(given).random(flat.shape), axis=1)[:, :count]
    turned = np.zeros_like(flat)
    np.put_along_axis(turned, which, True, axis=1)
    low = -1.0 if given.word("values") == SIGNS else 0.0
    return {
        "x": np.where(ink, 1.0, low).astype(np.float32),
        "noisy": np.where((flat ^ turned).reshape(ink.shape), 1.0, low).astype(np.float32),
        "pixels": ink[:, 0].astype(np.int64),
        "y": labels.copy(),
    }


def canvas_of(given: Given) -> int:
    """Pixels a side of the canvas on which a digit is shifted."""
    size, canvas = given.whole("size"), given.whole("canvas")
    if canvas < size:
        raise ProjectError(
            f"A digit of {size} pixels does not fit onto {canvas}.",
            place="data.params.canvas",
            fix=f"Choose {size} or more.",
        )
    return canvas


def _shifted_fields(given: Given) -> dict[str, Field]:
    canvas = canvas_of(given)
    return {
        "x": image("x", "in the middle", 1, canvas, canvas),
        "shifted": image("shifted", "shifted", 1, canvas, canvas),
        "shift": Field("shift", (2,), "float32", "vector", "shift", ("right (pixels)", "down (pixels)")),
        "y": digit(),
    }


def _shifted(given: Given) -> Arrays:
    canvas, size = canvas_of(given), given.whole("size")
    images, labels = digit_images(size)
    room, middle = canvas - size, (canvas - size) // 2
    most = given.whole("most")
    low, high = max(-middle, -most), min(room - middle, most)
    shift = chance(given).integers(low, high + 1, (COUNT, 2))  # right, down
    x = np.zeros((COUNT, 1, canvas, canvas), np.float32)
    x[:, 0, middle : middle + size, middle : middle + size] = images
    shifted = np.zeros_like(x)
    for index, (right, down) in enumerate(shift):
        shifted[index, 0, middle + down : middle + down + size, middle + right : middle + right + size] = images[index]
    return {"x": x, "shifted": shifted, "shift": shift.astype(np.float32), "y": labels.copy()}


LETTERS = "".join(sorted(set("".join(WORDS))))
LABELS = (PAD, START, END, *LETTERS)
LONGEST = max(len(word) for word in WORDS)


def _words_fields(given: Given) -> dict[str, Field]:
    size = given.whole("size")
    return {
        "x": image("x", "image", 1, size, size),
        "words": Field("words", (LONGEST,), "int64", "token", "name", LABELS),
        "start": Field("start", (LONGEST + 1,), "int64", "token", "name, one step later", LABELS),
        "y": Field("y", (LONGEST + 1,), "int64", "token", "name to be written", LABELS),
        "label": Field("label", (), "int64", "class", "digit", NAMES),
    }


def _words(given: Given) -> Arrays:
    images, labels = digit_images(given.whole("size"))
    start, y = written(WORDS, LABELS, LONGEST)
    return {
        "x": images[:, None].copy(),
        "words": encoded(WORDS, LABELS, LONGEST)[labels],
        "start": start[labels],
        "y": y[labels],
        "label": labels.copy(),
    }


add(
    DataSource(
        "binary-digits",
        "Digits of two values",
        "Handwritten digits whose pixels are ink or paper, and the same with some pixels flipped (noisy). pixels holds "
        "the image once more as classes, for a network that guesses pixel after pixel.",
        MADE,
        "made",
        _binary_fields,
        _binary,
        (
            SIZE,
            Param("threshold", "Threshold", "float", 0.5, "From how much ink on a pixel is ink.", 0.05, 1),
            Param("values", "Values", "choice", ZERO_ONE, "What paper and ink are.", choices=(ZERO_ONE, SIGNS)),
            Param("flipped", "Flipped", "float", 0.2, "The share of pixels that are flipped in noisy.", 0, 1),
            Param("digits", "Digits", "ints", tuple(range(10)), "Which digits are used, such as 4 × 5 × 7.", 0, 9,
                  lengths=tuple(range(1, 11))),
            Param("per_class", "Of each digit", "int", 0, "How many images of each digit are used; 0 for all. A "
                  "Hopfield net of 64 units holds about nine patterns, fewer where they are alike.", 0, 174,
                  unit="images"),
            only_with(SEED, "flipped"),
        ),
    ),
    DataSource(
        "shifted-digits",
        "Shifted digits",
        "Handwritten digits in the middle of a canvas (x), and shifted by whole pixels (shifted; shift says how far).",
        MADE,
        "made",
        _shifted_fields,
        _shifted,
        (
            SIZE,
            Param("canvas", "Canvas", "int", 16, "Pixels a side of the canvas.", 8, 96, unit="pixels"),
            Param("most", "Farthest", "int", 2, "The most that a digit is shifted.", 0, 44, unit="pixels"),
            only_with(SEED, "most"),
        ),
    ),
    DataSource(
        "digit-names",
        "Digits and their names",
        "Handwritten digits and their English names, letter by letter: as a text beside the image (words, padded), and "
        "as what is to be written (y, with an end mark) and fed meanwhile (start).",
        MADE,
        "made",
        _words_fields,
        _words,
        (SIZE,),
    ),
)  # fmt: skip
