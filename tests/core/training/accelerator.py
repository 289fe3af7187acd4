"""An accelerator on any machine: a device of torch's own kind whose operators are computed by the CPU.

Its tensors are out of reach as a GPU's are: NumPy cannot read them, operators refuse them beside the CPU's, and
whatever brings something across is counted. Registering it changes torch for the whole process, so tests run this file
as a program of its own: for each preset that it is given it prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

NAME = "far"
crossed: list[str] = []
"""The operators that brought something here or there, in their order."""


class Hooks(torch._C._acc.PrivateUse1Hooks):
    def is_available(self) -> bool:
        return True

    def is_built(self) -> bool:
        return True

    def has_primary_context(self, device: int) -> bool:
        return True


class Generator(torch.Generator):
    """A source of random numbers that remembers for which device it was asked."""

    is_far: bool

    def __new__(cls, device: Any = "cpu") -> Generator:
        made = super().__new__(cls)
        made.is_far = torch.device(device).type == NAME
        return made

    def __init__(self, device: Any = "cpu") -> None:
        pass


class Far(Tensor):
    """A tensor of the accelerator; `inner` holds its numbers."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Far:
        made: Far = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=torch.device(NAME, 0),
        )
        made.inner = inner
        return made

    def __init__(self, inner: Tensor) -> None:
        pass

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return compute(func, args, dict(kwargs or {}))

    def tolist(self) -> Any:
        crossed.append("tolist")
        return self.inner.tolist()

    def numpy(self, **settings: Any) -> Any:
        raise TypeError("NumPy cannot read a tensor of an accelerator.")

    def __array__(self, *args: Any) -> Any:
        return self.numpy()


def compute(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """An operator on tensors of one device, or from one to the other."""
    given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    far = [each for each in given if isinstance(each, Far)]
    near = [each for each in given if not isinstance(each, Far)]
    to = torch.device(kwargs["device"]).type if kwargs.get("device") is not None else ""
    name = str(func.overloadpacket)
    crosses = bool(near) if to == NAME else bool(far) and (to == "cpu" or name == "aten._local_scalar_dense")
    if far and any(each.dim() for each in near):
        if name not in ("aten.copy_", "aten.index"):
            raise RuntimeError(f"{name}: tensors on two devices")
        crosses = True
    if crosses:
        crossed.append(name)
    if to == NAME:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    out = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
    into = args[0] if name == "aten.copy_" else None
    if name == "aten._local_scalar_dense" or to == "cpu" or not (far or to == NAME):
        return out
    if isinstance(into, Tensor) and not isinstance(into, Far):
        return into
    out = tree_map(lambda each: Far(each) if isinstance(each, Tensor) else each, out)
    shares = far and (func._schema.is_mutable or any(each.alias_info for each in func._schema.returns))
    return return_and_correct_aliasing(func, args, kwargs, out) if shares else out


def _inner(value: Any) -> Any:
    return value.inner if isinstance(value, Far) else value


class Operators(TorchDispatchMode):
    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return compute(func, args, dict(kwargs or {}))


class Generators(TorchFunctionMode):
    """Random numbers of a device come from a generator of that device."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        chance, device = given.get("generator"), given.get("device")
        where = torch.device(device) if device is not None else getattr(args[0], "device", None) if args else None
        if isinstance(chance, Generator) and (where is not None and where.type == NAME) != chance.is_far:
            raise RuntimeError(f"{getattr(func, '__name__', func)}: the generator is of another device")
        return func(*args, **given)


def register() -> None:
    """Makes the accelerator known to torch, and to the program as the machine's fastest device."""
    from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

    from core.training import devices

    _setup_privateuseone_for_python_backend(NAME, hook=Hooks())
    # Else numbers from Python would be made at once where no operator can make them.
    torch._C._set_only_lift_cpu_tensors(True)
    vars(torch)["Generator"] = Generator
    vars(devices)["available"] = lambda: (NAME, "cpu")


def trained(preset: str, device: str, steps: int) -> dict[str, Any]:
    """What some steps and looks come to, also continued after the first, and what crossed between devices then."""
    import presets
    from core.training.checkpoint import pack, unpack
    from core.training.probe import Probe
    from core.training.records import Watch
    from core.training.trainer import Trainer

    def made() -> Trainer:
        trainer = Trainer(presets.load(preset), device=device, max_steps=steps)
        for turn in trainer.turns:
            for group in turn.descent.optimizer.param_groups:
                # One kernel for all would round otherwise than the operators of the accelerator do.
                group["fused"], group["foreach"] = False, True
        return trainer

    trainer, kept, seen = made(), b"", []
    for step in trainer:
        seen = list(crossed) if step.index == steps - 1 else seen
        kept = kept or pack(trainer.state())
        crossed.clear()
    again = made()
    again.restore(unpack(kept))
    for _ in again:
        pass
    nodes = frozenset(trainer.project.graph.nodes)
    look = Watch(nodes, nodes, confusion=True, boundary=9, surface=5, text=3, made=2)
    snapshot = Probe(trainer).snapshot(look)
    state = trainer.network.state_dict()
    away = [name for name, value in state.items() if value.device.type != device]
    numbers = [value.detach().cpu().double().numpy() for value in state.values() if value.numel()]
    return {
        "failure": str(trainer.failure or ""),
        "losses": list(trainer.history.losses),
        "metrics": [epoch.train | epoch.validation for epoch in trainer.history.epochs],
        "away": away,
        "weights": [float(np.abs(each).sum()) for each in numbers],
        "shown": {
            f"{node}.{port}": float(np.nan_to_num(np.abs(value)).sum())
            for node, ports in snapshot.activations.items()
            for port, value in ports.items()
        },
        "continued": list(again.history.losses),
        "crossed": seen,
        "within": trainer.steps_per_epoch > steps,
    }


def main(names: Sequence[str]) -> None:
    torch.set_num_threads(1)
    register()
    with Generators(), Operators():
        for name in names:
            found = {device: trained(name, device, 3) for device in ("cpu", NAME)}
            print(json.dumps({"preset": name, **found}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
