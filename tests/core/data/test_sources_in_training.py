"""Sources with targets of every kind go through the engine: networks made of nodes learn from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.model.project import Project
from core.model.settings import Data, Split
from core.training.trainer import Trainer
from tests.core.networks import add, wire
from tests.core.training_data import plan


class Sheet:
    """A project that is written down line by line."""

    def __init__(self, source: str, split: Split | None = None, **params: Any) -> None:
        self.project = Project(source)
        self.project.data = Data(source, params, split or Split())

    def field(self, name: str, form: str = "as stored") -> str:
        return add(self.project, "input", field=name, form=form)

    def node(self, kind: str, *inputs: str, **params: Any) -> str:
        """A node behind others; `node.port` is one of several outputs, and inputs go to its ports in order."""
        name = add(self.project, kind, **params)
        ports = self.project.inputs_of(self.project.graph.nodes[name])
        for place, source in enumerate(inputs):
            port = ports[min(place, len(ports) - 1)]
            begin = source if "." in source else f"{source}.{self._first(source)}"
            wire(self.project, f"{begin} -> {name}.{port.name}" + (f"[{place}]" if port.variadic else ""))
        return name

    def _first(self, node: str) -> str:
        return self.project.outputs_of(self.project.graph.nodes[node])[0].name

    def through(self, begin: str, *layers: tuple[str, dict[str, Any]]) -> str:
        for kind, params in layers:
            begin = self.node(kind, begin, **params)
        return begin

    def untrained(self) -> float:
        """The loss of the training part before the first step."""
        return Trainer(self.project, open_dataset(self.project.data)).evaluate("train")["loss"]

    def train(self, output: str, **settings: Any) -> Trainer:
        self.node("output", output)
        trainer = Trainer(plan(self.project, **settings), open_dataset(self.project.data))
        for _ in trainer:
            pass
        assert trainer.failure is None
        return trainer


def conv(channels: int, stride: int = 1) -> list[tuple[str, dict[str, Any]]]:
    return [("conv2d", {"out_channels": channels, "kernel_size": 3, "padding": 1, "stride": stride}), ("relu", {})]


def test_the_karate_club_is_told_from_its_two_leaders() -> None:
    sheet = Sheet("karate-club")
    x, adjacency, y = sheet.field("x"), sheet.field("adjacency"), sheet.field("y")
    hidden = sheet.through(sheet.node("gcn_conv", x, adjacency, out_features=16), ("tanh", {}))
    scores = sheet.node("gcn_conv", hidden, adjacency, out_features=2)
    sheet.node("cross_entropy", scores, y)
    trainer = sheet.train(scores, lr=0.01, weight_decay=5e-4, epochs=200, batch_size=1)
    assert trainer.evaluate("validation")["accuracy"] >= 0.95
    assert trainer.evaluate("train")["accuracy"] == 1


def test_pixels_of_a_digit_are_classes_and_a_mask() -> None:
    sheet = Sheet("digit-on-clutter", samples=200, canvas=24, size=12)
    body = sheet.through(sheet.field("x"), *conv(8), *conv(8))
    scores = sheet.through(body, ("conv2d", {"out_channels": 2, "kernel_size": 1}))
    mask = sheet.through(body, ("conv2d", {"out_channels": 1, "kernel_size": 1}), ("sigmoid", {}))
    sheet.node("cross_entropy", scores, sheet.field("y"))
    sheet.node("iou", mask, sheet.field("mask"))
    trainer = sheet.train(scores, lr=0.01, epochs=6, batch_size=20)
    after = trainer.evaluate("validation")
    assert all(np.isfinite(value) for value in after.values())
    assert after["loss"] < 1.0


def test_digits_on_a_canvas_have_cells_classes_and_boxes() -> None:
    sheet = Sheet("digits-on-canvas", samples=200)
    body = sheet.through(sheet.field("x"), *conv(8, 2), *conv(16, 2), *conv(16, 2))  # (N, 16, 6, 6)
    scores = sheet.through(body, ("conv2d", {"out_channels": 10, "kernel_size": 1}))
    found = sheet.through(body, ("conv2d", {"out_channels": 1, "kernel_size": 1}), ("permute", {"dims": (2, 3, 1)}))
    boxes = sheet.through(body, ("conv2d", {"out_channels": 4, "kernel_size": 1}), ("permute", {"dims": (2, 3, 1)}))
    there = sheet.field("object")
    sheet.node("cross_entropy", scores, sheet.field("y"))
    sheet.node("bce_with_logits", found, there)
    sheet.node("box_iou", sheet.node("multiply", boxes, there), sheet.field("offsets"))
    trainer = sheet.train(scores, lr=0.01, epochs=6, batch_size=20)
    assert all(np.isfinite(value) for value in trainer.evaluate("validation").values())


def test_dates_are_written_by_a_decoder_that_is_fed_the_right_letters() -> None:
    sheet = Sheet("dates", samples=400)
    x, start, y = sheet.field("x"), sheet.field("start"), sheet.field("y")
    fields = open_dataset(sheet.project.data).fields
    read = sheet.node("embedding", x, num_embeddings=fields["x"].classes, embedding_dim=16)
    fed = sheet.node("embedding", start, num_embeddings=fields["y"].classes, embedding_dim=16)
    encoder = sheet.node("gru", read, hidden_size=32)
    decoder = sheet.node("gru", fed, f"{encoder}.hidden", hidden_size=32)
    scores = sheet.through(decoder, ("linear", {"out_features": fields["y"].classes}))
    sheet.node("cross_entropy", scores, y)
    trainer = sheet.train(scores, lr=0.01, epochs=5, batch_size=20)
    assert trainer.evaluate("validation")["accuracy"] > 0.35, "well above one letter in ten"


def test_a_question_about_two_digits_is_answered_from_words() -> None:
    sheet = Sheet("digit-questions", samples=300)
    fields = open_dataset(sheet.project.data).fields
    words = sheet.node("embedding", sheet.field("question"), num_embeddings=fields["question"].classes, embedding_dim=8)
    seen = sheet.through(sheet.field("x"), ("flatten", {}), ("linear", {"out_features": 32}), ("relu", {}))
    both = sheet.node("concat", seen, sheet.through(words, ("flatten", {})))
    scores = sheet.through(both, ("linear", {"out_features": len(fields["y"].labels)}))
    sheet.node("cross_entropy", scores, sheet.field("y"))
    trainer = sheet.train(scores, lr=0.01, epochs=10, batch_size=30)
    assert trainer.evaluate("train")["accuracy"] > 0.3


@pytest.mark.parametrize(
    ("source", "inputs", "target", "params"),
    [
        ("waves", "x", "y", {"samples": 200}),
        ("adding", "x", "y", {"samples": 200, "length": 12}),
        ("co2", "x", "y", {"values": "changes"}),
        ("polynomial", "x", "y", {}),
        ("typed", "x", "y", {}),
        ("linnerud", "x", "y", {}),
        ("bowl", "x", "y", {}),
        ("shifted-digits", "shifted", "shift", {}),
    ],
)
def test_numbers_are_predicted(source: str, inputs: str, target: str, params: dict[str, Any]) -> None:
    sheet = Sheet(source, **params)
    size = open_dataset(sheet.project.data).fields[target].shape[0]
    begin = sheet.field(inputs)
    answer = sheet.through(begin, ("flatten", {}), ("linear", {"out_features": size}))
    sheet.node("mse", answer, sheet.field(target))
    before = sheet.untrained()
    trainer = sheet.train(answer, lr=0.01, epochs=10, batch_size=50)
    assert trainer.evaluate("train")["loss"] < before


@pytest.mark.parametrize(
    ("source", "target", "params"),
    [
        ("logic", "y_or", {}),
        ("parity", "steps", {"samples": 100}),
        ("labelling", "y", {"samples": 100}),
        ("sunspots", "rises", {}),
        ("fashion-mnist", "y", {}),
        ("wrong-labels", "y", {}),
        ("rare-digit", "y", {}),
        ("binary-digits", "y", {}),
        ("colours", "y", {}),
        ("copy", "y", {"samples": 100}),
    ],
)
def test_classes_are_predicted(source: str, target: str, params: dict[str, Any]) -> None:
    sheet = Sheet(source, **params)
    fields = open_dataset(sheet.project.data).fields
    token = fields["x"].meaning == "token"
    begin = sheet.field("x", "one-hot" if token else "as stored")
    flat = begin if fields[target].shape else sheet.through(begin, ("flatten", {}))
    scores = sheet.through(flat, ("linear", {"out_features": fields[target].classes}))
    sheet.node("cross_entropy", scores, sheet.field(target))
    before = sheet.untrained()
    trainer = sheet.train(scores, lr=0.01, epochs=2, batch_size=50)
    assert trainer.evaluate("train")["loss"] < before
