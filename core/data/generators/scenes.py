"""Handwritten digits on a canvas: among clutter, to be cut out, and several at once, to be found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.data.bundled.digits import NAMES, digit, image
from core.data.generators.common import SEED, chance, check_amount, samples
from core.data.generators.pools import POOLS, Pools, parts
from core.data.generators.variants import MADE
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

IGNORED = -100
"""The class of a cell that holds nothing; torch's own `ignore_index`."""
INK = 0.3
"""From how much ink on a pixel belongs to the digit."""

Pixels = npt.NDArray[np.float32]


def _fitting(given: Given, room: int, where: str) -> None:
    size = given.whole("size")
    if size > room:
        raise ProjectError(
            f"A digit of {size} pixels does not fit into {where} of {room}.",
            place="data.params.size",
            fix=f"Choose at most {room}, or a larger canvas.",
        )


def _size(default: int) -> Param:
    return Param("size", "Digit", "int", default, "Pixels a side of a digit.", 8, 64, unit="pixels")


def _canvas(default: int) -> Param:
    return Param("canvas", "Canvas", "int", default, "Pixels a side of the whole image.", 8, 256, unit="pixels")


def _clutter_fields(given: Given) -> dict[str, Field]:
    canvas = given.whole("canvas")
    _fitting(given, canvas, "a canvas")
    check_amount(given, canvas, canvas)
    return {
        "x": image("x", "digit among clutter", 1, canvas, canvas),
        "mask": image("mask", "where the digit is", 1, canvas, canvas),
        "y": Field("y", (canvas, canvas), "int64", "class", "pixels of the digit", ("background", "digit")),
        "label": digit("label"),
    }


def _clutter(given: Given) -> Arrays:
    _clutter_fields(given)
    draw, count, canvas, size = chance(given), given.whole("samples"), given.whole("canvas"), given.whole("size")
    pools = Pools(size, draw)
    chosen = pools.any(count)
    x = np.zeros((count, canvas, canvas), np.float32)
    mask = np.zeros_like(x)
    scraps, scrap = given.whole("scraps"), max(2, size // 3)
    torn = np.stack([pools.any(count) for _ in range(scraps)], 1) if scraps else np.zeros((count, 0), np.int64)
    cut = draw.integers(0, size - scrap + 1, (count, scraps, 2))
    put = draw.integers(0, canvas - scrap + 1, (count, scraps, 2))
    place = draw.integers(0, canvas - size + 1, (count, 2))
    for sample in range(count):
        for piece, (top, left), (row, column) in zip(torn[sample], cut[sample], put[sample], strict=True):
            under = x[sample, row : row + scrap, column : column + scrap]
            np.maximum(under, pools.images[piece, top : top + scrap, left : left + scrap], out=under)
        row, column = place[sample]
        figure = pools.images[chosen[sample]]
        under = x[sample, row : row + size, column : column + size]
        np.maximum(under, figure, out=under)
        mask[sample, row : row + size, column : column + size] = figure >= INK
    if noise := given.real("noise"):
        x = np.clip(x + noise * draw.normal(size=x.shape), 0, 1).astype(np.float32)
    return {"x": x[:, None], "mask": mask[:, None], "y": mask.astype(np.int64), "label": pools.labels[chosen]}


def _scene_fields(given: Given) -> dict[str, Field]:
    canvas, grid = given.whole("canvas"), given.whole("grid")
    if canvas % grid:
        raise ProjectError(
            f"A canvas of {canvas} pixels cannot be cut into {grid} × {grid} equal cells.",
            place="data.params.grid",
            fix="Choose a grid that divides the canvas.",
        )
    most = (canvas // given.whole("size")) ** 2
    if given.whole("most") > most:
        raise ProjectError(
            f"{given.whole('most')} digits of {given.whole('size')} pixels do not fit onto a canvas of {canvas}.",
            place="data.params.most",
            fix=f"Choose at most {most}, smaller digits or a larger canvas."
            if most
            else "Choose smaller digits or a larger canvas.",
        )
    check_amount(given, canvas, canvas)
    return {
        "x": image("x", "digits", 1, canvas, canvas),
        "y": Field("y", (grid, grid), "int64", "class", "digit whose middle is in the cell", NAMES),
        "object": Field("object", (grid, grid, 1), "float32", "number", "whether a digit's middle is in the cell"),
        "boxes": Field("boxes", (grid, grid, 4), "float32", "number", "left, top, right, bottom; shares of the canvas"),
        "offsets": Field("offsets", (grid, grid, 4), "float32", "number", "the same in cells, from the cell's corner"),
        "count": Field("count", (), "int64", "class", "how many", tuple(map(str, range(given.whole("most") + 1)))),
    }


def _places(draw: np.random.Generator, count: int, canvas: int, size: int) -> npt.NDArray[np.int64]:
    """Corners (count, 2) of squares that do not overlap: tried by chance, else set out in rows by chance."""
    for _ in range(50):
        corners = draw.integers(0, canvas - size + 1, (count, 2))
        apart = np.abs(corners[:, None] - corners[None]).max(2) + size * np.eye(count, dtype=np.int64)
        if (apart >= size).all():
            return corners
    across = canvas // size
    cells = draw.permutation(across * across)[:count]
    return np.stack([cells // across, cells % across], 1) * size


def _scenes(given: Given) -> Arrays:
    fields = _scene_fields(given)
    draw, count, canvas, size = chance(given), given.whole("samples"), given.whole("canvas"), given.whole("size")
    grid, most = given.whole("grid"), given.whole("most")
    pools = Pools(size, draw)
    chosen = np.stack([pools.any(count) for _ in range(most)], 1)
    many = draw.integers(1, most + 1, count)
    arrays: Arrays = {
        name: np.zeros((count, *field.shape), field.dtype) for name, field in fields.items() if name != "count"
    }
    arrays["y"][:] = IGNORED
    found = np.zeros(count, np.int64)
    for sample in range(count):
        for index, (top, left) in zip(chosen[sample], _places(draw, int(many[sample]), canvas, size), strict=False):
            row, column = ((2 * corner + size) * grid // (2 * canvas) for corner in (top, left))
            if arrays["object"][sample, row, column]:
                continue  # a cell answers for one digit only
            found[sample] += 1
            figure = pools.images[index]
            arrays["x"][sample, 0, top : top + size, left : left + size] = figure
            ys, xs = np.nonzero(figure >= INK)
            box = np.array([left + xs.min(), top + ys.min(), left + xs.max() + 1, top + ys.max() + 1])
            arrays["boxes"][sample, row, column] = box / canvas
            arrays["offsets"][sample, row, column] = box * grid / canvas - (column, row, column, row)
            arrays["object"][sample, row, column] = 1
            arrays["y"][sample, row, column] = pools.labels[index]
    if noise := given.real("noise"):
        arrays["x"] = np.clip(arrays["x"] + noise * draw.normal(size=arrays["x"].shape), 0, 1).astype(np.float32)
    return {**arrays, "count": found}


NOISE = Param("noise", "Noise", "float", 0.0, "Standard deviation of what is added to every pixel.", 0, 2)

add(
    DataSource(
        "digit-on-clutter",
        "Digit among clutter",
        "A handwritten digit anywhere on a canvas, among scraps torn from other digits. The task is to find its "
        "pixels: as classes (y) or as a mask of 0 and 1 (mask). No digit's image is in two parts.",
        "After V. Mnih, N. Heess, A. Graves, K. Kavukcuoglu: Recurrent models of visual attention (2014); " + MADE,
        "made",
        _clutter_fields,
        _clutter,
        (
            _canvas(32),
            _size(16),
            Param("scraps", "Scraps", "int", 8, "How many pieces of other digits lie about.", 0, 64),
            NOISE,
            samples(1_500, low=POOLS),
            SEED,
        ),
        parts=parts,
    ),
    DataSource(
        "digits-on-canvas",
        "Digits on a canvas",
        "One or several handwritten digits anywhere on a canvas, not overlapping. Each is to be found by the cell of a "
        "grid that holds the middle of its square: whether there is one (object, 1 or 0), which digit (y, −100 where "
        "there is none), and the box of its ink: left, top, right, bottom as shares of the canvas (boxes), or in cells "
        "from the corner of its own cell (offsets), which a convolution can tell wherever it is; 0 where there is "
        "none. No digit's image is in two parts.",
        "The grid of J. Redmon, S. Divvala, R. Girshick, A. Farhadi: You only look once (2016), §2; " + MADE,
        "made",
        _scene_fields,
        _scenes,
        (
            _canvas(48),
            _size(16),
            Param("grid", "Grid", "int", 6, "Cells a side.", 1, 64, unit="cells"),
            Param("most", "Digits", "int", 3, "The most on a canvas; from 1 to so many are drawn.", 1, 16),
            NOISE,
            samples(1_500, low=POOLS),
            SEED,
        ),
        parts=parts,
    ),
)  # fmt: skip
