"""Presets for parametrised tests: architectures at their published size take seconds to minutes, the others less."""

from __future__ import annotations

import pytest

import presets

LARGE = 1_000_000
"""Parameters from which on running a preset takes gigabytes and minutes, so that it is asked for (`make heavy`)."""


def by_size() -> list[object]:
    """The ids of all presets, marked by the size of their networks."""
    return [_marked(info) for info in presets.catalogue()]


def _marked(info: presets.PresetInfo) -> object:
    return pytest.param(info.id, marks=pytest.mark.heavy) if info.parameters >= LARGE else info.id
