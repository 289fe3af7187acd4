"""Activations: what makes a network more than one matrix."""

from __future__ import annotations

from core.layers.activation import adaptive, competing, deciding, rectifiers, squashing

# The ones that every lecture needs come first.
_FIRST = (rectifiers.RELU, squashing.SIGMOID, squashing.TANH, *competing.SPECS[:2])
_ALL = (
    *rectifiers.SPECS,
    *squashing.SPECS,
    *competing.SPECS,
    *competing.GATES,
    *deciding.SPECS,
    *adaptive.SPECS,
    *squashing.SHRINKING,
)
SPECS = (*_FIRST, *(spec for spec in _ALL if spec not in _FIRST))
