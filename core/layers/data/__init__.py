"""Data: where a network begins and ends, and what it makes up by chance."""

from __future__ import annotations

from core.layers.data import chance, ends

SPECS = (*ends.SPECS, *chance.SPECS)
