"""The precision of the forward pass: float32, or mixed with bf16 or float16 (Micikevicius et al. 2018, ICLR)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from core.model.fault import ProjectError

_TYPES = {"bf16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """Weights, gradients and the optimizer stay float32; only what is computed between them is narrower.

    `scaler` keeps small gradients of float16 from becoming 0; there is none otherwise. Raises ProjectError where the
    device does not have the precision.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        self._dtype, self._device = _TYPES.get(name), device.type
        self.is_mixed = self._dtype is not None
        if name == "float16" and device.type == "cpu":
            fix = "Choose bf16 or float32, or train on a GPU."
            raise ProjectError("float16 needs a GPU.", place="training.precision", fix=fix)
        if name == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
            raise ProjectError("This GPU has no bf16.", place="training.precision", fix="Choose float16 or float32.")
        self.scaler = torch.amp.GradScaler(device.type) if name == "float16" else None

    def __call__(self) -> AbstractContextManager[object]:
        """To be held while a program runs forward."""
        return torch.autocast(self._device, self._dtype) if self._dtype else nullcontext()

    def scaled(self, loss: Tensor) -> Tensor:
        return self.scaler.scale(loss) if self.scaler else loss

    def unscale(self, optimizer: Optimizer) -> None:
        if self.scaler:
            self.scaler.unscale_(optimizer)

    def step(self, optimizer: Optimizer) -> None:
        """The optimizer's step, left out where a scaled gradient overflowed.

        Whether one did is known on the GPU alone: an optimizer that is not one kernel has to wait for the answer.
        """
        if self.scaler:
            self.scaler.step(optimizer)
            self.scaler.update()
        else:
            optimizer.step()

    def state(self) -> dict[str, Any]:
        return self.scaler.state_dict() if self.scaler else {}

    def restore(self, state: Mapping[str, Any]) -> None:
        if self.scaler and state:
            self.scaler.load_state_dict(dict(state))
