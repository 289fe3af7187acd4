"""Numbers that are typed in: an example from a lecture, to be computed by hand and by the network."""

from __future__ import annotations

import math
import re

import numpy as np

from core.data.registry import Arrays, DataSource, Given, add
from core.model.condition import Only
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field, Meaning

MOST = 4_096
MOST_CLASSES = 1_000
LARGEST = 1e9
MEANINGS: dict[int, Meaning] = {1: "vector", 2: "series", 3: "image"}
TARGETS = ("numbers", "classes", "none")


def _numbers(given: Given, name: str) -> list[float]:
    """The numbers of a text, between which stand spaces, commas or semicolons; raises ProjectError."""
    place = f"data.params.{name}"
    words = [word for word in re.split(r"[\s,;]+", given.word(name).replace("−", "-")) if word]
    if not words:
        raise ProjectError(f"No numbers are typed in for {name}.", place=place, fix="Type some, such as 0.5, -1, 2.")
    if len(words) > MOST:
        raise ProjectError(
            f"{len(words):,} numbers are more than are typed in; {MOST:,} is the limit.",
            place=place,
            fix="Save them in a file, and choose that as the data.",
        )
    numbers = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError as error:
            raise ProjectError(
                f"“{word[:40]}” is not a number.", place=place, fix="Write numbers with a point, such as 0.5, -1, 2e-3."
            ) from error
        if not abs(numbers[-1]) <= LARGEST:
            raise ProjectError(f"{word[:40]} is not a number from −10⁹ to 10⁹.", place=place, fix="Type a smaller one.")
    return numbers


def _samples(given: Given, name: str) -> int:
    """How many samples the numbers of a field are; raises ProjectError where they do not come out even."""
    numbers, shape = _numbers(given, name), given.sizes(f"{name}_shape")
    each = math.prod(shape)
    shown = "×".join(map(str, shape))
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
    y = len(_numbers(given, "y")) if given.word("y_is") == "classes" else _samples(given, "y")
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
    numbers = _numbers(given, "y")
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
        name: np.array(_numbers(given, name), field.dtype).reshape(-1, *field.shape)
        for name, field in _fields(given).items()
    }


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
            Param("x", "x", "text", "0.5, -1, 2", "All numbers of x in order, with commas or spaces between them."),
            Param("x_shape", "Shape of x", "ints", 3, "The shape of one sample.", 1, 1024, lengths=(1, 2, 3)),
            Param("y", "y", "text", "1", "All numbers of y in order, or a class for each sample.",
                  only=(Only("y_is", TARGETS[:2]),)),
            Param("y_is", "y is", "choice", "numbers", "What y holds, if there is one.", choices=TARGETS),
            Param("y_shape", "Shape of y", "ints", 1, "The shape of one answer.", 1, 1024, lengths=(1, 2, 3),
                  only=(Only("y_is", TARGETS[:1]),)),
        ),
    )
)  # fmt: skip
