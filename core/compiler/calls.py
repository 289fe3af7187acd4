"""How a node is called: the same rules for a trial with tensors, for the graph that runs and for the printed source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from core.model.spec import Inputs, LayerSpec
from core.model.values import Params, Value

T = TypeVar("T")


def keyword_arguments(spec: LayerSpec, params: Params, inputs: Inputs) -> dict[str, Value]:
    """What the target is built (or, a function, called) with: params without settings, updated with `derive`'s."""
    kwargs = {name: value for name, value in spec.complete(params).items() if name not in spec.settings}
    if spec.derive:
        kwargs.update(spec.derive(inputs, spec.complete(params)))
    return kwargs


def input_arguments(
    spec: LayerSpec, values: Mapping[str, Sequence[T]]
) -> tuple[tuple[T | list[T], ...], dict[str, T | list[T]]]:
    """Positional and keyword arguments for the wired ports; a variadic port is a list.

    Behind an optional port without a wire, ports go by keyword.
    """
    positional: list[T | list[T]] = []
    named: dict[str, T | list[T]] = {}
    gap = False
    for port in spec.inputs:
        wires = values.get(port.name)
        if not wires:
            gap = True
            continue
        value = list(wires) if port.variadic else wires[0]
        if gap:
            named[port.name] = value
        else:
            positional.append(value)
    return tuple(positional), named
