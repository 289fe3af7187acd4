"""The claims of metric and self-supervised learning, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.neighbors import KNeighborsClassifier

import presets
from core.model.ops import SetData
from core.training.trainer import Trainer
from tests.presets.claims import at, trained

Array = npt.NDArray[np.float32]


def by_neighbour(known: Array, labels: Array, asked: Array, truth: Array) -> float:
    """The share of images that get their class from the nearest of those that are known."""
    nearest = KNeighborsClassifier(1).fit(known.reshape(len(known), -1), labels)
    return float(nearest.score(asked.reshape(len(asked), -1), truth))


def compared(trainer: Trainer, few: int = 0) -> tuple[float, float]:
    """How often the nearest neighbour is right: in pixels, and on the map. With `few` known images of each digit."""
    labels, truth = (trainer.dataset.column(part, "y") for part in ("train", "test"))
    pixels, asked = (trainer.dataset.column(part, "anchor") for part in ("train", "test"))
    places, found = (at(trainer, "l2_normalise_1", part=part).numpy() for part in ("train", "test"))
    chance = np.random.default_rng(0)
    count = few or len(labels)
    known = np.concatenate([chance.permutation(np.flatnonzero(labels == digit))[:count] for digit in range(10)])
    return (
        by_neighbour(pixels[known], labels[known], asked, truth),
        by_neighbour(places[known], labels[known], found, truth),
    )


@pytest.mark.slow
def test_neighbours_on_the_map_of_triplets_are_better_than_those_in_pixels() -> None:
    trainer = trained(presets.load("triplet"))
    in_pixels, on_the_map = compared(trainer)
    assert on_the_map > in_pixels
    in_pixels, on_the_map = compared(trainer, few=5)
    assert on_the_map > in_pixels + 0.1


@pytest.mark.slow
def test_they_are_so_in_the_mean_over_divisions_of_the_data() -> None:
    pairs = []
    for seed in range(1, 4):
        project = presets.load("triplet")
        split = msgspec.structs.replace(project.data.split, seed=seed)
        SetData(msgspec.structs.replace(project.data, split=split)).apply(project)
        pairs.append(compared(trained(project)))
    in_pixels, on_the_map = np.mean(pairs, axis=0)
    assert on_the_map > in_pixels
