"""The tables that come with scikit-learn. Their fields are written down here: asking for them is free."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
WINE = (
    "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols", "flavanoids",
    "nonflavanoid phenols", "proanthocyanins", "colour intensity", "hue", "OD280/OD315 of diluted wines", "proline",
)  # fmt: skip
CELL = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry",
    "fractal dimension",
)  # fmt: skip
CANCER = tuple(f"{statistic} {name}" for statistic in ("mean", "error of", "worst") for name in CELL)
DIABETES = (
    "age", "sex", "body mass index", "blood pressure", "total cholesterol", "LDL", "HDL", "cholesterol/HDL",
    "log triglycerides", "blood sugar",
)  # fmt: skip
EXERCISES = ("chin-ups", "sit-ups", "jumps")
BODY = ("weight (pounds)", "waist (inches)", "pulse")
HOUSES = ((2104, 5, 46, 460), (1416, 3, 40, 232), (1534, 3, 30, 315), (852, 2, 36, 178))
"""Size in square feet, bedrooms, age in years and price in 1,000 dollars."""
FLOWER_PARTS = {"all": (0, 4), "sepals": (0, 2), "petals": (2, 4)}


def _class(title: str, labels: tuple[str, ...]) -> Field:
    return Field("y", (), "int64", "class", title, labels)


def _vector(title: str, labels: tuple[str, ...]) -> Field:
    return Field("x", (len(labels),), "float32", "vector", title, labels)


def _iris_fields(given: Given) -> dict[str, Field]:
    first, end = FLOWER_PARTS[given.word("features")]
    labels = IRIS[first:end]
    return {"x": _vector("measurements", labels), "y": _class("species", ("setosa", "versicolor", "virginica"))}


def _iris(given: Given) -> Arrays:
    from sklearn.datasets import load_iris

    return _table(load_iris(), slice(*FLOWER_PARTS[given.word("features")]))


def _wine(given: Given) -> Arrays:
    from sklearn.datasets import load_wine

    return _table(load_wine())


def _cancer(given: Given) -> Arrays:
    from sklearn.datasets import load_breast_cancer

    return _table(load_breast_cancer())


def _diabetes(given: Given) -> Arrays:
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=given.word("values") == "scaled")
    return {"x": bunch.data.astype(np.float32), "y": bunch.target.astype(np.float32)[:, None]}


def _linnerud(given: Given) -> Arrays:
    from sklearn.datasets import load_linnerud

    bunch = load_linnerud()
    return {"x": bunch.data.astype(np.float32), "y": bunch.target.astype(np.float32)}


def _houses(given: Given) -> Arrays:
    table = np.array(HOUSES, np.float32)
    return {"x": table[:, :3].copy(), "y": table[:, 3:].copy()}


def _table(bunch: Any, columns: slice = slice(None)) -> Arrays:
    return {"x": bunch.data[:, columns].astype(np.float32), "y": bunch.target.astype(np.int64)}


add(
    DataSource(
        "iris",
        "Iris flowers",
        "150 flowers of three species with four measurements each; choose two of them to see the boundary.",
        "R. A. Fisher: The use of multiple measurements in taxonomic problems (1936); UCI, CC BY 4.0; scikit-learn.",
        "real",
        _iris_fields,
        _iris,
        (
            Param(
                "features",
                "Features",
                "choice",
                "all",
                "All four measurements, or the two of the sepals or petals.",
                choices=tuple(FLOWER_PARTS),
            ),
        ),
        standardise=("x",),
    ),
    DataSource(
        "wine",
        "Wine",
        "178 wines of one Italian region from three cultivars, by 13 results of chemical analysis.",
        "S. Aeberhard, M. Forina: Wine (1992), UCI Machine Learning Repository, CC BY 4.0; scikit-learn.",
        "real",
        lambda given: {
            "x": _vector("chemical analysis", WINE),
            "y": _class("cultivar", ("cultivar 1", "cultivar 2", "cultivar 3")),
        },
        _wine,
        standardise=("x",),
    ),
    DataSource(
        "breast-cancer",
        "Breast cancer",
        "569 tumours, malignant or benign, by 30 measurements of cell nuclei in an image.",
        "W. Wolberg, O. Mangasarian, N. Street, W. Street: Breast Cancer Wisconsin (Diagnostic) (1995), UCI Machine "
        "Learning Repository, CC BY 4.0; scikit-learn.",
        "real",
        lambda given: {"x": _vector("cell nuclei", CANCER), "y": _class("diagnosis", ("malignant", "benign"))},
        _cancer,
        standardise=("x",),
    ),
    DataSource(
        "diabetes",
        "Diabetes",
        "442 patients with ten measurements and how far the disease had gone a year later: a number to predict.",
        "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani: Least Angle Regression (2004); scikit-learn.",
        "real",
        lambda given: {
            "x": _vector("patient", DIABETES),
            "y": Field("y", (1,), "float32", "number", "disease progression"),
        },
        _diabetes,
        (
            Param(
                "values",
                "Values",
                "choice",
                "scaled",
                "As measured, or scaled so that every column has mean 0 and sum of squares 1.",
                choices=("scaled", "measured"),
            ),
        ),
        standardise=("x",),
    ),
    DataSource(
        "linnerud",
        "Linnerud's fitness club",
        "20 middle-aged men: how many chin-ups, sit-ups and jumps they do, and three measurements of their bodies: "
        "three numbers to predict at once.",
        "A. C. Linnerud, NC State University, in M. Tenenhaus: La régression PLS (1998); as bundled with scikit-learn.",
        "real",
        lambda given: {
            "x": _vector("exercises", EXERCISES),
            "y": Field("y", (3,), "float32", "vector", "body", BODY),
        },
        _linnerud,
        standardise=("x", "y"),
    ),
    DataSource(
        "houses",
        "Four houses",
        "The lecture's four houses: size in square feet, bedrooms and age, and the price in 1,000 dollars. All of them "
        "train; there is nothing to hold out.",
        "A. Ng: Machine Learning (Stanford CS229), the example of linear regression with several features.",
        "real",
        lambda given: {
            "x": _vector("house", ("size (square feet)", "bedrooms", "age (years)")),
            "y": Field("y", (1,), "float32", "number", "price (1,000 $)"),
        },
        _houses,
        standardise=("x",),
    ),
)
