"""Normalisation and dropout: what keeps training steady and honest."""

from core.layers.normalisation import batch, dropout, sample, weights

SPECS = (*dropout.COMMON, *batch.SPECS, *sample.SPECS, *weights.SPECS, *dropout.RARER)
