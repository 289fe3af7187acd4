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
from torch.utils.hooks import RemovableHandle

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


def _attention(module: nn.MultiheadAttention, inputs: tuple[Any, ...], _result: Any) -> int:
    # Four projections, then scores and weighted sum: queries × keys × embedding each.
    query, key, value = inputs[:3]
    axis = 1 if module.batch_first else 0
    batch, queries, keys = query.shape[1 - axis], query.shape[axis], key.shape[axis]
    width = module.embed_dim
    projections = queries * width * (query.shape[-1] + width) + keys * width * (key.shape[-1] + value.shape[-1])
    return int(batch * (projections + 2 * queries * keys * width))


def _cell(module: nn.RNNCellBase, inputs: tuple[Any, ...], _result: Any) -> int:
    return int(inputs[0].shape[0] * (module.weight_ih.numel() + module.weight_hh.numel()))


HANDLERS: dict[type[nn.Module], Callable[[Any, tuple[Any, ...], Any], int]] = {
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.Conv3d: _convolution,
    nn.ConvTranspose1d: _transposed_convolution,
    nn.ConvTranspose2d: _transposed_convolution,
    nn.ConvTranspose3d: _transposed_convolution,
    nn.Linear: _linear,
    nn.Bilinear: _bilinear,
    nn.MultiheadAttention: _attention,
    nn.RNNCell: _cell,
    nn.GRUCell: _cell,
    nn.LSTMCell: _cell,
}


def _handler(part: nn.Module) -> Callable[[Any, tuple[Any, ...], Any], int] | None:
    """How a layer is counted, by its class or the one that it derives from (a parametrised layer has its own)."""
    return next((HANDLERS[base] for base in type(part).__mro__ if base in HANDLERS), None)


@contextmanager
def counting(module: nn.Module) -> Iterator[Counter]:
    """Counts the MACs of every known layer inside `module` that is called meanwhile.

    Recurrent layers run one step instead of all, for a trial on the meta device takes some 7 ms a step; what comes out
    is widened to all steps again.
    """
    counter, hooks = Counter(), []
    for part in module.modules():
        if isinstance(part, nn.RNNBase) or getattr(part, "every_step_alike", False):
            hooks += _abridge(part, counter)
        elif handler := _handler(part):
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


def _abridge(layer: Any, counter: Counter) -> list[RemovableHandle]:
    """Hooks that run the first step of (N, T, F) or (T, N, F) alone, and count T times its matrices."""
    axis = 1 if layer.batch_first else 0
    steps: list[int] = []

    def shorten(_layer: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        steps.append(args[0].shape[axis])
        return args[0].narrow(axis, 0, 1), *args[1:]

    def widen(_layer: nn.Module, args: tuple[Any, ...], result: Any) -> Any:
        count, (output, *states) = steps.pop(), result
        matrices = sum(p.numel() for name, p in layer.named_parameters() if name.startswith("weight"))
        counter.macs += count * args[0].shape[1 - axis] * matrices
        return output.repeat_interleave(count, axis), *states

    return [layer.register_forward_pre_hook(shorten), layer.register_forward_hook(widen)]


def of_function(function: Callable[..., Any], inputs: tuple[Any, ...], result: Any) -> int:
    """MACs of a function that multiplies two matrices (n×k · k×m costs n·k·m each); 0 for any other."""
    return int(result.numel() * inputs[0].shape[-1]) if function in PRODUCTS else 0
