"""What one sample costs: multiply-accumulates (MACs) of matrix products and convolutions; biases are not counted.

Conv2d(1→6, 5×5, padding 2) on 28×28 costs 6·28·28·(1·5·5) = 117,600. Element-wise work, normalisation and pooling
count as 0, as is usual. A MAC is one multiplication and one addition: two floating-point operations (FLOPs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from torch.utils.hooks import RemovableHandle


def _trilinear(
    first: Any, _second: Any, _third: Any, _one: Any, _two: Any, _three: Any, _sum: Any, *, out_val: Any, **_rest: Any
) -> int:
    """Bilinear layers: an output is a sum over all pairs of inputs. (N, 1, I), (O, I, J), (N, 1, J) → (N, O)."""
    return 2 * int(out_val.numel()) * int(_second.shape[-1] * _second.shape[-2])


def _distances(first: Any, second: Any, *_rest: Any, out_val: Any, **_options: Any) -> int:
    """Distances of all pairs: (B, P, F) and (B, R, F) → (B, P, R), one multiplication a number."""
    return 2 * int(out_val.numel()) * int(first.shape[-1])


FORMULAS: dict[Any, Callable[..., int]] = {
    torch.ops.aten._trilinear: _trilinear,
    torch.ops.aten._cdist_forward: _distances,
}
"""Operations that torch's own register of FLOPs lacks."""


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """MACs of all operations that run meanwhile, whatever layer or function they belong to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        packet = func._overloadpacket
        if formula := FORMULAS.get(packet) or flop_registry.get(packet):
            self.macs += formula(*args, **(kwargs or {}), out_val=result) // 2
        return result


@contextmanager
def counting(module: nn.Module | None, count: bool = True) -> Iterator[Counter]:
    """Counts the MACs of what runs meanwhile, unless they are known already.

    Recurrent layers inside `module` run one step instead of all, for a trial on the meta device takes some 7 ms a step;
    what comes out is widened to all steps again. So does any module that says `every_step_alike`.
    """
    counter, hooks = Counter(), list[RemovableHandle]()
    for part in module.modules() if module else ():
        if isinstance(part, nn.RNNBase) or getattr(part, "every_step_alike", False):
            hooks += _abridge(part, counter)
    try:
        with counter if count else nullcontext():
            yield counter
    finally:
        for hook in hooks:
            hook.remove()


def _abridge(layer: Any, counter: Counter) -> list[RemovableHandle]:
    """Hooks that run the first step of (N, T, F) or (T, N, F) alone, and count T times its matrices."""
    axis = 1 if layer.batch_first else 0
    steps: list[tuple[int, int]] = []

    def shorten(_layer: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        steps.append((args[0].shape[axis], counter.macs))
        return args[0].narrow(axis, 0, 1), *args[1:]

    def widen(_layer: nn.Module, args: tuple[Any, ...], result: Any) -> Any:
        (count, before), (output, *states) = steps.pop(), result
        matrices = sum(p.numel() for name, p in layer.named_parameters() if name.startswith("weight"))
        counter.macs = before + count * args[0].shape[1 - axis] * matrices
        return output.repeat_interleave(count, axis), *states

    return [layer.register_forward_pre_hook(shorten), layer.register_forward_hook(widen)]


def stored(inputs: Mapping[str, Sequence[torch.Tensor]], outputs: Mapping[str, torch.Tensor]) -> list[str]:
    """The outputs that take memory of their own: not those that only look at an input otherwise, as flatten does."""
    known = {tensor.untyped_storage()._cdata for tensors in inputs.values() for tensor in tensors}
    found = []
    for name, tensor in outputs.items():
        storage = tensor.untyped_storage()._cdata
        if storage not in known:
            known.add(storage)
            found.append(name)
    return found
