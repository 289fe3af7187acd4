"""Presets for parametrised tests: architectures at their published size take seconds to minutes, the others less."""

from __future__ import annotations

import pytest

import presets

LARGE = 1_000_000
"""Parameters from which on running a preset takes gigabytes and seconds, so that it is not part of every test run."""

HEAVY: dict[str, frozenset[str]] = {
    "train": frozenset({"unet", "gpt-2", "bert-base"}),
    "python": frozenset(),
    "safetensors": frozenset(),
    # A Hopfield net updates one unit after the other: hundreds of small steps in a row.
    "onnx": frozenset({"unet", "gpt-2", "densenet-121", "hopfield"}),
}
"""What takes more than about 20 seconds of one core or 3 GiB, measured: it is asked for (`make heavy`)."""


def by_size(*works: str) -> list[object]:
    """All presets' ids with each work that is to be done with them, marked by what that takes."""
    return [_marked(info, work) for info in presets.catalogue() for work in works]


def _marked(info: presets.PresetInfo, work: str) -> object:
    if info.id in HEAVY.get(work, ()):
        return pytest.param(info.id, work, marks=pytest.mark.heavy)
    if info.parameters < LARGE:
        return pytest.param(info.id, work)
    return pytest.param(info.id, work, marks=pytest.mark.slow)
