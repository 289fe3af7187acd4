"""Fields in another code, or twice: one-hot, binarise, two views."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.data.registry import Given
from core.data.transforms.spec import Array, State, TransformSpec, add, needs_floats
from core.model.condition import Only
from core.model.spec import Param
from core.model.tensor import Field, Meaning


def _refuse_one_hot(field: Field, given: Given) -> str:
    return "" if field.classes else "has no classes or tokens to count"


def _one_hot_field(field: Field, given: Given) -> tuple[Field, ...]:
    meaning: Meaning = "vector" if field.shape == () else "series"
    return (replace(field, shape=(*field.shape, field.classes), dtype="float32", meaning=meaning),)


def _one_hot(values: Array, field: Field, given: Given, state: State, chance: np.random.Generator) -> tuple[Array, ...]:
    classes, smooth = field.classes, given.real("smoothing")
    hot = (values[..., None] == np.arange(classes)).astype(np.float32)
    if smooth:
        # A target that is to be ignored (-100) stays a row of zeros.
        hot = np.where((values >= 0)[..., None], hot * (1 - smooth) + smooth / classes, hot)
    return (hot.astype(np.float32),)


def _refuse_binarise(field: Field, given: Given) -> str:
    return needs_floats(field)


def _binarise(
    values: Array, field: Field, given: Given, state: State, chance: np.random.Generator
) -> tuple[Array, ...]:
    if given.word("how") == "sampled":
        return ((chance.random(values.shape, np.float32) < values).astype(np.float32),)
    return ((values > given.real("threshold")).astype(np.float32),)


def _refuse_views(field: Field, given: Given) -> str:
    return ""


def _two_fields(field: Field, given: Given) -> tuple[Field, ...]:
    return field, *(replace(field, name=f"{field.name}_{number}") for number in (1, 2))


def _two_views(
    values: Array, field: Field, given: Given, state: State, chance: np.random.Generator
) -> tuple[Array, ...]:
    return values, values, values


add(
    TransformSpec(
        "one_hot",
        "One-hot",
        "Writes a class as a vector that is 1 at its place and 0 elsewhere. With smoothing, some of the 1 is shared by "
        "all classes.",
        "Smoothing: Szegedy et al.: Rethinking the Inception architecture for computer vision, CVPR (2016), section 7.",
        "code",
        "always",
        (Param("smoothing", "Smoothing", "float", 0.0, "The share that goes to all classes.", 0, 0.9),),
        refuse=_refuse_one_hot,
        gives=_one_hot_field,
        apply=_one_hot,
    ),
    TransformSpec(
        "binarise",
        "Binarise",
        "Makes every value 0 or 1: by a threshold, or by chance, drawn once, with the value as the chance of 1.",
        "Salakhutdinov, Murray: On the quantitative analysis of deep belief networks, ICML (2008).",
        "code",
        "always",
        (
            Param("how", "How", "choice", "threshold", "By what a value is judged.", choices=("threshold", "sampled")),
            Param(
                "threshold",
                "Threshold",
                "float",
                0.5,
                "What is greater becomes 1.",
                only=(Only("how", ("threshold",)),),
            ),
        ),
        refuse=_refuse_binarise,
        apply=_binarise,
        draws=True,
    ),
    TransformSpec(
        "two_views",
        "Two views",
        "Gives a field twice more, as “name_1” and “name_2”, for transforms that then change each in its own way.",
        "Chen, Kornblith, Norouzi, Hinton: A simple framework for contrastive learning, ICML (2020).",
        "code",
        "always",
        refuse=_refuse_views,
        gives=_two_fields,
        apply=_two_views,
    ),
)
