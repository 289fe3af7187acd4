"""Numbers that are typed in: an example from a lecture, to be computed by hand and by the network."""

from __future__ import annotations

import math

import numpy as np

from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field, Meaning

MOST = 4_096
MOST_CLASSES = 1_000
MEANINGS: dict[int, Meaning] = {1: "vector", 2: "series", 3: "image"}
TARGETS = ("numbers", "classes", "none")


def _samples(given: Given, name: str) -> int:
    """How many samples the numbers of a field are; raises ProjectError where they do not come out even."""
    numbers, shape = given.numbers(name), given.sizes(f"{name}_shape")
    each = math.prod(shape)
    shown = "×".join(map(str, shape))
    if len(numbers) > MOST:
        raise ProjectError(
            f"{len(numbers):,} numbers are more than are typed in; {MOST:,} is the limit.",
            place=f"data.params.{name}",
            fix="Save them in a file, and choose that as the data.",
        )
    if len(numbers) % each:
        raise ProjectError(
            f"{len(numbers):,} numbers are no whole number of samples of {shown}, which have {each:,} each.",
            place=f"data.params.{name}",
            fix=f"Give {each:,} numbers for each sample, or another shape.",
        )
    return len(numbers) // each


def _check(given: Given) -> None:
    x = _samples(given, "x")
    if given.word("y_is") == "none":
        return
    y = len(given.numbers("y")) if given.word("y_is") == "classes" else _samples(given, "y")
    if x != y:
        raise ProjectError(
            f"x has {x:,} sample{'s' * (x != 1)}, y has {y:,}.",
            place="data.params.y",
            fix="Give as many answers as there are samples.",
        )


def _field(name: str, shape: tuple[int, ...]) -> Field:
    if shape == (1,):
        return Field(name, shape, "float32", "number", name)
    labels = tuple(f"{name}{step}" for step in range(1, shape[0] + 1)) if len(shape) == 1 else ()
    return Field(name, shape, "float32", MEANINGS[len(shape)], name, labels)


def _classes(given: Given) -> tuple[str, ...]:
    numbers = given.numbers("y")
    for number in numbers:
        if number != int(number) or not 0 <= number < MOST_CLASSES:
            raise ProjectError(
                f"{number:g} is no class: they are numbered 0, 1, 2 … up to {MOST_CLASSES - 1:,}.",
                place="data.params.y",
                fix="Number the classes from 0, or let y be numbers.",
            )
    return tuple(str(each) for each in range(max(2, int(max(numbers)) + 1)))


def _fields(given: Given) -> dict[str, Field]:
    _check(given)
    fields = {"x": _field("x", given.sizes("x_shape"))}
    if given.word("y_is") == "classes":
        fields["y"] = Field("y", (), "int64", "class", "class", _classes(given))
    elif given.word("y_is") == "numbers":
        fields["y"] = _field("y", given.sizes("y_shape"))
    return fields


def _read(given: Given) -> Arrays:
    return {
        name: np.array(given.numbers(name), field.dtype).reshape(-1, *field.shape)
        for name, field in _fields(given).items()
    }


LIMIT = 1e9

add(
    DataSource(
        "typed",
        "Typed numbers",
        "A few samples that are typed in, sample after sample: the example of a lecture, to be computed by hand too. x "
        "has the shape of a vector (3), of a series (steps × features), or of an image (channels × height × width).",
        "Your numbers.",
        "own",
        _fields,
        _read,
        (
            Param("x", "x", "floats", (0.5, -1.0, 2.0), "All numbers of x in order.", -LIMIT, LIMIT),
            Param("x_shape", "Shape of x", "ints", 3, "The shape of one sample.", 1, 1024, lengths=(1, 2, 3)),
            Param("y", "y", "floats", 1.0, "All numbers of y in order, or a class for each sample.", -LIMIT, LIMIT),
            Param("y_is", "y is", "choice", "numbers", "What y holds, if there is one.", choices=TARGETS),
            Param("y_shape", "Shape of y", "ints", 1, "The shape of y where it holds numbers.", 1, 1024,
                  lengths=(1, 2, 3)),
        ),
    )
)  # fmt: skip
