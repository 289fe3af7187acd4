"""Points in the plane, of two classes as a rule: the sets on which one sees what a network can separate.

After the data sets of TensorFlow Playground (Smilkov, Carter 2016), and like them about ten units wide.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.data.generators.common import SEED
from core.data.registry import Arrays, DataSource, Given, add
from core.model.effect import only_with
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

Points = npt.NDArray[np.float64]
Maker = Callable[[Given, int, np.random.Generator], list[Points]]

SAMPLES = Param("samples", "Samples", "int", 400, "Number of points, shared equally among the classes.", 4, 100_000)


def noise(default: float) -> Param:
    """The parameter of the noise that is added to every point, with its default."""
    doc = "Standard deviation of the Gaussian noise that is added to both coordinates."
    return Param("noise", "Noise", "float", default, doc, 0, 5)


def fields(classes: int = 2) -> dict[str, Field]:
    """Two coordinates and a class."""
    return {
        "x": Field("x", (2,), "float32", "vector", "point", ("x₁", "x₂")),
        "y": Field("y", (), "int64", "class", "class", tuple(str(each) for each in range(classes))),
    }


def _gaussians(given: Given, samples: int, chance: np.random.Generator) -> list[Points]:
    classes, separation, margin = given.whole("classes"), given.real("separation"), given.real("margin")
    if margin > separation / 2:
        raise ProjectError(
            f"A margin of {margin:g} does not fit between centres that are {separation:g} apart.",
            place="data.params.margin",
            fix=f"Choose a margin of at most {separation / 2:g}, or a larger separation.",
        )
    angles = np.pi / 4 + 2 * np.pi * np.arange(classes) / classes
    centres = np.stack([np.cos(angles), np.sin(angles)], 1) * separation / (2 * np.sin(np.pi / classes))
    clouds = []
    for label, count in enumerate(_counts(samples, classes)):
        cloud = centres[label] + given.real("noise") * chance.normal(size=(count, 2))
        # A centre itself may lie on the margin, up to rounding.
        while margin and (near := _distance(cloud, centres, label) < margin - 1e-9).any():
            cloud[near] = centres[label] + given.real("noise") * chance.normal(size=(int(near.sum()), 2))
        clouds.append(cloud)
    return clouds


def _distance(points: Points, centres: Points, label: int) -> Points:
    """How far points lie on their own side of the nearest line halfway between their centre and another one."""
    own = centres[label]
    others = np.delete(centres, label, axis=0)
    normals = (own - others) / np.linalg.norm(own - others, axis=1, keepdims=True)
    distances: Points = ((points[:, None] - (own + others) / 2) * normals).sum(2).min(1)
    return distances


def _circles(given: Given, samples: int, chance: np.random.Generator) -> list[Points]:
    rings = []
    for count, (low, high) in zip(_counts(samples, 2), ((3.5, 5.0), (0.0, 2.5)), strict=True):
        radius, angle = chance.uniform(low, high, count), chance.uniform(0, 2 * np.pi, count)
        rings.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1))
    return rings


def _moons(given: Given, samples: int, chance: np.random.Generator) -> list[Points]:
    upper, lower = (np.linspace(0, np.pi, count) for count in _counts(samples, 2))
    shapes = np.stack([np.cos(upper), np.sin(upper)], 1), np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], 1)
    return [2.5 * (shape - (0.5, 0.25)) for shape in shapes]


def _spiral(given: Given, samples: int, chance: np.random.Generator) -> list[Points]:
    arms = []
    for label, count in enumerate(_counts(samples, 2)):
        along = (np.arange(count) + 0.5) / count
        angle = 2 * np.pi * given.real("turns") * along + np.pi * label
        arms.append(5 * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], 1))
    return arms


def _xor(given: Given, samples: int, chance: np.random.Generator) -> list[Points]:
    clouds = []
    for label, count in enumerate(_counts(samples, 2)):
        first = chance.choice((-1.0, 1.0), count)
        second = first if label == 0 else -first
        # 0.3 away from the axes, so that without noise the corners stay apart.
        clouds.append(np.stack([first, second], 1) * chance.uniform(0.3, 5.0, (count, 2)))
    return clouds


def _counts(samples: int, classes: int) -> list[int]:
    return [samples // classes + (label < samples % classes) for label in range(classes)]


def _made(maker: Maker, given: Given, adds_noise: bool) -> Arrays:
    chance = np.random.default_rng(given.whole("seed"))
    clouds = maker(given, given.whole("samples"), chance)
    points = np.concatenate(clouds)
    if adds_noise:
        points = points + given.real("noise") * chance.normal(size=points.shape)
    labels = np.repeat(np.arange(len(clouds)), [len(cloud) for cloud in clouds])
    order = chance.permutation(len(points))
    return {"x": points[order].astype(np.float32), "y": labels[order].astype(np.int64)}


def _read_xor(given: Given) -> Arrays:
    if given.word("points") == "cloud":
        return _made(_xor, given, True)
    table = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return {"x": table, "y": np.array([0, 1, 1, 0], np.int64)}


def _toy(
    id: str,
    title: str,
    doc: str,
    maker: Maker,
    *params: Param,
    source: str,
    amount: float = 0.2,
    adds_noise: bool = True,
) -> DataSource:
    return DataSource(
        id,
        title,
        doc,
        source,
        "toy",
        lambda given: fields(given.whole("classes") if "classes" in given.values else 2),
        lambda given: _made(maker, given, adds_noise),
        (*params, SAMPLES, noise(amount), SEED),
    )


PLAYGROUND = "After TensorFlow Playground (D. Smilkov, S. Carter, 2016); generated here."
POINTS = Param(
    "points",
    "Points",
    "choice",
    "truth table",
    "The four rows of the truth table with inputs 0 and 1, or a cloud in each quadrant.",
    choices=("truth table", "cloud"),
)

add(
    DataSource(
        "xor",
        "XOR",
        "Class 1 where exactly one of the two inputs is on: no straight line separates the classes.",
        "M. Minsky, S. Papert: Perceptrons (1969); generated here.",
        "toy",
        lambda given: fields(),
        _read_xor,
        (POINTS, *(only_with(param, "points", "cloud") for param in (SAMPLES, noise(0.2), SEED))),
    ),
    _toy(
        "gaussians",
        "Gaussian clouds",
        "A round cloud a class. With a margin, every point is drawn again until it lies that far on its own side of "
        "the line halfway to each other centre, so that two classes are linearly separable for certain.",
        _gaussians,
        Param("classes", "Classes", "int", 2, "Number of clouds.", 2, 8),
        Param("separation", "Separation", "float", 5.6, "Distance between neighbouring centres.", 0, 20),
        Param("margin", "Margin", "float", 0.0, "Least distance to the line halfway; 0 for none.", 0, 10),
        source=PLAYGROUND,
        amount=1.0,
        adds_noise=False,
    ),
    _toy(
        "circles",
        "Circles",
        "A disc of one class inside a ring of the other.",
        _circles,
        source=PLAYGROUND,
    ),
    _toy(
        "moons",
        "Moons",
        "Two half circles that reach into each other.",
        _moons,
        source="The shape of scikit-learn's make_moons; generated here.",
        amount=0.3,
    ),
    _toy(
        "spiral",
        "Spiral",
        "Two arms wound round each other.",
        _spiral,
        Param("turns", "Turns", "float", 1.75, "How often each arm goes round.", 0.25, 4),
        source="K. Lang, M. Witbrock: Learning to tell two spirals apart (1988); " + PLAYGROUND,
        amount=0.1,
    ),
)
