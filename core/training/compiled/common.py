"""One optimizer's step for several nets whose optimizers are set alike: the calls cost more than the numbers."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from core.training.compiled.stack import Passed
from core.training.gradients import Descent


class CommonStep:
    """The step of one optimizer over the weights of all nets; what it keeps of each is the net's own optimizer's."""

    def __init__(self, descents: Sequence[Descent]) -> None:
        """To be made after a step of each, with descents that `agree`."""
        self._groups = [descent.optimizer.param_groups[0] for descent in descents]
        kind: Any = type(descents[0].optimizer)
        parameters = [p for group in self._groups for p in group["params"]]
        self._optimizer = kind([{**_settings(self._groups[0]), "params": parameters}])
        for descent in descents:
            for parameter, kept in descent.optimizer.state.items():
                self._optimizer.state[parameter] = kept
        # Without torch's profiler and hooks around it.
        self._advance = partial(inspect.unwrap(kind.step), self._optimizer)

    @torch.no_grad()
    def take(self, passed: Sequence[Passed]) -> bool:
        """Moves all nets by their gradients; False where their learning rates are not the same at present."""
        rate = self._groups[0]["lr"]
        if any(group["lr"] != rate for group in self._groups):
            return False
        self._optimizer.param_groups[0]["lr"] = rate
        for net in passed:
            for parameter, gradient in net.gradients.items():
                parameter.grad = gradient
        self._advance()
        return True


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}


def agree(descents: Sequence[Descent]) -> bool:
    """Whether the optimizers of several nets are of one kind with the same settings, learning rates aside."""
    kinds = {type(descent.optimizer) for descent in descents}
    if len(kinds) > 1 or not all(d.is_plain and len(d.optimizer.param_groups) == 1 for d in descents):
        return False
    all_settings = [_settings(descent.optimizer.param_groups[0]) | {"lr": 0.0} for descent in descents]
    return all(settings == all_settings[0] for settings in all_settings)
