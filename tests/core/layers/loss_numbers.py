"""What the tests of losses share: a built loss called in double precision, and its gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch

from core.model.values import Value
from tests.core.layers.nodes import BuiltNode

Array = npt.NDArray[np.float64]


def tensor(array: npt.ArrayLike, grad: bool = False) -> torch.Tensor:
    """Real numbers in double precision; whole ones stay whole."""
    made = torch.tensor(np.asarray(array))
    return made.double().requires_grad_(grad) if made.is_floating_point() else made


def loss_of(kind: str, params: Mapping[str, Value] | None = None, /, **inputs: npt.ArrayLike) -> float:
    """The loss of a node of this kind in a network of its own."""
    (found,) = BuiltNode(kind, params or {}, **{port: tensor(array) for port, array in inputs.items()})()
    assert found.shape == ()
    return float(found)


def softmax(scores: Array, axis: int = -1) -> Array:
    powers = np.exp(scores - scores.max(axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis, keepdims=True))


def sigmoid(scores: npt.ArrayLike) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.asarray(scores))))


def unit(rows: Array) -> Array:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))
