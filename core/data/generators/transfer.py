"""Two tasks on handwritten digits, the old one with many images and the new one with few, for transfer learning."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from core.data.bundled.digits import COUNT, NAMES, SOURCE, digit_images, image
from core.data.generators.common import SEED, chance
from core.data.generators.variants import canvas_of
from core.data.registry import Arrays, DataSource, Given, add
from core.data.split import Indices, Parts, split_samples
from core.model.settings import Split
from core.model.spec import Param
from core.model.tensor import Field

FIVE = 5
PAPER, PHOTOGRAPHS = "paper", "photographs"

Pixels = npt.NDArray[np.float32]


@cache
def _photographs() -> tuple[Pixels, ...]:
    """The two photographs that come with scikit-learn at half their size, in grey 0…1; not to be written to."""
    from PIL import Image
    from sklearn.datasets import load_sample_image

    found = []
    for name in ("china.jpg", "flower.jpg"):
        grey = Image.fromarray(load_sample_image(name)).convert("L").reduce(2)
        pixels = np.asarray(grey, np.float32) / np.float32(255)  # (214, 320)
        pixels.flags.writeable = False
        found.append(pixels)
    return tuple(found)


def _fields(given: Given) -> dict[str, Field]:
    canvas = canvas_of(given)
    return {
        "x": image("x", "0 to 4", 1, canvas, canvas),
        "y": Field("y", (), "int64", "class", "0 to 4", NAMES[:FIVE]),
        "new_x": image("new_x", "5 to 9", 1, canvas, canvas),
        "new_y": Field("new_y", (), "int64", "class", "5 to 9", NAMES[FIVE:]),
    }


def _drawn(digits: Pixels, given: Given, draw: np.random.Generator, behind: np.random.Generator) -> Pixels:
    """Each digit (n, size, size) at a place of its own on a canvas of its own: (n, 1, canvas, canvas)."""
    count, size, canvas = len(digits), given.whole("size"), canvas_of(given)
    made = np.zeros((count, 1, canvas, canvas), np.float32)
    places = draw.integers(0, canvas - size + 1, (count, 2))
    for index, (top, left) in enumerate(places):
        made[index, 0, top : top + size, left : left + size] = digits[index]
    if given.word("background") == PHOTOGRAPHS:
        photographs = _photographs()
        for index, which in enumerate(behind.integers(0, len(photographs), count)):
            photograph = photographs[which]
            top, left = (int(behind.integers(0, side - canvas + 1)) for side in photograph.shape)
            patch = photograph[top : top + canvas, left : left + canvas]
            made[index, 0] = np.abs(made[index, 0] - patch)
    return made


def _read(given: Given) -> Arrays:
    """First every old digit in every place beside a labelled new one, then every other new digit beside an old one."""
    images, labels = digit_images(given.whole("size"))
    draw, behind, labelled = chance(given), chance(given, 1), given.whole("labelled")
    order = draw.permutation(COUNT)
    old = order[labels[order] < FIVE]
    by_label = [order[labels[order] == label] for label in range(FIVE, 10)]
    few = np.concatenate([members[:labelled] for members in by_label])
    rest = draw.permutation(np.concatenate([members[labelled:] for members in by_label]))[: len(old)]
    first, last = np.tile(old, given.whole("places")), old[: len(rest)]
    # Every labelled one about equally often, and once beside an old one that is never held out.
    beside = draw.permutation(np.arange(len(first)) % len(few))
    beside[len(rest) : len(rest) + len(few)] = np.arange(len(few))
    old_places = np.concatenate([first, last])
    shown = _drawn(images[few], given, draw, behind)
    return {
        "x": _drawn(images[old_places], given, draw, behind),
        "y": labels[old_places],
        "new_x": np.concatenate([shown[beside], _drawn(images[rest], given, draw, behind)]),
        "new_y": np.concatenate([labels[few][beside], labels[rest]]) - FIVE,
    }


def _parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    """New digits without a label validate and test, each once; what stands beside them trains nowhere."""
    places, old = given.whole("places"), int((digit_images(8)[1] < FIVE).sum())
    pairs = len(arrays["y"]) - places * old
    parts = split_samples(pairs, split, arrays["new_y"][-pairs:])
    held = np.concatenate([parts["validation"], parts["test"]])
    kept = np.setdiff1d(np.arange(old), held)  # the pairs stand in the order of the old digits
    train: Indices = (kept + old * np.arange(places)[:, None]).ravel()
    mixed = np.random.default_rng(split.seed).permutation(train)
    return {"train": mixed, **{part: parts[part] + places * old for part in ("validation", "test")}}


add(
    DataSource(
        "digits-transfer",
        "Old and new digits",
        "Two tasks on handwritten digits, a sample of each side by side: 0 to 4 (x, y) with many images, each in "
        "several places, and 5 to 9 (new_x, new_y), of which few train, always the same. Digits may lie on patches of "
        "photographs, as the difference of both (MNIST-M: Ganin et al. 2016). No digit is in two parts.",
        SOURCE.removesuffix(".") + "; photographs by danielbuechele and vultilion on Flickr, CC BY 2.0, bundled too.",
        "made",
        _fields,
        _read,
        (
            Param("size", "Digit", "int", 16, "Pixels a side of a digit.", 8, 32, unit="pixels"),
            Param("canvas", "Canvas", "int", 20, "Pixels a side of the whole image.", 8, 40, unit="pixels"),
            Param("background", "Background", "choice", PHOTOGRAPHS, "What is behind the digits.",
                  choices=(PHOTOGRAPHS, PAPER)),
            Param("labelled", "Of each new digit", "int", 10, "How many images of 5, 6, 7, 8 and 9 train.", 1, 120,
                  unit="images"),
            Param("places", "Places", "int", 4, "In how many places each image of 0 to 4 stands.", 1, 16),
            SEED,
        ),
        parts=_parts,
    ),
)  # fmt: skip
