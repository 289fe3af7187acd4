"""Dense layers: every output sees every input; and the neurons and nets that learning began with."""

from __future__ import annotations

from core.layers.dense import capsules, linear, neurons, tables

SPECS = (*linear.SPECS[:1], *tables.SPECS, *linear.SPECS[1:], *neurons.SPECS, *capsules.SPECS)
