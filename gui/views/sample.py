"""What a snapshot says of one sample: the sample itself, its true label, and the network's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.model.graph import Graph, Node
from core.model.spec import Expected, registry
from core.model.tensor import Field
from core.training.records import FloatArray, Snapshot

SMALLEST = 4
"""Pixels of a side from which on something is a picture."""


@dataclass(frozen=True)
class Pictures:
    """Two pictures (C, H, W) to be compared: what is `true` and what is `predicted`, their names, how far they are."""

    names: tuple[str, str]
    true: FloatArray
    predicted: FloatArray
    note: str
    span: tuple[float, float]
    """The values that are drawn black and white."""
    classes: tuple[str, ...] = ()
    """The names of the classes, where the pictures are maps of them."""


@dataclass(frozen=True)
class Answer:
    """The network's answer. `scores` are shares (classes,) or plain outputs; `true` is an index, −1 where unknown."""

    scores: FloatArray
    labels: tuple[str, ...]
    true: int
    shares: bool
    truth: FloatArray | None = None
    pictures: Pictures | None = None

    @property
    def predicted(self) -> int:
        return int(np.argmax(self.scores)) if self.scores.size else -1


def field_of(graph: Graph, node: str, fields: Mapping[str, Field]) -> Field | None:
    """The field that an input node gives."""
    found = graph.nodes.get(node)
    return fields.get(str(found.params.get("field", "x"))) if found and found.kind == "input" else None


def as_read(field: Field | None, node: Node | None) -> Field | None:
    """A field as an input node reads it: two classes that have no names but 0 and 1 are −1 and +1 as signs."""
    if field is not None and node is not None and node.params.get("form") == "sign" and field.labels == ("0", "1"):
        return replace(field, labels=("−1", "+1"))
    return field


def class_name(labels: Sequence[str], index: int) -> str:
    """A class by its label, or by its number where it has none."""
    return labels[index] if 0 <= index < len(labels) else str(index)


def softmax(scores: FloatArray) -> FloatArray:
    """Shares that sum to 1, over the last axis."""
    raised = np.exp(scores - np.max(scores, axis=-1, keepdims=True, initial=-np.inf))
    shares: FloatArray = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def sigmoid(scores: FloatArray) -> FloatArray:
    """Shares between 0 and 1, without overflow."""
    shares: FloatArray = 0.5 * (1 + np.tanh(0.5 * scores))
    return shares


def expected_by(loss: str) -> Expected:
    """What a kind of loss takes the prediction for."""
    spec = registry.get(loss)
    port = spec.input("input") if spec else None
    return port.expects if port else ""


def shares_of(scores: FloatArray, expected: Expected) -> FloatArray:
    """The probabilities that scores stand for, with classes on the last axis; scores without a meaning stay."""
    if expected == "log-probabilities":
        return np.exp(scores)
    if expected == "binary logits" or (expected == "logits" and scores.shape[-1] == 1):
        return sigmoid(scores)
    return softmax(scores) if expected == "logits" else scores


def value_of(snapshot: Snapshot, node: str, port: str) -> FloatArray | None:
    """The activation at one output port, where the snapshot has it."""
    return snapshot.activations.get(node, {}).get(port)


def answer_of(graph: Graph, fields: Mapping[str, Field], snapshot: Snapshot) -> Answer | None:
    """What the first loss compares: its prediction, as shares where it is one of classes, and its target."""
    for loss in graph.of_family("loss"):
        inputs, targets = graph.into(loss.id, "input"), graph.into(loss.id, "target")
        if not inputs or not targets:
            continue
        scores = value_of(snapshot, inputs[0].source, inputs[0].output)
        truth = value_of(snapshot, targets[0].source, targets[0].output)
        field = field_of(graph, targets[0].source, fields)
        if scores is None or not np.isfinite(scores).all():
            continue
        expected, source = expected_by(loss.kind), targets[0].source
        if truth is not None and (pictures := _pictures(expected, scores, truth, field)):
            if field is not None and field.meaning == "image" and _goes_in(graph, source):
                pictures = replace(pictures, names=("input", "reconstruction"))
            return Answer(scores.reshape(-1), (), -1, False, truth, pictures)
        return _answer(expected, scores, truth, field)
    return None


def _goes_in(graph: Graph, source: str) -> bool:
    """Whether the network reads what a loss compares its answer with."""
    losses = {node.id for node in graph.of_family("loss")}
    return any(edge.source == source and edge.target not in losses for edge in graph.edges)


def _pictures(expected: Expected, scores: FloatArray, truth: FloatArray, field: Field | None) -> Pictures | None:
    """An answer that is a picture, and the one that was wanted; None where either is none."""
    if field is not None and field.meaning == "class":
        return _maps(expected, scores, truth, field)
    planar = truth.ndim > 1 and min(truth.shape[-2:]) >= SMALLEST
    meant = field.meaning == "image" if field is not None else truth.ndim == 3 and len(truth) in (1, 3)
    if not planar or not meant or truth.ndim > 3 or truth.size != scores.size or not np.isfinite(truth).all():
        return None
    wanted = truth.reshape(-1, *truth.shape[-2:])
    made = (sigmoid(scores) if expected == "binary logits" else scores).reshape(wanted.shape)
    error = float(np.square(made - wanted).mean())
    span = float(wanted.min()), float(wanted.max())
    return Pictures(("true", "predicted"), wanted, made, f"mean squared error {error:.3g}", span)


def _maps(expected: Expected, scores: FloatArray, truth: FloatArray, field: Field) -> Pictures | None:
    """A class for every pixel: the true ones and the most probable ones; negative ones are not asked for."""
    places = truth.shape[-2:]
    if truth.ndim < 2 or truth.size != places[0] * places[1] or scores.ndim != 3 or scores.shape[1:] != places:
        return None
    wanted = truth.reshape(1, *places)
    made = scores.argmax(0)[None] if len(scores) > 1 else (shares_of(scores, "binary logits" if expected else "") > 0.5)
    asked = wanted >= 0
    right = float((made == wanted)[asked].mean()) if asked.any() else 0.0
    note = f"{100 * right:.0f} % of the pixels are right"
    names = field.labels or tuple(map(str, range(max(2, len(scores)))))
    span = (0.0, float(max(1, len(names) - 1)))
    return Pictures(("true", "predicted"), wanted, made.astype(np.float32), note, span, names)


def _answer(expected: Expected, scores: FloatArray, truth: FloatArray | None, field: Field | None) -> Answer:
    labels = field.labels if field and field.classes else ()
    first = None if truth is None or not truth.size else float(truth.reshape(-1)[0])
    if labels and scores.ndim > 1 and truth is not None and truth.ndim:
        # A sequence of answers: the last one that is asked for is shown, as the one that has seen the most.
        rows = scores if scores.shape[-1] == len(labels) else scores.T
        asked = np.flatnonzero(truth.reshape(-1) >= 0)
        at = int(asked[-1]) if asked.size else -1
        if rows.ndim == 2 and len(rows) == truth.size:
            scores, first = rows[at], float(truth.reshape(-1)[at])
    scores = scores.reshape(-1)
    if labels and scores.size == len(labels) > 1:
        one_hot = truth is not None and truth.size == len(labels)
        true = int(np.argmax(truth)) if one_hot and truth is not None else -1 if first is None else int(first)
        return Answer(shares_of(scores, expected), labels, true, expected != "", truth)
    if labels and scores.size == 1 and len(labels) == 2:
        share = shares_of(scores, expected)
        if expected or bool(((share >= 0) & (share <= 1)).all()):
            both = np.concatenate([1 - share, share])
            return Answer(both, labels, -1 if first is None else int(first > 0), True, truth)
    return Answer(scores, (), -1, False, truth)
