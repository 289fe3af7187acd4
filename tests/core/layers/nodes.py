"""One built node that is called with tensors: what a network makes of a layer kind."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from core.compiler.build import build
from core.compiler.network import Network
from core.model.spec import registry
from core.model.tensor import TensorType
from core.model.values import Value
from tests.core.networks import single


class BuiltNode:
    """A node of a kind in a network of its own, built for the tensors that it will be called with."""

    def __init__(self, kind: str, params: Mapping[str, Value], **tensors: torch.Tensor) -> None:
        self.kind, self.tensors = kind, tensors
        types = {port: (type_of(tensor),) for port, tensor in tensors.items()}
        project, fields = single(kind, (params, types))
        self.network: Network = build(project, fields, seed=1)
        floats = [tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()]
        if floats:  # what looks up whole numbers stays as it was built
            self.network.root.to(floats[0])
        self.ports = [port.name for port in registry[kind].outputs_for(params)]
        self.types = {port: self.network.inference.type_at(f"{kind}_1", port) for port in self.ports}

    @property
    def module(self) -> nn.Module:
        return self.network.root.get_submodule(f"{self.kind}_1")

    def __call__(self, **tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The outputs in the order of the ports, for the tensors given or those that it was built for."""
        program = self.network.program([(f"{self.kind}_1", port) for port in self.ports])
        return tuple(program(**{f"in_{port}_0": tensor for port, tensor in (tensors or self.tensors).items()}))


def type_of(tensor: torch.Tensor) -> TensorType:
    """The type of a batch: float64 is what a network of float32 becomes."""
    dtype = "float32" if tensor.is_floating_point() else str(tensor.dtype).removeprefix("torch.")
    return TensorType(("N", *tensor.shape[1:]), dtype)


def gradients(outputs: tuple[torch.Tensor, ...], *leaves: torch.Tensor) -> list[torch.Tensor]:
    """The gradients of a weighted sum of the outputs: every number of them counts differently."""
    total = torch.zeros((), dtype=torch.float64)
    for output in outputs:
        if output.is_floating_point():
            weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).reshape(output.shape)
            total = total + (output * weights).sum()
    return list(torch.autograd.grad(total, leaves))
