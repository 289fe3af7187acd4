"""The claims of metric and self-supervised learning, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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


def probed(trainer: Trainer, node: str) -> float:
    """How often a linear classifier on the features that a node gives is right on test images."""
    labels, truth = (trainer.dataset.column(part, "y") for part in ("train", "test"))
    features, asked = (at(trainer, node, part=part).numpy() for part in ("train", "test"))
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000)).fit(features, labels)
    return float(probe.score(asked, truth))


def spread(trainer: Trainer, node: str) -> float:
    """The deviation of each number of the features of length 1, times √F: 1 on a whole sphere, 0 in one point."""
    features = at(trainer, node, part="test")
    units = features / features.norm(dim=1, keepdim=True)
    return float(units.std(0).mean()) * units.shape[1] ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("id", "compared_at"), [("simclr", "linear_1"), ("byol", "projector_1")])
def test_a_linear_probe_beats_that_of_the_untrained_encoder(id: str, compared_at: str) -> None:
    trainer = trained(presets.load(id))
    told = trainer.test()
    assert told["accuracy"] >= told["accuracy (probe of the untrained)"] + 0.03
    assert probed(trainer, "encoder_3") >= probed(trainer, "encoder_4") + 0.03
    assert spread(trainer, compared_at) >= 0.5  # no collapse
