"""What is typed as the values of a sweep, what it suggests, and the lines and axes that follow from its results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.model.spec import Param
from core.training.metrics import told_once
from core.training.sweeps.fit import power_law
from core.training.sweeps.plan import Axis, Point, Sweep
from core.training.sweeps.table import Row, Table
from gui.sweeps.found import Found, lines_of, wants_log
from gui.sweeps.values import range_around, read_values, suggested

RATE = Param("lr", "Learning rate", "float", 0.1, "", above=0.0)
WIDTH = Param("out_features", "Width", "int", 4, "", low=1)
KERNEL = Param("kernel_size", "Kernel", "ints", 3, "", low=1)
BIAS = Param("bias", "Bias", "bool", True, "")
KIND = Param("optimizer", "Optimizer", "choice", "sgd", "", choices=("sgd", "adam"))


@pytest.mark.parametrize(
    ("param", "text", "values"),
    [
        (RATE, "0.1, 0.01,1e-3", (0.1, 0.01, 0.001)),
        (RATE, " 0.5 , ", (0.5,)),
        (WIDTH, "2, 4, 4", (2, 4)),
        (WIDTH, "1,024; 2,048", (1024, 2048)),
        (KERNEL, "3, 5 × 3", (3, (5, 3))),
        (BIAS, "yes, NO", (True, False)),
        (KIND, "sgd, adam", ("sgd", "adam")),
    ],
)
def test_a_list_of_values_is_read(param: Param, text: str, values: tuple[Any, ...]) -> None:
    assert read_values(param, text) == (values, "")


@pytest.mark.parametrize(
    ("param", "text", "word"),
    [
        (RATE, "", "List values of Learning rate"),
        (RATE, "0.1, fast", "fast"),
        (RATE, "-1", "more than 0"),
        (WIDTH, "2.5", "whole number"),
        (BIAS, "maybe", "yes or no"),
        (KIND, "adamm", "one of sgd, adam"),
    ],
)
def test_what_cannot_be_a_value_is_told(param: Param, text: str, word: str) -> None:
    values, wrong = read_values(param, text)
    assert values == ()
    assert word in wrong


@pytest.mark.parametrize(
    ("param", "value", "text"),
    [
        (RATE, 0.1, "0.01, 0.1, 1"),
        (WIDTH, 4, "2, 4, 8"),
        (WIDTH, 1, "1, 2"),
        (BIAS, True, "no, yes"),
        (KIND, "sgd", "sgd, adam"),
        (Param("p", "p", "float", 0.5, "", low=0.0, high=1.0), 0.5, "0.25, 0.5, 0.75"),
        (Param("l1", "L1", "float", 0.0, "", low=0.0), 0.0, "0, 0.1, 0.2"),
    ],
)
def test_suggested_values_surround_the_present_one_and_are_accepted(param: Param, value: Any, text: str) -> None:
    assert suggested(param, value) == text
    assert read_values(param, text)[1] == ""
    assert not any(param.complaint(end) for end in read_values(param, text)[0])


def test_a_suggested_range_keeps_the_bounds() -> None:
    assert range_around(RATE, 0.1) == (0.01, 1.0)
    assert range_around(Param("p", "p", "float", 0.5, "", low=0.0, high=1.0), 0.5) == (0.05, 1.0)
    assert range_around(WIDTH, 8) == (2, 32)


@pytest.mark.parametrize(
    ("x", "log"),
    [
        ([0.001, 0.01, 0.1], True),
        ([2, 4, 8, 16], True),
        ([1, 2, 3, 4, 5], False),
        ([10, 12, 14], False),
        ([0.0, 0.1, 1.0], False),
        ([1, 100], True),
        ([1, 5], False),
        ([], False),
    ],
)
def test_an_axis_is_logarithmic_where_its_values_are_spaced_so(x: list[float], log: bool) -> None:
    assert wants_log(x) is log


def found(rows: list[Row], axes: tuple[Axis, ...], titles: tuple[str, ...]) -> Found:
    table = Table(titles, ("test loss",), tuple(rows))
    return Found(Path(), Sweep(axes, (0, 1)), table, 2 * len(rows), 2 * len(rows), {}, titles)


def row(index: int, values: tuple[Any, ...], losses: tuple[float, ...], size: int | None = None) -> Row:
    done = tuple(Point(index, values, seed) for seed in range(len(losses)))
    return Row(values, {"test loss": losses} if losses else {}, done, size)


def test_the_metrics_of_objectives_are_told_once() -> None:
    names = ("test loss", "test loss (a)", "test accuracy (a)", "test accuracy", "test accuracy (b)")
    assert told_once(names) == ["test loss", "test loss (a)", "test accuracy (a)", "test accuracy (b)"]
    older = ("test loss", "test accuracy", "test accuracy (loss_2)")
    assert told_once(older) == list(older)


GRID = (Axis(("a",), (2, 1)), Axis(("b",), (0.1, 0.2)))


def test_there_is_a_line_for_each_value_of_the_second_parameter_in_the_order_of_x() -> None:
    rows = [
        row(0, (2, 0.1), (1.0, 3.0), 20),
        row(1, (2, 0.2), (5.0,), 20),
        row(2, (1, 0.1), (7.0, 7.0), 10),
        row(3, (1, 0.2), (), 10),
    ]
    first, second = lines_of(found(rows, GRID, ("A", "B")), "test loss").lines
    assert (first.name, second.name) == ("B 0.1", "B 0.2")
    assert first.x.tolist() == [1.0, 2.0]
    assert first.y.tolist() == [7.0, 2.0]
    assert first.sd == pytest.approx([0.0, np.sqrt(2.0)])
    assert second.x.tolist() == [2.0]
    assert second.sd.tolist() == [0.0]
    by_size = lines_of(found(rows, GRID, ("A", "B")), "test loss", by_size=True).lines[0]
    assert by_size.x.tolist() == [10.0, 20.0]


def test_words_stand_in_their_order_and_draws_are_not_joined() -> None:
    rows = [row(i, (word,), (float(i + 1),)) for i, word in enumerate(("sgd", "adam"))]
    drawn = lines_of(found(rows, (Axis(("k",), ("sgd", "adam")),), ("Optimizer",)), "test loss")
    assert drawn.words == ("sgd", "adam")
    assert drawn.lines[0].x.tolist() == [0.0, 1.0]
    both = [row(i, (0.5 - i / 10, i / 7), (1.0,)) for i in range(4)]
    axes = tuple(Axis((name,), low=0, high=1, random=True) for name in "ab")
    scattered = lines_of(found(both, axes, ("A", "B")), "test loss")
    assert not scattered.joined
    (line,) = scattered.lines
    assert len(line.x) == 4


def test_a_power_law_is_found_again() -> None:
    x = [10.0, 100.0, 1000.0]
    law = power_law(x, [3.0 * each**-0.5 for each in x])
    assert law is not None
    assert (law.factor, law.exponent, law.r2) == pytest.approx((3.0, -0.5, 1.0))
    assert law.at(4.0) == pytest.approx(1.5)
    # By hand: log10 y = 0, 0, 1 over log10 x = 0, 1, 2 has the slope 1/2 and the intercept −1/6.
    bent = power_law([1, 10, 100], [1, 1, 10])
    assert bent is not None
    assert bent.exponent == pytest.approx(0.5)
    assert bent.factor == pytest.approx(10 ** (-1 / 6))
    assert bent.r2 == pytest.approx(0.75)


@pytest.mark.parametrize(("x", "y"), [([], []), ([1], [1]), ([2, 2], [1, 3]), ([0, 1], [1, 1]), ([1, 2], [-1, 1])])
def test_without_two_places_there_is_no_law(x: list[float], y: list[float]) -> None:
    assert power_law(x, y) is None
