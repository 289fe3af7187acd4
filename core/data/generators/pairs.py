"""Several handwritten digits together: questions about two of them, and triplets of which two are alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.data.bundled.digits import SIZE, digit, image
from core.data.generators.common import SEED, chance, check_amount, samples
from core.data.generators.pools import POOLS, Pools, parts
from core.data.generators.variants import MADE
from core.data.registry import Arrays, DataSource, Given, add
from core.model.tensor import Field

Whole = npt.NDArray[np.int64]

YES, NO = 20, 19
ANSWERS = (*(str(number) for number in range(19)), "no", "yes")
QUESTIONS: dict[str, Callable[[Whole, Whole], Whole]] = {
    "what is on the left": lambda left, right: left,
    "what is on the right": lambda left, right: right,
    "what is the sum": lambda left, right: left + right,
    "what is the larger one": np.maximum,
    "are both the same": lambda left, right: np.where(left == right, YES, NO),
    "is the left one larger": lambda left, right: np.where(left > right, YES, NO),
}
"""What is asked, and the answer: 0 to 18 are numbers."""
LENGTH = max(len(question.split()) for question in QUESTIONS)
VOCABULARY = ("·", *sorted({word for question in QUESTIONS for word in question.split()}))
"""Words of the questions; token 0 is padding."""


def _asked() -> Whole:
    """The questions as tokens (questions, LENGTH)."""
    rows = [[VOCABULARY.index(word) for word in question.split()] for question in QUESTIONS]
    return np.array([row + [0] * (LENGTH - len(row)) for row in rows], np.int64)


def _vqa_fields(given: Given) -> dict[str, Field]:
    size = given.whole("size")
    check_amount(given, size, 2 * size)
    return {
        "x": image("x", "two digits", 1, size, 2 * size),
        "question": Field("question", (LENGTH,), "int64", "token", "question", VOCABULARY),
        "kind": Field("kind", (), "int64", "class", "which question", tuple(QUESTIONS)),
        "y": Field("y", (), "int64", "class", "answer", ANSWERS),
        "left": digit("left", "left digit"),
        "right": digit("right", "right digit"),
    }


def _vqa(given: Given) -> Arrays:
    _vqa_fields(given)
    draw, count = chance(given), given.whole("samples")
    pools = Pools(given.whole("size"), draw)
    kind = draw.integers(0, len(QUESTIONS), count)
    first = pools.any(count)
    left = pools.labels[first]
    # As many pairs of the same digit as of different ones where that is the question, or “no” would nearly always do.
    same = (kind == list(QUESTIONS).index("are both the same")) & (draw.random(count) < 0.5)
    second = pools.of(np.where(same, left, draw.integers(0, 10, count)))
    right = pools.labels[second]
    y = np.empty(count, np.int64)
    for number, answer in enumerate(QUESTIONS.values()):
        y[kind == number] = answer(left[kind == number], right[kind == number])
    return {
        "x": np.concatenate([pools.images[first], pools.images[second]], 2)[:, None],  # (samples, 1, size, 2 size)
        "question": _asked()[kind],
        "kind": kind,
        "y": y,
        "left": left,
        "right": right,
    }


def _triplet_fields(given: Given) -> dict[str, Field]:
    size = given.whole("size")
    check_amount(given, size, size)
    return {
        **{name: image(name, name, 1, size, size) for name in ("anchor", "positive", "negative", "other")},
        "same": Field("same", (), "int64", "class", "whether anchor and other are alike", ("different", "alike")),
        "y": digit(title="digit of the anchor"),
    }


def _triplets(given: Given) -> Arrays:
    _triplet_fields(given)
    draw, count = chance(given), given.whole("samples")
    pools = Pools(given.whole("size"), draw)
    anchor = pools.any(count)
    label = pools.labels[anchor]
    another = (label + draw.integers(1, 10, count)) % 10
    positive, negative = pools.of(label), pools.of(another)
    for _ in range(100):  # an anchor is no partner of its own
        twins = positive == anchor
        if not twins.any():
            break
        positive = np.where(twins, pools.of(label), positive)
    same = draw.integers(0, 2, count)
    other = np.where(same == 1, positive, negative)
    chosen = {"anchor": anchor, "positive": positive, "negative": negative, "other": other}
    return {**{name: pools.images[each][:, None] for name, each in chosen.items()}, "same": same, "y": label}


add(
    DataSource(
        "digit-questions",
        "Questions about two digits",
        "Two handwritten digits side by side, a question about them in words, and its answer: a number from 0 to 18, "
        "yes or no. No digit's image is in two parts.",
        MADE,
        "made",
        _vqa_fields,
        _vqa,
        (SIZE, samples(4_000, low=POOLS), SEED),
        parts=parts,
    ),
    DataSource(
        "digit-triplets",
        "Triplets of digits",
        "Three images of handwritten digits: an anchor, another image of the same digit (positive), and one of a "
        "different digit (negative). For losses of pairs, other is one of both and same tells which. No image is in "
        "two parts.",
        MADE,
        "made",
        _triplet_fields,
        _triplets,
        (SIZE, samples(3_000, low=POOLS), SEED),
        parts=parts,
    ),
)
