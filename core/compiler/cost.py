"""What one sample costs: multiply-accumulates (MACs) of matrix products and convolutions; biases are not counted.

Conv2d(1→6, 5×5, padding 2) on 28×28 costs 6·28·28·(1·5·5) = 117,600. Element-wise work, normalisation and pooling
count as 0, as is usual. A MAC is one multiplication and one addition: two floating-point operations.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

PRODUCTS: tuple[Callable[..., Any], ...] = (torch.matmul, torch.mm, torch.bmm, operator.matmul)


class Counter:
    """MACs of one batch, added up while it runs."""

    def __init__(self) -> None:
        self.macs = 0


def _convolution(module: Any, _inputs: tuple[Any, ...], result: Any) -> int:
    per_output = math.prod(module.kernel_size) * module.in_channels // module.groups
    return int(result.numel() * per_output)


def _transposed_convolution(module: Any, inputs: tuple[Any, ...], _result: Any) -> int:
    per_input = math.prod(module.kernel_size) * module.out_channels // module.groups
    return int(inputs[0].numel() * per_input)


def _linear(module: Any, inputs: tuple[Any, ...], _result: Any) -> int:
    return int(inputs[0].numel() * module.out_features)


def _bilinear(module: Any, _inputs: tuple[Any, ...], result: Any) -> int:
    return int(result.numel() * module.in1_features * module.in2_features)


def _recurrent(module: Any, inputs: tuple[Any, ...], _result: Any) -> int:
    # (N, T, F) or (T, N, F): every sample and time step goes through each layer's input and hidden matrices.
    steps = inputs[0].shape[0] * inputs[0].shape[1]
    matrices = sum(p.numel() for name, p in module.named_parameters() if name.startswith("weight"))
    return int(steps * matrices)


def _attention(module: nn.MultiheadAttention, inputs: tuple[Any, ...], _result: Any) -> int:
    # Four projections, then scores and weighted sum: queries × keys × embedding each.
    query, key, value = inputs[:3]
    axis = 1 if module.batch_first else 0
    batch, queries, keys = query.shape[1 - axis], query.shape[axis], key.shape[axis]
    width = module.embed_dim
    projections = queries * width * (query.shape[-1] + width) + keys * width * (key.shape[-1] + value.shape[-1])
    return int(batch * (projections + 2 * queries * keys * width))


HANDLERS: dict[type[nn.Module], Callable[[Any, tuple[Any, ...], Any], int]] = {
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.Conv3d: _convolution,
    nn.ConvTranspose1d: _transposed_convolution,
    nn.ConvTranspose2d: _transposed_convolution,
    nn.ConvTranspose3d: _transposed_convolution,
    nn.Linear: _linear,
    nn.Bilinear: _bilinear,
    nn.RNN: _recurrent,
    nn.LSTM: _recurrent,
    nn.GRU: _recurrent,
    nn.MultiheadAttention: _attention,
}


@contextmanager
def counting(module: nn.Module) -> Iterator[Counter]:
    """Counts the MACs of every known layer inside `module` that is called meanwhile."""
    counter, hooks = Counter(), []
    for part in module.modules():
        handler = HANDLERS.get(type(part))
        if handler:
            hooks.append(part.register_forward_hook(_hook(handler, counter), with_kwargs=True))
    try:
        yield counter
    finally:
        for hook in hooks:
            hook.remove()


def _hook(handler: Callable[[Any, tuple[Any, ...], Any], int], counter: Counter) -> Callable[..., None]:
    def count(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        inputs = args or tuple(kwargs.values())
        counter.macs += handler(module, inputs, result)

    return count


def of_function(function: Callable[..., Any], inputs: tuple[Any, ...], result: Any) -> int:
    """MACs of a function that multiplies two matrices (n×k · k×m costs n·k·m each); 0 for any other."""
    return int(result.numel() * inputs[0].shape[-1]) if function in PRODUCTS else 0
