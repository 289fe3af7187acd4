"""Losses: one number that training makes small."""

from __future__ import annotations

from core.layers.loss import (
    adversarial,
    binary,
    classes,
    control,
    distribution,
    image,
    metric,
    number,
    objective,
    rule,
    views,
)

# The order of the palette: what comes first in a lecture comes first.
SPECS = (
    *classes.SPECS,
    *number.SPECS,
    *binary.SPECS,
    *rule.SPECS,
    *distribution.SPECS,
    *metric.SPECS,
    *views.SPECS,
    *adversarial.SPECS,
    *image.SPECS,
    *control.SPECS,
    *objective.SPECS,
)
"""All losses."""
