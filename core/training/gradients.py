"""From a loss to moved weights: gradients are added up, penalised and cut, and then the optimizer takes its step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from core.compiler.network import Network
from core.model.fault import ProjectError
from core.model.settings import Objective
from core.model.values import Params
from core.training.optimizers import Group, OptimizerSpec, optimizers
from core.training.precision import Precision
from core.training.spec import choose, number


def module_at(network: Network, path: str) -> nn.Module | None:
    """The module of a node or of a whole block by its path (`linear_1`, `block_1/conv2d_1`); None without weights."""
    try:
        return network.root.get_submodule(path.replace("/", "."))
    except AttributeError:
        return network.module_of(path)


def trained_parameters(network: Network, objective: Objective, place: str) -> list[Parameter]:
    """The parameters that an objective moves; raises ProjectError when there is none or a node is missing.

    A network without a single weight has nothing that could move, and can be looked at all the same: none are returned.
    """
    modules: list[nn.Module] = [network.root]
    if objective.trains:
        found_modules = [module_at(network, _known(network, name, place)) for name in objective.trains]
        modules = [module for module in found_modules if module is not None]
    found = dict.fromkeys(p for module in modules for p in module.parameters() if p.requires_grad)
    if not found and any(True for _ in network.root.parameters()):
        raise ProjectError(
            "There is nothing to train: no layer of this objective has weights that may move.",
            place=place,
            fix="Add a layer with weights, or set one to trainable.",
        )
    return list(found)


def _known(network: Network, path: str, place: str) -> str:
    """The path of a node or block that is there; raises ProjectError for another."""
    if path not in network.inference.nodes:
        raise ProjectError(f"There is no node “{path}” to train.", place=place, fix="Take it off the list.")
    return path


class Descent:
    """Moves the parameters of one objective; `alone` says that no other objective has weights of its own."""

    def __init__(
        self,
        network: Network,
        objective: Objective,
        place: str,
        program: nn.Module,
        *,
        alone: bool,
        precision: Precision,
    ) -> None:
        """`program` computes the objective's loss."""
        self.parameters = trained_parameters(network, objective, place)
        if not alone:
            # Nets side by side may each train all that there is: what a loss does not reach, it never moves.
            reached = set(program.parameters())
            self.parameters = [p for p in self.parameters if p in reached] or self.parameters
        self.objective, self.precision = objective, precision
        # With several objectives, each gradient may only reach the weights that its own objective moves.
        self._only = None if alone else self.parameters
        chosen = objective.optimizer
        self._spec = spec = choose(optimizers, chosen.kind, chosen.params, place, "optimizer")
        settings = spec.complete(chosen.params)
        self._base = number(settings["lr"])
        own = {**settings, "weight_decay": 0.0} if spec.closes else settings
        groups, self._factors = _groups(network, objective, self.parameters, own, place)
        if spec.closes:
            _check_closing(spec, objective, place, len(groups), precision)
        self.optimizer = spec.make(self.parameters if len(groups) == 1 and self.parameters else groups, **chosen.params)
        # The same step without torch's profiler and hooks around it, which cost a small net a tenth of its time.
        self._advance = partial(inspect.unwrap(type(self.optimizer).step), self.optimizer)
        self.set_rate(1.0)
        penalised = [p for p in self.parameters if _is_penalised(objective, p)]
        self.penalised = penalised if objective.l1 else []
        # An optimizer that measures the loss along its way must find the decay in it, as a penalty.
        self._decay = number(settings["weight_decay"]) if spec.closes else 0.0
        self._decayed = penalised if self._decay else []
        self.is_plain = not (
            spec.closes
            or self.penalised
            or objective.accumulate > 1
            or objective.clip_norm
            or objective.clip_value
            or precision.scaler
        )
        """Whether gradients go into the optimizer as they come."""
        self._batches, self._samples = 0, 0

    def set_rate(self, factor: float) -> None:
        """Multiplies the base rate of every group with a schedule's factor."""
        self.rate = self._base * factor
        for group, own in zip(self.optimizer.param_groups, self._factors, strict=True):
            group["lr"] = self.rate * own

    def update(self, loss: Tensor, samples: int, again: Callable[[], Tensor], *, last: bool = False) -> None:
        """Takes a batch's loss () into account and moves the weights when it is time; `last` leaves nothing waiting.

        `again` computes the loss of the same batch with the present weights.
        """
        if not self.parameters:
            return
        if self.is_plain:
            for parameter in self.parameters:
                parameter.grad = None
            self._backward(loss)
            with torch.no_grad():
                self._advance()
        elif self._spec.closes:
            self._close(loss, again)
        else:
            self._add(loss, samples)
            if last or self._batches == self.objective.accumulate:
                self._step()

    @property
    def takes_gradients(self) -> bool:
        """Whether gradients of one batch are all that it needs, so that `move` can take the place of `update`."""
        return not self._spec.closes and self.objective.accumulate == 1

    @torch.no_grad()
    def move(self, gradients: Mapping[Tensor, Tensor]) -> None:
        """Moves the weights by the gradients of one batch's loss, wherever they were computed."""
        for parameter in self.parameters:
            parameter.grad = gradients.get(parameter)
        if self.is_plain:
            self._advance()
        else:
            self._step()

    def _backward(self, loss: Tensor) -> None:
        if self._only is None:
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            loss.backward(inputs=self._only)  # type: ignore[no-untyped-call]

    def _add(self, loss: Tensor, samples: int) -> None:
        if not self._batches:
            for parameter in self.parameters:
                parameter.grad = None
        self._batches += 1
        if self.objective.accumulate > 1:
            # Weighted by samples, so that the mean is that of one large batch.
            loss = loss * samples
            self._samples += samples
        self._backward(self.precision.scaled(loss))

    @torch.no_grad()
    def _step(self) -> None:
        objective, samples = self.objective, self._samples
        self._batches = self._samples = 0
        self.precision.unscale(self.optimizer)
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        if samples and gradients:
            torch._foreach_div_(gradients, samples)
        for parameter in self.penalised:
            if parameter.grad is not None:
                parameter.grad.add_(parameter.sign(), alpha=objective.l1)
        if objective.clip_value:
            nn.utils.clip_grad_value_(self.parameters, objective.clip_value)
        if objective.clip_norm:
            nn.utils.clip_grad_norm_(self.parameters, objective.clip_norm)
        self.precision.step(self.optimizer)

    def _close(self, loss: Tensor, again: Callable[[], Tensor]) -> None:
        waiting = [loss]

        def closure() -> Tensor:
            value = waiting.pop() if waiting else again()
            for penalised in self.penalised:
                value = value + self.objective.l1 * penalised.abs().sum()
            for decayed in self._decayed:
                value = value + 0.5 * self._decay * decayed.square().sum()
            for parameter in self.parameters:
                parameter.grad = None
            self._backward(value)
            if self.objective.clip_value:
                nn.utils.clip_grad_value_(self.parameters, self.objective.clip_value)
            return value

        self.optimizer.step(closure)  # type: ignore[arg-type]

    def state(self) -> dict[str, Any]:
        """All that is needed to go on exactly; tensors in it are not copies."""
        waiting = self._batches > 0
        return {
            "optimizer": self.optimizer.state_dict(),
            "batches": self._batches,
            "samples": self._samples,
            "gradients": [p.grad for p in self.parameters] if waiting else [],
            "scaler": self.precision.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on where `state` was taken; raises ValueError where it belongs to other parameters."""
        self.optimizer.load_state_dict(state["optimizer"])
        self._batches, self._samples = state["batches"], state["samples"]
        for parameter, gradient in zip(self.parameters, state["gradients"], strict=False):
            parameter.grad = None if gradient is None else gradient.to(parameter.device).clone()
        self.precision.restore(state["scaler"])


def _is_penalised(objective: Objective, parameter: Parameter) -> bool:
    return objective.penalised == "all" or parameter.dim() >= 2


def _groups(
    network: Network, objective: Objective, parameters: Sequence[Parameter], settings: Params, place: str
) -> tuple[list[Group], list[float]]:
    """The parameters by what differs in their settings, and the factor on each group's rate."""
    factors = dict.fromkeys(parameters, 1.0)
    for path, factor in objective.rates.items():
        module = module_at(network, _known(network, path, f"{place}.rates"))
        moved = [p for p in (module.parameters() if module else ()) if p in factors]
        if not moved:
            raise ProjectError(
                f"“{path}” has a rate of its own and nothing that this objective trains.",
                place=f"{place}.rates",
                fix="Take its rate off the list, or let the objective train it.",
            )
        factors |= dict.fromkeys(moved, factor)
    found: dict[tuple[float, bool], list[Parameter]] = {}
    for parameter, factor in factors.items():
        decays = not settings.get("weight_decay") or _is_penalised(objective, parameter)
        found.setdefault((factor, decays), []).append(parameter)
    groups = [{"params": moved, **({} if decays else {"weight_decay": 0.0})} for (_, decays), moved in found.items()]
    # An optimizer takes a group without parameters, but not no group.
    return groups or [{"params": []}], [factor for factor, _ in found] or [1.0]


def _check_closing(spec: OptimizerSpec, objective: Objective, place: str, groups: int, precision: Precision) -> None:
    """Raises ProjectError for what an optimizer that computes the loss several times in a step cannot do."""
    wrong = {
        "several rates at once": groups > 1 or bool(objective.rates),
        "several batches added up": objective.accumulate > 1,
        "gradients cut by their norm": bool(objective.clip_norm),
        "float16": precision.scaler is not None,
    }
    if found := next((what for what, is_wanted in wrong.items() if is_wanted), ""):
        raise ProjectError(
            f"{spec.title} measures the loss along its way and cannot work with {found}.",
            place=place,
            fix="Switch that off, or choose another optimizer.",
        )
