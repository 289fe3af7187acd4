"""Which device a run uses."""

from __future__ import annotations

import torch

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
            fix=f"Choose auto or one of {', '.join(usable)}.",
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ProjectError(
            f"This machine has {torch.cuda.device_count()} CUDA device(s); “{wish}” is not among them.",
            place="training.device",
            fix="They are counted from cuda:0.",
        )
    return device
