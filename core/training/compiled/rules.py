"""The optimizers as pure functions of tensors, for steps that are compiled or that move several nets at once.

Every rule works entry by entry, so that it moves one net's weights (…) as well as those of K nets stacked (K, …).
Counts of steps are tensors without axes. What a rule keeps has the names of torch's `Optimizer.state`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

State = Mapping[str, Tensor]
Settings = Mapping[str, Any]
"""An entry of torch's `Optimizer.param_groups`; its rate counts only where none is given as a tensor."""
Moved = tuple[Tensor, dict[str, Tensor]]
"""The new weights and the new state."""


@dataclass(frozen=True)
class Rule:
    """`update` takes weights, gradient, state, rate and settings; `keeps` names the state that it reads and writes."""

    update: Callable[[Tensor, Tensor, State, Tensor, Settings], Moved]
    keeps: Callable[[Settings], tuple[str, ...]]


def first_state(weights: Tensor, names: tuple[str, ...]) -> dict[str, Tensor]:
    """The state before the first step."""
    found = {}
    for name in names:
        if name == "step":
            found[name] = weights.new_zeros(())
        elif name == "mu_product":
            found[name] = weights.new_ones(())
        else:
            found[name] = torch.zeros_like(weights)
    return found


def _plain(factor: Tensor, weights: Tensor) -> Tensor:
    """A factor that was computed in float64, in the precision of the weights."""
    return factor.to(weights.dtype)


def _decayed(weights: Tensor, gradient: Tensor, settings: Settings) -> Tensor:
    """The gradient with that of an L2 penalty."""
    decay = settings["weight_decay"]
    return gradient + decay * weights if decay else gradient


def _sgd(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    gradient = _decayed(weights, gradient, settings)
    momentum = settings["momentum"]
    if not momentum:
        return weights - _plain(rate, weights) * gradient, {}
    # torch begins with the first gradient, which is what momentum adds to nothing.
    speed = momentum * state["momentum_buffer"] + gradient
    step = gradient + momentum * speed if settings["nesterov"] else speed
    return weights - _plain(rate, weights) * step, {"momentum_buffer": speed}


def _moments(gradient: Tensor, state: State, settings: Settings) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The count of steps, both running means, and what corrects their beginning at 0 (in float64)."""
    beta1, beta2 = settings["betas"]
    step = state["step"] + 1
    mean = state["exp_avg"] + (1 - beta1) * (gradient - state["exp_avg"])
    square = beta2 * state["exp_avg_sq"] + (1 - beta2) * gradient * gradient
    exact = step.double()
    return step, mean, square, 1 - beta1**exact, 1 - beta2**exact


def _adam(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    if settings.get("decoupled_weight_decay"):
        weights = weights * _plain(1 - rate * settings["weight_decay"], weights)
    else:
        gradient = _decayed(weights, gradient, settings)
    step, mean, square, first, second = _moments(gradient, state, settings)
    size = square.sqrt() / _plain(second.sqrt(), weights) + settings["eps"]
    return weights - _plain(rate / first, weights) * (mean / size), {
        "step": step,
        "exp_avg": mean,
        "exp_avg_sq": square,
    }


def _nadam(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    gradient = _decayed(weights, gradient, settings)
    step, mean, square, _, second = _moments(gradient, state, settings)
    exact, beta1, grows = step.double(), settings["betas"][0], settings["momentum_decay"]
    momentum = beta1 * (1 - 0.5 * 0.96 ** (exact * grows))
    following = beta1 * (1 - 0.5 * 0.96 ** ((exact + 1) * grows))
    product = state["mu_product"] * momentum.to(state["mu_product"].dtype)
    ahead = product.double() * following
    size = (square / _plain(second, weights)).sqrt() + settings["eps"]
    now = _plain(rate * (1 - momentum) / (1 - product.double()), weights) * gradient
    then = _plain(rate * following / (1 - ahead), weights) * mean
    kept = {"step": step, "exp_avg": mean, "exp_avg_sq": square, "mu_product": product}
    return weights - (now + then) / size, kept


def _radam(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    gradient = _decayed(weights, gradient, settings)
    step, mean, square, first, second = _moments(gradient, state, settings)
    exact, beta2 = step.double(), settings["betas"][1]
    most = 2 / (1 - beta2) - 1
    seen = most - 2 * exact * beta2**exact / second
    # Before enough steps were seen the root is not taken of a negative number, which would be NaN.
    known = seen.clamp(min=5.0)
    trust = ((known - 4) * (known - 2) * most / ((most - 4) * (most - 2) * known)).sqrt()
    adapted = _plain(trust * second.sqrt(), weights) / (square.sqrt() + settings["eps"])
    length = torch.where(seen > 5.0, adapted, torch.ones_like(adapted))
    return weights - _plain(rate / first, weights) * (mean * length), {
        "step": step,
        "exp_avg": mean,
        "exp_avg_sq": square,
    }


def _rmsprop(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    gradient = _decayed(weights, gradient, settings)
    alpha, momentum = settings["alpha"], settings["momentum"]
    square = alpha * state["square_avg"] + (1 - alpha) * gradient * gradient
    kept = {"step": state["step"] + 1, "square_avg": square}
    step = gradient / (square.sqrt() + settings["eps"])
    if momentum:
        step = kept["momentum_buffer"] = momentum * state["momentum_buffer"] + step
    return weights - _plain(rate, weights) * step, kept


def _adagrad(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    gradient = _decayed(weights, gradient, settings)
    summed = state["sum"] + gradient * gradient
    rate = _plain(rate / (1 + state["step"].double() * settings["lr_decay"]), weights)
    return weights - rate * (gradient / (summed.sqrt() + settings["eps"])), {"step": state["step"] + 1, "sum": summed}


def _adadelta(weights: Tensor, gradient: Tensor, state: State, rate: Tensor, settings: Settings) -> Moved:
    gradient = _decayed(weights, gradient, settings)
    rho, eps = settings["rho"], settings["eps"]
    square = rho * state["square_avg"] + (1 - rho) * gradient * gradient
    delta = (state["acc_delta"] + eps).sqrt() / (square + eps).sqrt() * gradient
    moved = rho * state["acc_delta"] + (1 - rho) * delta * delta
    return weights - _plain(rate, weights) * delta, {
        "step": state["step"] + 1,
        "square_avg": square,
        "acc_delta": moved,
    }


def _always(*names: str) -> Callable[[Settings], tuple[str, ...]]:
    return lambda settings: names


def _with_momentum(*names: str) -> Callable[[Settings], tuple[str, ...]]:
    return lambda settings: (*names, "momentum_buffer") if settings["momentum"] else names


_MOMENTS = _always("step", "exp_avg", "exp_avg_sq")

rules: dict[str, Rule] = {
    "SGD": Rule(_sgd, _with_momentum()),
    "Adam": Rule(_adam, _MOMENTS),
    "AdamW": Rule(_adam, _MOMENTS),
    "RMSprop": Rule(_rmsprop, _with_momentum("step", "square_avg")),
    "Adagrad": Rule(_adagrad, _always("step", "sum")),
    "Adadelta": Rule(_adadelta, _always("step", "square_avg", "acc_delta")),
    "NAdam": Rule(_nadam, _always("step", "exp_avg", "exp_avg_sq", "mu_product")),
    "RAdam": Rule(_radam, _MOMENTS),
}
"""The rules by the name of torch's class; sources are those of `core.training.optimizers`."""
