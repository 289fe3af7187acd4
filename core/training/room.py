"""How much memory is left for a run on its device."""

from __future__ import annotations

import os
from pathlib import Path

from core.training.forecast import Forecast, rough

GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells the limits of a container."""


def free_memory(device: str = "cpu") -> int | None:
    """Bytes that a run could still take on `cpu`, `cuda` or `mps`; None where the system does not tell."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0]) if torch.cuda.is_available() else None
    found = [each for each in (_available(), _group_left()) if each is not None]
    return min(found) if found else None


def _available() -> int | None:
    """What the system can give without swapping; the whole memory where it tells no more."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _group_left() -> int | None:
    """What is left of a container's limit."""
    try:
        limit, used = ((GROUP / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current"))
        return None if limit == "max" else max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None


def warning(said: Forecast, free: int | None) -> str:
    """What to say of a run that needs more than is free; empty where it fits or nothing is known."""
    if free is None or said.memory <= free:
        return ""
    part = next(iter(said.parts()))
    fix = ADVICE.get(part, "Make the layers smaller.")
    return f"The run needs about {rough(said.memory)}, and {rough(free)} are free. {fix}"


ADVICE = {
    "activations": "Lower the batch size, or make the layers smaller.",
    "data": "Use fewer samples.",
    "optimizer": "Make the layers smaller, or take SGD, which keeps less for every weight.",
}
