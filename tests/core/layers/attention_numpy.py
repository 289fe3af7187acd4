"""What the tests of attention share: numbers in double precision, and attention written out in NumPy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

Array = npt.NDArray[np.float64]


def tensor(array: npt.ArrayLike, grad: bool = False) -> torch.Tensor:
    return torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=grad)


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def linear(x: Array, module: nn.Linear) -> Array:
    found = x @ module.weight.detach().numpy().T
    return found if module.bias is None else found + module.bias.detach().numpy()


def heads_attention(q: Array, k: Array, v: Array, heads: int, seen: Array) -> tuple[Array, Array]:
    """Output (N, T, F) and weights (N, heads, T, S), one sample, head and query after the other."""
    width = q.shape[-1] // heads
    output, maps = np.zeros_like(q), np.zeros((q.shape[0], heads, q.shape[1], k.shape[1]))
    for sample in range(q.shape[0]):
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            for step in range(q.shape[1]):
                places = np.flatnonzero(seen[sample, step])
                if len(places) == 0:
                    continue
                scores = k[sample, places, part] @ q[sample, step, part] / math.sqrt(width)
                maps[sample, head, step, places] = softmax(scores)
                output[sample, step, part] = maps[sample, head, step] @ v[sample, :, part]
    return output, maps


def seen(samples: int, queries: int, keys: int, causal: bool, padding: Array | None = None) -> Array:
    """1 where a query looks at a key, (N, T, S)."""
    found = np.ones((samples, queries, keys))
    if causal:
        found = np.tril(found)
    return found if padding is None else found * (1 - padding[:, None])
