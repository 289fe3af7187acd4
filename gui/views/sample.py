"""What a snapshot says of one sample: the sample itself, its true label, and the network's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.model.graph import Graph, Node
from core.model.spec import Expected, registry
from core.model.tensor import Field
from core.training.records import FloatArray, Snapshot


@dataclass(frozen=True)
class Answer:
    """The network's answer. `scores` are shares (classes,) or plain outputs; `true` is an index, −1 where unknown."""

    scores: FloatArray
    labels: tuple[str, ...]
    true: int
    shares: bool
    truth: FloatArray | None = None

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
        return _answer(expected_by(loss.kind), scores, truth, field)
    return None


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
