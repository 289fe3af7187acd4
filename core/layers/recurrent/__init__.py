"""Recurrent layers: a state that is carried from step to step."""

from core.layers.recurrent import cells, sequences, steps

SPECS = (*sequences.SPECS, *cells.SPECS, *steps.SPECS)
