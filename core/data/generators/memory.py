"""Sequences that cannot be answered without remembering: adding, copying, parity, and labels that hang on the "
"future."""

from __future__ import annotations

import numpy as np

from core.data.generators.common import SEED, chance, check_amount, samples
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

IGNORED = -100
"""The target of a step that the loss leaves out; torch's own `ignore_index`."""
BLANK, GO = "·", "?"
PUBLISHED, HALVES = "1997", "two halves"
BITS = ("0", "1")


def _adding_fields(given: Given) -> dict[str, Field]:
    length = given.whole("length")
    check_amount(given, length, 2)
    if given.word("variant") == PUBLISHED and length < 10:
        raise ProjectError(
            f"The task of 1997 marks one of the first ten steps; {length} are too few.",
            place="data.params.length",
            fix=f"Choose 10 steps or more, or the variant {HALVES}.",
        )
    return {
        "x": Field("x", (length, 2), "float32", "series", "value and mark"),
        "y": Field("y", (1,), "float32", "number", "sum of the marked values"),
    }


def _adding(given: Given) -> Arrays:
    _adding_fields(given)
    draw, count, length = chance(given), given.whole("samples"), given.whole("length")
    rows, published = np.arange(count), given.word("variant") == PUBLISHED
    values = draw.uniform(-1.0 if published else 0.0, 1.0, (count, length))
    marks = np.zeros((count, length))
    if published:
        first = draw.integers(0, 10, count)
        # One of the first T/2 − 1 that is not yet marked: those from `first` on move up by one place.
        second = draw.integers(0, max(length // 2 - 1, 2) - (first < max(length // 2 - 1, 2)), count)
        second += second >= first
        marks[:, 0] = marks[:, -1] = -1
        marks[rows, first] = marks[rows, second] = 1
        values[marks[:, 0] == 1, 0] = 0  # as published: a first step that is marked counts nothing
        y = 0.5 + (values[rows, first] + values[rows, second]) / 4
    else:
        half = length // 2
        first, second = draw.integers(0, half, count), draw.integers(half, length, count)
        marks[rows, first] = marks[rows, second] = 1
        y = values[rows, first] + values[rows, second]
    return {"x": np.stack([values, marks], 2).astype(np.float32), "y": y.astype(np.float32)[:, None]}


def _copy_labels(given: Given) -> tuple[str, ...]:
    return (BLANK, GO, *(chr(ord("a") + symbol) for symbol in range(given.whole("symbols"))))


def _copy_fields(given: Given) -> dict[str, Field]:
    length = 2 * given.whole("length") + given.whole("lag")
    check_amount(given, length)
    labels = _copy_labels(given)
    return {
        "x": Field("x", (length,), "int64", "token", "letters, blanks, a question mark, blanks", labels),
        "y": Field("y", (length,), "int64", "token", "the letters at the end", labels),
    }


def _copy(given: Given) -> Arrays:
    _copy_fields(given)
    count, length, lag = given.whole("samples"), given.whole("length"), given.whole("lag")
    letters = chance(given).integers(2, 2 + given.whole("symbols"), (count, length))
    x = np.zeros((count, 2 * length + lag), np.int64)
    x[:, :length] = letters
    x[:, length + lag - 1] = 1
    y = np.full_like(x, 0 if given.flag("blanks") else IGNORED)
    y[:, length + lag :] = letters
    return {"x": x, "y": y}


def _parity_fields(given: Given) -> dict[str, Field]:
    length = given.whole("length")
    check_amount(given, length)
    return {
        "x": Field("x", (length, 1), "float32", "series", "bits"),
        "y": Field("y", (), "int64", "class", "parity of all", ("even", "odd")),
        "steps": Field("steps", (length,), "int64", "class", "parity so far", ("even", "odd")),
        "bits": Field("bits", (length,), "int64", "token", "bits as tokens", BITS),
    }


def _parity(given: Given) -> Arrays:
    _parity_fields(given)
    bits = chance(given).integers(0, 2, (given.whole("samples"), given.whole("length")))
    steps = bits.cumsum(1) % 2
    return {"x": bits[:, :, None].astype(np.float32), "y": steps[:, -1].copy(), "steps": steps, "bits": bits}


def _labelling_fields(given: Given) -> dict[str, Field]:
    length = given.whole("length")
    check_amount(given, length)
    return {
        "x": Field("x", (length, 1), "float32", "series", "bits"),
        "y": Field("y", (length,), "int64", "class", "what the neighbours are", ("alike", "different")),
        "bits": Field("bits", (length,), "int64", "token", "bits as tokens", BITS),
    }


def _labelling(given: Given) -> Arrays:
    _labelling_fields(given)
    reach, length = given.whole("reach"), given.whole("length")
    bits = chance(given).integers(0, 2, (given.whole("samples"), length))
    around = np.pad(bits, ((0, 0), (reach, reach)))  # what is beyond the ends counts as 0
    y = around[:, :length] ^ around[:, 2 * reach :]
    return {"x": bits[:, :, None].astype(np.float32), "y": y, "bits": bits}


def _length(default: int, doc: str, low: int = 2) -> Param:
    return Param("length", "Length", "int", default, doc, low, 2_000, unit="steps")


add(
    DataSource(
        "adding",
        "Adding problem",
        "Random values, two of which are marked; at the end their sum is asked, however long ago they were. The task "
        "of 1997 has values from −1 to 1, one mark in the first ten steps and one before the middle, −1 as the mark of "
        "both ends, and the target 0.5 + (a + b) / 4. The other has values from 0 to 1, a mark in each half, and the "
        "target a + b.",
        "S. Hochreiter, J. Schmidhuber: Long short-term memory (1997), experiment 4; Q. Le, N. Jaitly, G. Hinton: A "
        "simple way to initialize recurrent networks of rectified linear units (2015), §4.1; generated here.",
        "sequence",
        _adding_fields,
        _adding,
        (
            _length(50, "Steps of a sequence: the longer, the longer must be remembered."),
            Param("variant", "Variant", "choice", HALVES, "Which of the two tasks.", choices=(HALVES, PUBLISHED)),
            samples(2_000),
            SEED,
        ),
    ),
    DataSource(
        "copy",
        "Copy task",
        "Some letters, a long pause, a question mark: then the letters are asked in order, while only blanks arrive. "
        "The steps before are left out of the loss (−100), or are to be answered with blanks, as published.",
        "S. Hochreiter, J. Schmidhuber: Long short-term memory (1997); M. Arjovsky, A. Shah, Y. Bengio: Unitary "
        "evolution recurrent neural networks (2016), §4.1; generated here.",
        "sequence",
        _copy_fields,
        _copy,
        (
            Param("length", "Letters", "int", 5, "How many letters are to be remembered.", 1, 100, unit="letters"),
            Param("symbols", "Alphabet", "int", 8, "How many different letters there are.", 2, 26, unit="letters"),
            Param("lag", "Lag", "int", 10, "Steps from the last letter to the question mark.", 1, 1_000, unit="steps"),
            Param("blanks", "Ask for blanks", "bool", False, "Whether the steps before the end count too."),
            samples(2_000),
            SEED,
        ),
    ),
    DataSource(
        "parity",
        "Parity",
        "Random bits; whether an odd number of them is 1, of all (y) and so far at every step (steps).",
        "M. Minsky, S. Papert: Perceptrons (1969); as a sequence after Hochreiter & Schmidhuber (1997); generated "
        "here.",
        "sequence",
        _parity_fields,
        _parity,
        (_length(8, "Bits of a sequence.", 1), samples(1_000), SEED),
    ),
    DataSource(
        "labelling",
        "Labels from both sides",
        "Random bits; every step is labelled by whether the bit some steps before and the bit as many steps after it "
        "differ. Who has only read the past can but guess; beyond the ends stand zeros.",
        "For M. Schuster, K. Paliwal: Bidirectional recurrent neural networks (1997); generated here.",
        "sequence",
        _labelling_fields,
        _labelling,
        (
            _length(16, "Bits of a sequence."),
            Param("reach", "Reach", "int", 2, "How far away both bits are.", 1, 100, unit="steps"),
            samples(1_000),
            SEED,
        ),
    ),
)  # fmt: skip
