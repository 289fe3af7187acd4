"""Presets for parametrised tests: architectures at their published size take seconds to minutes, the others less."""

from __future__ import annotations

import pytest

import presets

LARGE = 1_000_000
"""Parameters from which on running a preset is a slow test."""


def is_large(info: presets.PresetInfo) -> bool:
    return info.parameters >= LARGE


def by_size() -> list[object]:
    """The ids of all presets, those of large networks as slow tests."""
    return [
        pytest.param(info.id, marks=pytest.mark.slow) if is_large(info) else info.id for info in presets.catalogue()
    ]
