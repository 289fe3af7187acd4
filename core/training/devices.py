"""Which device a run uses, and what has to be brought there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from core.model.fault import ProjectError

DEVICES = ("auto", "cpu", "cuda", "mps")
"""What the form offers."""


def available() -> tuple[str, ...]:
    """The devices of this machine, the fastest first."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose_device(wish: str) -> torch.device:
    """The device for a wish such as `auto`, `cpu` or `cuda:1`; raises ProjectError when this machine has none such."""
    usable = available()
    try:
        device = torch.device(usable[0] if wish == "auto" else wish)
    except RuntimeError:
        device = None
    if device is None or device.type not in usable:
        raise ProjectError(
            f"This machine has no device “{wish}”.",
            place="training.device",
            fix=f"Choose {' or '.join(('auto', *usable))}.",
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ProjectError(
            f"This machine has {torch.cuda.device_count()} CUDA device(s); “{wish}” is not among them.",
            place="training.device",
            fix="They are counted from cuda:0.",
        )
    return device


def moved(state: Any, device: torch.device) -> Any:
    """The same lists and dictionaries with every tensor on a device: what was kept in a file comes from the CPU."""
    if isinstance(state, Tensor):
        return state.to(device)
    if isinstance(state, Mapping):
        return {name: moved(each, device) for name, each in state.items()}
    if isinstance(state, list | tuple):
        return [moved(each, device) for each in state]
    return state
