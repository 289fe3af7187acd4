"""Fields brought to a common scale, fitted on the training part alone: standardise, normalise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.data.registry import Given
from core.data.transforms.spec import Array, Chunks, State, TransformSpec, add, needs_floats
from core.model.condition import Only
from core.model.spec import Param
from core.model.tensor import Field

Floats = npt.NDArray[np.float32]
RANGES = {"0 to 1": (0.0, 1.0), "-1 to 1": (-1.0, 1.0)}
_GIVEN = (Only("range", ("given",)),)


def axes_of(field: Field) -> tuple[int, ...]:
    """The axes over which one number is taken: all but a vector's columns, an image's channels, a series' features."""
    if field.meaning == "image" and len(field.shape) == 3:
        return (0, 2, 3)
    if field.meaning == "series":
        return tuple(range(len(field.shape)))
    return (0,)


def mean_and_std(chunks: Chunks, axes: tuple[int, ...]) -> State:
    """Mean and deviation over the axes, each shaped to fit one sample; the deviation is 1 where all is constant."""
    count, total = 0, 0.0
    for chunk in chunks():
        total = total + chunk.sum(axis=axes, dtype=np.float64, keepdims=True)
        count += int(np.prod([chunk.shape[axis] for axis in axes]))
    mean = np.asarray(total / max(count, 1), np.float64)
    squares = 0.0
    for chunk in chunks():
        squares = squares + np.square(chunk - mean).sum(axis=axes, dtype=np.float64, keepdims=True)
    std = np.sqrt(np.asarray(squares) / max(count, 1))
    # What differs by no more than rounding is constant: dividing by it would only blow the rounding up.
    constant = std <= 1e-6 * np.maximum(np.abs(mean), 1e-12)
    return mean[0].astype(np.float32), np.where(constant, 1.0, std)[0].astype(np.float32)


def column_means(values: Array) -> Array:
    """The mean of what is there in each column; 0 for a column in which nothing is."""
    present = ~np.isnan(values)
    totals = np.where(present, values, 0).sum(axis=0, dtype=np.float64)
    return np.asarray(totals / np.maximum(present.sum(axis=0), 1), np.float32)


def low_and_high(chunks: Chunks, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """The least and the greatest value over the axes, each shaped to fit one sample."""
    low: Array = np.array(np.inf)
    high: Array = np.array(-np.inf)
    for chunk in chunks():
        low = np.minimum(low, chunk.min(axis=axes, keepdims=True, initial=np.inf)[0])
        high = np.maximum(high, chunk.max(axis=axes, keepdims=True, initial=-np.inf)[0])
    return low.astype(np.float64), high.astype(np.float64)


def _fit_standardise(chunks: Chunks, field: Field, given: Given) -> State:
    return mean_and_std(chunks, axes_of(field))


def _fit_normalise(chunks: Chunks, field: Field, given: Given) -> State:
    goal = given.word("range")
    if goal == "given":
        rank = max(len(field.shape) - 1, 0)
        # An image has its channels in front, vectors and series their columns behind.
        form = (-1, *(1,) * rank) if field.meaning == "image" else (-1,)
        mean, std = (np.array(given.numbers(name), np.float32).reshape(form) for name in ("mean", "std"))
        return mean, std
    axes = tuple(range(len(field.shape) + 1)) if given.word("over") == "the whole field" else axes_of(field)
    low, high = low_and_high(chunks, axes)
    span = np.where(high - low <= 1e-6 * np.maximum(np.abs(high), 1e-12), 1.0, high - low)
    first, last = RANGES[goal]
    scale = span / (last - first)
    return (low - first * scale).astype(np.float32), scale.astype(np.float32)


def _refuse_standardise(field: Field, given: Given) -> str:
    return needs_floats(field)


def _refuse_normalise(field: Field, given: Given) -> str:
    if (wrong := needs_floats(field)) or given.word("range") != "given":
        return wrong
    size = 1 if not field.shape else field.shape[0 if field.meaning == "image" else -1]
    for name in ("mean", "std"):
        count = len(given.numbers(name))
        if count not in (1, size):
            return f"has {size} channels or columns, and {count} numbers are given as {name}"
    return ""


add(
    TransformSpec(
        "standardise",
        "Standardise",
        "Brings each column of a vector, channel of a picture and feature of a series to mean 0 and variance 1, as "
        "measured on the training part alone. Answers are shown in their own units again.",
        "LeCun, Bottou, Orr, Müller: Efficient BackProp (1998), section 4.3.",
        "scale",
        "always",
        refuse=_refuse_standardise,
        fit=_fit_standardise,
        affine=True,
    ),
    TransformSpec(
        "normalise",
        "Normalise",
        "Brings values from the least and the greatest of the training part to a range, or takes off a given mean and "
        "divides by a given deviation.",
        "Han, Kamber, Pei: Data Mining (2011), section 3.5.2.",
        "scale",
        "always",
        (
            Param("range", "Range", "choice", "0 to 1", "Where the values go.", choices=(*RANGES, "given")),
            Param(
                "over",
                "Measured over",
                "choice",
                "each column or channel",
                "What has a range of its own.",
                choices=("each column or channel", "the whole field"),
                only=(Only("range", tuple(RANGES)),),
            ),
            Param("mean", "Mean", "floats", 0.5, "What is taken off: one number or one a channel.", only=_GIVEN),
            Param("std", "Deviation", "floats", 0.5, "What is divided by.", above=0, only=_GIVEN),
        ),
        refuse=_refuse_normalise,
        fit=_fit_normalise,
        affine=True,
    ),
)
