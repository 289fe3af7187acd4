"""Handwritten digits whose labels are the difficulty: a rare class, wrong labels."""

from __future__ import annotations

import numpy as np

from core.data.bundled.digits import SIZE, digit, digit_images, image
from core.data.generators.common import SEED, chance
from core.data.generators.variants import MADE
from core.data.registry import Arrays, DataSource, Given, add
from core.data.split import Indices, Parts, split_samples
from core.model.effect import only_with
from core.model.settings import Split
from core.model.spec import Param
from core.model.tensor import Field


def _x(given: Given) -> Field:
    return image("x", "image", 1, given.whole("size"), given.whole("size"))


def _digits(given: Given) -> Arrays:
    images, labels = digit_images(given.whole("size"))
    return {"x": images[:, None].copy(), "y": labels.copy()}


def _thinned(train: Indices, labels: Indices, rare: tuple[int, ...], keep: float) -> Indices:
    """The training samples, of the rare labels only the first share (at least one each), in their order."""
    left_out = []
    for label in rare:
        members = train[labels[train] == label]
        left_out.append(members[max(1, round(keep * len(members))) :])
    return train[~np.isin(train, np.concatenate(left_out))]


def _rare_parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    """Only training is thinned: recall is measured on as many rare ones as there are of others."""
    parts = split_samples(len(arrays["y"]), split, arrays["y"])
    rare = tuple(dict.fromkeys(given.sizes("rare")))
    return {**parts, "train": _thinned(parts["train"], arrays["y"], rare, 1 / given.real("ratio"))}


def _wrong_fields(given: Given) -> dict[str, Field]:
    return {
        "x": _x(given),
        "y": digit(title="label"),
        "truth": digit("truth", "true digit"),
        "wrong": Field("wrong", (), "int64", "class", "whether the label is wrong", ("right", "wrong")),
    }


def _wrong(given: Given) -> Arrays:
    arrays, draw = _digits(given), chance(given)
    truth = arrays["y"]
    count = round(given.real("share") * len(truth))
    chosen = draw.permutation(len(truth))[:count]
    wrong = np.zeros(len(truth), np.int64)
    wrong[chosen] = 1
    y = truth.copy()
    y[chosen] = (truth[chosen] + draw.integers(1, 10, count)) % 10  # any of the other nine
    return {"x": arrays["x"], "y": y, "truth": truth, "wrong": wrong}


def _wrong_parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    """Stratified by the truth and by whether the label is wrong, so that every part has its share of wrong ones."""
    return split_samples(len(arrays["y"]), split, arrays["truth"] + 10 * arrays["wrong"])


add(
    DataSource(
        "rare-digit",
        "A rare digit",
        "Handwritten digits, some of which are rare in training, and only there: validation and test hold as many of "
        "them as of the others, so that their recall can be measured.",
        MADE,
        "made",
        lambda given: {"x": _x(given), "y": digit()},
        _digits,
        (
            SIZE,
            Param("rare", "Rare", "ints", 8, "Which digits are rare.", 0, 9, lengths=tuple(range(1, 10))),
            Param("ratio", "Ratio", "float", 20.0, "How much rarer they are in training.", 1, 1_000),
        ),
        parts=_rare_parts,
    ),
    DataSource(
        "wrong-labels",
        "Wrong labels",
        "Handwritten digits, a share of which bears the label of another digit, in all parts alike. truth is the true "
        "digit, and wrong tells which labels are wrong.",
        MADE,
        "made",
        _wrong_fields,
        _wrong,
        (
            SIZE,
            Param("share", "Wrong", "float", 0.05, "The share of wrong labels.", 0, 1),
            only_with(SEED, "share"),
        ),
        parts=_wrong_parts,
    ),
)  # fmt: skip
