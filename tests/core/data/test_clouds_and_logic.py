"""Clouds, truth tables, typed numbers and the further curves have the properties for which they are there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.data.generators.clouds import BOWL, COLOURS, ring_centres
from core.data.generators.curves import SPECIES
from core.data.registry import Arrays, sources
from core.model.fault import ProjectError
from core.model.settings import Data, Split


def load(name: str, **params: Any) -> Arrays:
    return sources[name].load(params)


@pytest.mark.parametrize("angle", [-130.0, 0.0, 30.0, 90.0])
def test_the_cloud_lies_along_its_angle(angle: float) -> None:
    x = load("cloud", angle=angle, length=4.0, noise=0.5, samples=20_000)["x"].astype(np.float64)
    assert np.abs(x.mean(0)).max() < 1e-6, "Hebb's rule takes no mean away"
    sizes, axes = np.linalg.eigh(x.T @ x / len(x))
    direction = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    assert abs(axes[:, 1] @ direction) > 0.9999
    assert np.sqrt(sizes) == pytest.approx([0.5, 4.0], rel=0.03)


@pytest.mark.parametrize("modes", [2, 8, 25])
def test_the_ring_has_its_clouds_on_a_circle(modes: int) -> None:
    arrays = load("ring", modes=modes, radius=3.0, noise=0.1, samples=10_000)
    counts = np.bincount(arrays["y"], minlength=modes)
    assert counts.max() - counts.min() <= 1
    centres = np.stack([arrays["x"][arrays["y"] == mode].mean(0) for mode in range(modes)])
    assert np.allclose(np.linalg.norm(centres, axis=1), 3, atol=0.03)
    assert np.allclose(centres, ring_centres(modes, 3.0), atol=0.03)
    assert abs((arrays["x"] - ring_centres(modes, 3.0)[arrays["y"]]).std() - 0.1) < 0.003
    assert arrays["y"][:50].std() > 0, "the order is mixed"


def test_colours_fill_the_cube_or_its_corners() -> None:
    even = load("colours", samples=20_000)
    assert np.abs(even["x"].mean(0) - 0.5).max() < 0.02
    assert np.abs(even["x"].var(0) - 1 / 12).max() < 0.002
    pure = load("colours", colours="pure", noise=0.05, samples=800)
    corners = np.array(list(COLOURS.values()))
    assert np.bincount(pure["y"]).tolist() == [100] * 8
    assert np.abs(pure["x"] - corners[pure["y"]]).max() < 0.3
    assert pure["x"].min() >= 0
    assert pure["x"].max() <= 1
    exact = load("colours", colours="pure", noise=0.0)
    assert (exact["x"] == corners[exact["y"]]).all()


@pytest.mark.parametrize("condition", [1.0, 100.0, 10_000.0])
def test_the_bowl_is_exactly_as_steep_as_its_condition(condition: float) -> None:
    arrays = load("bowl", condition=condition)
    x, y = arrays["x"].astype(np.float64), arrays["y"][:, 0].astype(np.float64)
    hessian = x.T @ x / len(x)
    assert hessian[0, 0] == pytest.approx(1, rel=1e-5)
    assert hessian[0, 0] / hessian[1, 1] == pytest.approx(condition, rel=1e-4)
    assert abs(hessian[0, 1]) < 1e-6
    assert np.linalg.lstsq(x, y, rcond=None)[0] == pytest.approx(BOWL, rel=1e-3)


@pytest.mark.parametrize(
    ("gate", "rule"),
    [
        ("AND", lambda a, b: a and b),
        ("OR", lambda a, b: a or b),
        ("NOT", lambda a, b: not a),
        ("NAND", lambda a, b: not (a and b)),
        ("NOR", lambda a, b: not (a or b)),
        ("XOR", lambda a, b: a != b),
        ("XNOR", lambda a, b: a == b),
    ],
)
def test_truth_tables_are_python_own(gate: str, rule) -> None:
    arrays = load("logic", gate=gate)
    assert sorted(map(tuple, arrays["x"].tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    expected = [int(rule(bool(a), bool(b))) for a, b in arrays["x"]]
    assert arrays["y"].tolist() == expected
    assert load("logic")[f"y_{gate.lower()}"].tolist() == expected
    assert (arrays["a"][:, 0] == arrays["x"][:, 0]).all()


def test_typed_numbers_are_the_samples_in_order() -> None:
    kernel = (1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0)
    arrays = load("typed", x=", ".join(map(str, kernel)), x_shape=(1, 5, 5), y_is="none")
    assert list(arrays) == ["x"]
    assert arrays["x"].shape == (1, 1, 5, 5)
    assert arrays["x"].ravel().tolist() == list(kernel)
    params = {"x": "1 2; 3.0 4", "x_shape": 2, "y": "1, 0", "y_is": "classes"}
    arrays, fields = load("typed", **params), sources["typed"].fields(params)
    assert arrays["x"].tolist() == [[1, 2], [3, 4]]
    assert arrays["y"].tolist() == [1, 0]
    assert fields["x"].labels == ("x1", "x2")
    assert fields["y"].labels == ("0", "1")
    assert sources["typed"].fields({"x": "1 −2 3e0 4", "x_shape": (2, 2)})["x"].meaning == "series"


@pytest.mark.parametrize(
    ("params", "place", "words"),
    [
        ({"x": "1, 2, 3, 4"}, "x", "no whole number of samples of 3"),
        ({"y": "1, 2"}, "y", "x has 1 sample, y has 2"),
        ({"y": "0.5", "y_is": "classes"}, "y", "0.5 is no class"),
        ({"y": "-1", "y_is": "classes"}, "y", "-1 is no class"),
        ({"x": "1 " * 6_000}, "x", "more than are typed in"),
        ({"x": "1, two, 3"}, "x", "“two” is not a number"),
        ({"x": "1, nan, 3"}, "x", "nan is not a number"),
        ({"x": "1, 1e10, 3"}, "x", "1e10 is not a number from"),
        ({"x": " , "}, "x", "No numbers are typed in for x"),
    ],
)
def test_typed_numbers_that_do_not_come_out_even_are_refused(params: dict, place: str, words: str) -> None:
    with pytest.raises(ProjectError, match=words) as refused:
        sources["typed"].fields(params)
    assert refused.value.place == f"data.params.{place}"
    assert refused.value.fix


def test_the_step_jumps_where_it_is_asked_to() -> None:
    arrays = load("step", at=0.7)
    assert ((arrays["x"] >= 0.7) == (arrays["y"] == 1)).all()
    assert set(np.unique(arrays["y"])) == {0, 1}
    assert abs(load("step", noise=0.3, samples=20_000)["y"][:, 0].var() - 0.09 - 0.25) < 0.01


def test_a_polynomial_of_ten_points_is_overfitted_by_high_degrees() -> None:
    best, exploded = [], []
    for seed in range(40):
        dataset = open_dataset(Data("polynomial", {"seed": seed}, Split(0.0, 0.5)))
        train, test = ([dataset.column(part, name)[:, 0] for name in "xy"] for part in ("train", "test"))
        assert len(train[0]) == len(test[0]) == 10
        fits = [np.polynomial.Polynomial.fit(*train, degree) for degree in range(1, 8)]
        on_train, on_test = (np.array([np.mean((fit(x) - y) ** 2) for fit in fits]) for x, y in (train, test))
        assert (np.diff(on_train) <= 1e-9).all(), "the training error falls with the degree"
        best.append(1 + on_test.argmin())
        exploded.append(on_test[6] / on_test.min())
    assert np.isin(best, (2, 3)).mean() > 0.6
    assert np.median(exploded) > 10


def test_held_out_points_are_shared_as_the_split_says() -> None:
    def sizes(validation: float, test: float) -> list[int]:
        parts = open_dataset(Data("polynomial", {"held_out": 9}, Split(validation, test))).parts
        assert parts["train"].tolist() == list(range(10))
        return [len(parts["validation"]), len(parts["test"])]

    assert sizes(0.1, 0.2) == [3, 6]
    assert sizes(0.5, 0.0) == [9, 0]
    assert sizes(0.0, 0.1) == [0, 9]
    assert sizes(0.0, 0.0) == [0, 0]


def test_the_polynomial_is_the_one_of_its_coefficients() -> None:
    arrays = load("polynomial", coefficients=(2.0, 0.0, -1.0, 3.0), noise=0.0)
    x, y = arrays["x"].astype(np.float64), arrays["y"]
    assert np.allclose(y, 2 - x**2 + 3 * x**3, atol=1e-5)


def test_outliers_turn_the_line_of_squares_but_not_that_of_absolute_errors() -> None:
    arrays = load("outliers", noise=0.1, share=0.1)
    x, y, wrong = arrays["x"][:, 0].astype(np.float64), arrays["y"][:, 0].astype(np.float64), arrays["outlier"]
    assert wrong.sum() == 20
    assert x[wrong == 1].min() > x[wrong == 0].max()
    squares = np.polyfit(x, y, 1)[0]
    clean = np.polyfit(x[wrong == 0], y[wrong == 0], 1)[0]
    weights = np.ones(len(x))
    for _ in range(200):  # iteratively reweighted squares come to the least absolute errors
        line = np.polyfit(x, y, 1, w=np.sqrt(weights))
        weights = 1 / np.maximum(np.abs(np.polyval(line, x) - y), 1e-6)
    assert abs(clean - 1.5) < 0.05
    assert abs(line[0] - 1.5) < 0.2 < 1 < abs(squares - 1.5)


def test_each_species_has_its_own_line() -> None:
    arrays = load("species", noise=0.0, samples=401)
    x, y, species = arrays["x"][:, 0].astype(np.float64), arrays["y"][:, 0], arrays["species"]
    assert np.bincount(species).tolist() == [101, 100, 100, 100]
    for index, (slope, intercept) in enumerate(SPECIES.values()):
        assert np.allclose(y[species == index], slope * x[species == index] + intercept, atol=1e-5)
    residual = y - np.polyval(np.polyfit(x, y, 1), x)
    assert residual.std() > 1, "a single line fits none of them"
