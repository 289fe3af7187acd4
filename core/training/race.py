"""Several nets of one structure trained side by side on the same batches, for little more than the cost of one.

Their weights are stacked (K, …), forward and backward run once for all (`torch.func.vmap`), and one optimizer moves
the stack. Each net learns what it would learn alone; the rates may differ from net to net.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, fx, nn

from core.model.values import Params
from core.training.compiled.rules import first_state, rules
from core.training.noise import draws
from core.training.optimizers import optimizers


class RaceError(ValueError):
    """Why nets cannot be raced, in plain words."""


def objection(nets: Sequence[nn.Module]) -> str:
    """Why nets cannot be raced; empty when they can."""
    if not nets:
        return "There are no nets to race."
    first = _shapes(nets[0])
    for index, net in enumerate(nets[1:], 2):
        if _shapes(net) != first:
            return f"Net {index} has other layers or sizes than the first; nets that are raced are of one structure."
    for name, module in nets[0].named_modules():
        if draws(module):
            return f"{name} draws random numbers, which would not be those of a net that trains alone."
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats:
            return f"{name} keeps statistics of its batches, which cannot be kept for several nets at once."
    return ""


def _shapes(net: nn.Module) -> tuple[object, ...]:
    """What two nets of one structure have in common."""
    modules = [(name, type(module).__name__, module.extra_repr()) for name, module in net.named_modules()]
    weights = [(name, value.shape, value.requires_grad) for name, value in _tensors(net)]
    return net.code if isinstance(net, fx.GraphModule) else "", modules, weights


def _tensors(net: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from net.named_parameters()
    yield from net.named_buffers()


class Race:
    """K nets that train together. Raises RaceError where they cannot.

    Each net takes a batch and gives its loss (), alone or first, as a project's programs do. `rates` are the nets' own
    learning rates (the optimizer's, where it is empty).
    """

    def __init__(
        self,
        nets: Sequence[nn.Module],
        optimizer: str = "adam",
        params: Params | None = None,
        *,
        rates: Sequence[float] = (),
    ) -> None:
        if why := objection(nets):
            raise RaceError(why)
        if rates and len(rates) != len(nets):
            raise RaceError(f"There are {len(rates)} rates for {len(nets)} nets.")
        self._nets = list(nets)
        trained = [name for name, value in nets[0].named_parameters() if value.requires_grad]
        if not trained:
            raise RaceError("The nets have no weights that may move.")
        stacked = {name: torch.stack([net.get_parameter(name).detach() for net in nets]) for name in trained}
        # All weights of a net side by side, so that the optimizer has one tensor to move.
        self._sizes = {name: value.shape[1:] for name, value in stacked.items()}
        self._flat = torch.cat([value.flatten(1) for value in stacked.values()], 1)  # (K, P)
        self._still = {
            name: torch.stack([dict(_tensors(net))[name].detach() for net in nets])
            for name, _ in _tensors(nets[0])
            if name not in stacked
        }
        # torch's own optimizer knows all settings with their defaults.
        made = optimizers[optimizer].make([nn.Parameter(torch.zeros(1))], **(params or {}))
        if type(made).__name__ not in rules:
            raise RaceError(f"{optimizers[optimizer].title} measures its loss several times in a step.")
        self._rule, self._settings = rules[type(made).__name__], made.param_groups[0]
        self._state = first_state(self._flat, self._rule.keeps(self._settings))
        own = torch.tensor(rates or [float(self._settings["lr"])] * len(nets), dtype=torch.float64)
        self.rates = own.to(self._flat.device)[:, None]  # (K, 1)
        """The nets' learning rates; a schedule may put others in their place."""
        self._graphs: dict[tuple[torch.Size, ...], fx.GraphModule] = {}

    @property
    def size(self) -> int:
        """How many nets there are."""
        return len(self._nets)

    def _named(self, weights: Tensor) -> dict[str, Tensor]:
        """The weights (P) of one net by name."""
        parts = torch.split(weights, [size.numel() for size in self._sizes.values()])
        return {name: part.view(size) for part, (name, size) in zip(parts, self._sizes.items(), strict=True)}

    def _loss_of(self, weights: Tensor, still: dict[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        """The loss () of one net with its weights side by side (P)."""
        own = self._named(weights)
        found = torch.func.functional_call(self._nets[0], {**own, **still}, batch)
        loss: Tensor = found[0] if isinstance(found, tuple) else found
        return loss

    def _whole(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The step of all nets: weights (K, P), rates, state and batch in; losses (K,), weights and state out."""
        weights, rates, batch = tensors[0], tensors[1], tensors[2 + len(self._state) :]
        state = dict(zip(self._state, tensors[2:], strict=False))
        find = torch.func.vmap(torch.func.grad_and_value(self._loss_of), in_dims=(0, 0, None))
        gradients, losses = find(weights, self._still, batch)
        moved, kept = self._rule.update(weights, gradients, state, rates, self._settings)
        return losses, moved, *(kept[name] for name in self._state)

    @torch.no_grad()
    def step(self, *batch: Tensor) -> Tensor:
        """One step of every net on the same batch; returns their losses (K,) before it."""
        given = (self._flat, self.rates, *self._state.values(), *batch)
        shapes = tuple(value.shape for value in batch)
        if shapes not in self._graphs:
            # Heavy, and wanted by few runs. The graph spares the functions' transformation at every further step.
            from torch.fx.experimental.proxy_tensor import make_fx

            self._graphs[shapes] = make_fx(self._whole)(*given)
        losses, self._flat, *kept = self._graphs[shapes](*given)
        self._state = dict(zip(self._state, kept, strict=True))
        found: Tensor = losses
        return found

    def steps(self, batches: Iterator[tuple[Tensor, ...]]) -> Iterator[Tensor]:
        """A step for each batch; gives the losses (K,) of each."""
        return (self.step(*batch) for batch in batches)

    def weights(self, index: int) -> dict[str, Tensor]:
        """The present weights of one net by name; not to be changed."""
        return self._named(self._flat[index]) | {name: value[index] for name, value in self._still.items()}

    @torch.no_grad()
    def hand_back(self) -> None:
        """Puts the present weights into the nets."""
        for index, net in enumerate(self._nets):
            for name, value in self.weights(index).items():
                if name in self._sizes:
                    net.get_parameter(name).copy_(value)
