"""What the tests of operations share: a node of a kind in a network of its own, called in double precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from core.compiler.build import build
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.networks import single

Wires = torch.Tensor | Sequence[torch.Tensor]


def reals(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> torch.Tensor:
    """Even random numbers in double precision that ask for a gradient."""
    random = torch.Generator().manual_seed(seed)
    drawn = torch.rand(shape, generator=random, dtype=torch.float64) * (high - low) + low
    return drawn.requires_grad_()


def type_of(tensor: torch.Tensor) -> TensorType:
    """The type of a batch; in double precision, that of a network of float32 which became so."""
    dtype = "float32" if tensor.is_floating_point() else str(tensor.dtype).removeprefix("torch.")
    return TensorType(("N", *tensor.shape[1:]), dtype)


def called(
    kind: str, params: Mapping[str, Value], *, train: bool = False, seed: int = 0, **ports: Wires
) -> dict[str, torch.Tensor]:
    """The outputs by port of a built node; a variadic port takes several tensors."""
    wires = {port: (each,) if isinstance(each, torch.Tensor) else tuple(each) for port, each in ports.items()}
    types = {port: tuple(map(type_of, tensors)) for port, tensors in wires.items()}
    network = build(*single(kind, (params, types)), seed=1)
    network.root.to(torch.float64)
    network.train(train)
    names = [port.name for port in registry[kind].outputs_for(params)]
    program = network.program([(f"{kind}_1", name) for name in names])
    tensors = {f"in_{port}_{slot}": tensor for port, each in wires.items() for slot, tensor in enumerate(each)}
    torch.manual_seed(seed)
    return dict(zip(names, program(**tensors), strict=True))
