"""Several nets of one structure in one pass: their weights are stacked, forward and backward run once for all of them.

`torch.func.vmap` over `grad_and_value`, as in torch's tutorial on ensembles of models. Every net keeps its own tensors,
its own optimizer and its own judge; only the pass is common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, fx

from core.training.compiled.alike import tensors_of
from core.training.turn import Turn


class Passed(NamedTuple):
    """What a pass gives for one net: its loss (), all outputs of its program, and a gradient for each weight."""

    loss: Tensor
    outputs: tuple[Tensor, ...]
    gradients: dict[Tensor, Tensor]


class Stack:
    """The common pass of turns that are `alike`, for batches of one shape."""

    def __init__(self, turns: Sequence[Turn], batch: Sequence[Tensor], moving: Sequence[str] = ()) -> None:
        """Traces it; nothing moves. `moving` names the buffers of the first turn's program that a pass writes.

        Raises what torch raises where a layer cannot be mapped over stacked weights.
        """
        # Heavy, and wanted by few runs.
        from torch.fx.experimental.proxy_tensor import make_fx

        self._names = list(tensors_of(turns[0].program))
        self._bind(turns)
        self._like = [(value.shape, value.dtype) for value in batch]
        turn, count = turns[0], len(turns)
        first = self._nets[0]
        trained = {id(parameter) for parameter in turn.descent.parameters}
        moved = [place for place, tensor in enumerate(first) if id(tensor) in trained]
        self._moved = moved
        still = [place for place in range(len(first)) if place not in moved]
        own = [any(net[place] is not tensor for net in self._nets) for place, tensor in enumerate(first)]
        writes = [place for place, name in enumerate(self._names) if name in moving]

        def loss_of(weights: list[Tensor], others: list[Tensor], batch: tuple[Tensor, ...]) -> object:
            tensors = dict(zip([self._names[place] for place in (*moved, *still)], [*weights, *others], strict=True))
            written = {name: tensors[name].clone() for name in (self._names[place] for place in writes)}
            with turn.precision():
                outputs = torch.func.functional_call(turn.program, {**tensors, **written}, turn.arguments(batch))
            return turn.combined(outputs), (tuple(outputs), tuple(written.values()))

        def whole(*flat: Tensor) -> tuple[Tensor, ...]:
            nets = [flat[index * len(first) : (index + 1) * len(first)] for index in range(count)]
            together = [
                torch.stack([net[place] for net in nets]) if own[place] else nets[0][place]
                for place in range(len(first))
            ]  # (K, …), or (…) where all nets use one and the same
            find = torch.func.vmap(
                torch.func.grad_and_value(loss_of, has_aux=True),
                in_dims=([0] * len(moved), [0 if own[place] else None for place in still], None),
            )
            weights, others = [together[place] for place in moved], [together[place] for place in still]
            gradients, (losses, (outputs, written)) = find(weights, others, flat[count * len(first) :])
            for place, values in zip(writes, written, strict=True):
                for net, value in zip(nets, values.unbind(0), strict=True):
                    net[place].copy_(value)
            # An optimizer may walk through a weight and its gradient side by side, so they lie alike.
            laid = [gradient.contiguous() for gradient in gradients]
            return tuple(part for value in (losses, *outputs, *laid) for part in value.unbind(0))

        with torch.no_grad():
            copies = [tensor.clone() for net in self._nets for tensor in net]
            self._graph: fx.GraphModule = make_fx(whole)(*copies, *batch)

    def _bind(self, turns: Sequence[Turn]) -> None:
        self._nets = [list(tensors_of(turn.program).values()) for turn in turns]
        self._flat = [tensor for net in self._nets for tensor in net]

    def bound(self, turns: Sequence[Turn]) -> Stack:
        """The same pass over the tensors of other turns of this structure."""
        twin = object.__new__(Stack)
        twin.__dict__.update(self.__dict__)
        twin._bind(turns)
        return twin

    def fits(self, batch: Sequence[Tensor]) -> bool:
        """Whether a batch has the shapes that the pass was traced for."""
        return all(
            value.shape == shape and value.dtype == dtype
            for value, (shape, dtype) in zip(batch, self._like, strict=True)
        )

    @torch.no_grad()
    def __call__(self, batch: Sequence[Tensor]) -> list[Passed]:
        """One pass of all nets with their present weights; moves nothing but statistics of batches."""
        found = self._graph(*self._flat, *batch)
        count = len(self._nets)
        rows = [found[index::count] for index in range(count)]
        outputs = len(rows[0]) - len(self._moved)
        return [
            Passed(row[0], row[1:outputs], {net[place]: g for place, g in zip(self._moved, row[outputs:], strict=True)})
            for net, row in zip(self._nets, rows, strict=True)
        ]
