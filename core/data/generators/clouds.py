"""Clouds without a question of their own: for principal components, maps, density models, and what descends into a "
"bowl."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.data.generators.common import SEED, chance, samples
from core.data.registry import Arrays, DataSource, Given, add
from core.model.condition import Only
from core.model.spec import Param
from core.model.tensor import Field

Points = npt.NDArray[np.float64]

PLANE = ("x₁", "x₂")
COLOURS = {
    "black": (0, 0, 0), "red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1),
    "yellow": (1, 1, 0), "cyan": (0, 1, 1), "magenta": (1, 0, 1), "white": (1, 1, 1),
}  # fmt: skip


def _vector(title: str, *labels: str) -> Field:
    return Field("x", (len(labels),), "float32", "vector", title, labels)


def _cloud(given: Given) -> Arrays:
    angle = np.deg2rad(given.real("angle"))
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = chance(given).normal(size=(given.whole("samples"), 2)) * (given.real("length"), given.real("noise"))
    points -= points.mean(0)
    return {"x": (points @ axes).astype(np.float32)}


def ring_centres(modes: int, radius: float) -> Points:
    """Where the clouds of the ring lie, (modes, 2)."""
    angle = 2 * np.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angle), np.sin(angle)], 1)


def _ring(given: Given) -> Arrays:
    draw, modes = chance(given), given.whole("modes")
    y = draw.permutation(np.arange(given.whole("samples")) % modes)
    points = ring_centres(modes, given.real("radius"))[y] + given.real("noise") * draw.normal(size=(len(y), 2))
    return {"x": points.astype(np.float32), "y": y.astype(np.int64)}


def _colours(given: Given) -> Arrays:
    draw, count = chance(given), given.whole("samples")
    corners = np.array(list(COLOURS.values()), np.float64)
    if given.word("colours") == "all":
        points = draw.random((count, 3))
    else:
        of = draw.permutation(np.arange(count) % len(corners))
        points = np.clip(corners[of] + given.real("noise") * draw.normal(size=(count, 3)), 0, 1)
    stored = points.astype(np.float32)
    nearest = ((stored[:, None] - corners) ** 2).sum(2).argmin(1)
    return {"x": stored, "y": nearest.astype(np.int64)}


BOWL = (3.0, -2.0)
"""The weights at the bottom of the bowl."""


def _bowl(given: Given) -> Arrays:
    draw, count = chance(given), given.whole("samples")
    # Orthonormal columns: the mean of x xᵀ, which is the Hessian of half the squared loss, is exactly diagonal.
    columns = np.linalg.qr(draw.normal(size=(count, 2)))[0] * np.sqrt(count)
    x = columns * (1, 1 / np.sqrt(given.real("condition")))
    y = x @ np.array(BOWL) + given.real("noise") * draw.normal(size=count)
    return {"x": x.astype(np.float32), "y": y.astype(np.float32)[:, None]}


add(
    DataSource(
        "cloud",
        "Correlated cloud",
        "A long cloud of points about 0, turned by an angle: its long axis is the first principal component.",
        "The picture of E. Oja: A simplified neuron model as a principal component analyzer (1982); generated here.",
        "toy",
        lambda given: {"x": _vector("point", *PLANE)},
        _cloud,
        (
            Param("angle", "Angle", "float", 30.0, "How the long axis is turned.", -180, 180, unit="°"),
            Param("length", "Length", "float", 3.0, "Standard deviation along the long axis.", 0.01, 100),
            Param("noise", "Noise", "float", 1.0, "Standard deviation across the long axis.", 0, 100),
            samples(500, "Number of points.", 2),
            SEED,
        ),
    ),
    DataSource(
        "ring",
        "Ring of Gaussian clouds",
        "Small round clouds on a circle: a generative model that misses some of them has collapsed. y tells which.",
        "After L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein: Unrolled generative adversarial networks (2017), §3.2.1; "
        "generated here.",
        "toy",
        lambda given: {
            "x": _vector("point", *PLANE),
            "y": Field("y", (), "int64", "class", "cloud", tuple(str(each) for each in range(given.whole("modes")))),
        },
        _ring,
        (
            Param("modes", "Clouds", "int", 8, "How many there are.", 2, 64),
            Param("radius", "Radius", "float", 2.0, "How far they lie from 0.", 0, 100),
            Param("noise", "Noise", "float", 0.05, "Standard deviation of each cloud in both directions.", 0, 10),
            samples(2_000, "Number of points, shared equally among the clouds.", 2),
            SEED,
        ),
    ),
    DataSource(
        "colours",
        "Colours",
        "Red, green and blue from 0 to 1, all colours alike or clouds about eight of them; y is the nearest of the "
        "eight.",
        "T. Kohonen: Self-organized formation of topologically correct feature maps (1982); generated here.",
        "toy",
        lambda given: {
            "x": _vector("colour", "red", "green", "blue"),
            "y": Field("y", (), "int64", "class", "nearest pure colour", tuple(COLOURS)),
        },
        _colours,
        (
            Param("colours", "Colours", "choice", "all", "All, or eight with noise.", choices=("all", "pure")),
            Param("noise", "Noise", "float", 0.1, "Standard deviation about the pure colours.", 0, 1,
                  only=(Only("colours", ("pure",)),)),
            samples(1_000, "Number of colours.", 8),
            SEED,
        ),
    ),
    DataSource(
        "bowl",
        "Narrow valley",
        "Two features of very different size and a number that is linear in them, y = 3 x₁ − 2 x₂: half the mean "
        "squared loss is a bowl that is exactly so much steeper along w₁ than along w₂ as the condition says.",
        "The picture of I. Goodfellow, Y. Bengio, A. Courville: Deep Learning (2016), §4.3.1; generated here.",
        "toy",
        lambda given: {
            "x": _vector("point", *PLANE),
            "y": Field("y", (1,), "float32", "number", "y"),
        },
        _bowl,
        (
            Param("condition", "Condition", "float", 100.0, "Ratio of the bowl's curvatures.", 1, 1_000_000),
            Param("noise", "Noise", "float", 0.0, "Standard deviation of what is added to y.", 0, 100),
            samples(200, "Number of points.", 4),
            SEED,
        ),
    ),
)  # fmt: skip
