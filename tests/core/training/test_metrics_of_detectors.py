"""Mean average precision of a detector that answers place by place, alone and in a run."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

from core.model.project import Project
from core.model.settings import Data
from core.training.judge import offered
from core.training.metrics.detection import Boxes, coco_map, voc_map
from core.training.metrics.grid import Detections, grid_map
from core.training.metrics.spec import Question
from core.training.trainer import Trainer
from tests.core.networks import add, wire
from tests.core.training_data import plan


def test_places_as_images_of_their_own_give_the_same() -> None:
    """Against the general average precision, where each place is an image with one detection and one box or none."""
    random = np.random.default_rng(0)
    count = 60
    low = random.random((count, 2))
    true = np.concatenate([low, low + 0.5 + random.random((count, 2))], 1)
    found = true + 0.25 * random.standard_normal((count, 4)) * (random.random((count, 1)) < 0.7)
    there, said, kinds = random.random(count) < 0.6, random.integers(0, 3, count), random.integers(0, 3, count)
    said = np.where(random.random(count) < 0.7, kinds, said)
    scores = random.random(count)
    images = [Boxes(found[i : i + 1], said[i : i + 1], scores[i : i + 1]) for i in range(count)]
    truths = [Boxes(true[i : i + 1][there[i : i + 1]], kinds[i : i + 1][there[i : i + 1]]) for i in range(count)]
    detections = Detections(Question("boxes"), Question("two", (0.5, 0.5)), Question("classes"))
    logits = torch.log(torch.full((count, 3), 1e-9)).scatter(1, torch.as_tensor(said)[:, None], 0.0)
    tensors = (found, true, scores, there.astype("float32"))
    for part in (slice(0, 25), slice(25, None)):
        values = [torch.as_tensor(each[part]) for each in tensors]
        detections.add(*values, logits[part], torch.as_tensor(kinds)[part])
    values = detections.values()
    assert values["map"] == pytest.approx(voc_map(images, truths))
    assert values["map_coco"] == pytest.approx(coco_map(images, truths))
    assert detections.values() == {}


def test_a_confident_false_alarm_halves_the_precision() -> None:
    yes, no = np.array([True, False]), np.zeros(2, int)
    assert grid_map(np.ones(2), np.array([0.9, 0.1]), yes, no, no, 0.5) == 1.0
    assert grid_map(np.ones(2), np.array([0.1, 0.9]), yes, no, no, 0.5) == 0.5


def detector() -> Project:
    """A convolution to the grid, and three heads of one value, four and ten at each of 6×6 places."""
    project = Project("Detector")
    for node, params in (("x", {}), ("object", {}), ("boxes", {}), ("y", {})):
        add(project, "input", name=node, field=node, **params)
    body = add(project, "conv2d", out_channels=8, kernel_size=8, stride=8)
    wire(project, f"x -> {body}")
    heads = {}
    for name, size in (("objects", 1), ("corners", 4), ("kinds", 10)):
        heads[name] = add(project, "conv2d", name=name, out_channels=size, kernel_size=1)
        wire(project, f"{body} -> {name}")
    for name in ("objects", "corners"):
        add(project, "permute", name=f"{name}_last", dims=(2, 3, 1))
        wire(project, f"{name} -> {name}_last")
    for loss, kind, head, target in (
        ("found", "bce_with_logits", "objects_last", "object"),
        ("placed", "box_iou", "corners_last", "boxes"),
        ("named", "cross_entropy", "kinds", "y"),
    ):
        add(project, kind, name=loss)
        wire(project, f"{head} -> {loss}")
        wire(project, f"{target}.output -> {loss}.target")
    project.data = Data("digits-on-canvas", {"samples": 60})
    return plan(project, epochs=1)


def test_a_run_of_a_detector_tells_its_precision() -> None:
    project = detector()
    trainer = Trainer(project)
    assert offered(project, trainer.dataset.fields)["map"]
    epoch = next(step.ended for step in trainer if step.ended)
    assert 0 <= epoch.validation["map"] <= 1
    assert 0 <= epoch.validation["map_coco"] <= epoch.validation["map"]
    assert any(name.startswith("box_iou") for name in epoch.validation)
    assert "map" not in epoch.train
    project.training = msgspec.structs.replace(project.training, metrics=("map",))
    epoch = next(step.ended for step in Trainer(project) if step.ended)
    losses = {"loss", "loss (found)", "loss (placed)", "loss (named)"}
    assert set(epoch.validation) == {*losses, "map"}
