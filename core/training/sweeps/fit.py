"""A straight line through points on two logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PowerLaw:
    """y = factor · x^exponent; `r2` is the share of the variance of log y that it explains."""

    factor: float
    exponent: float
    r2: float

    def at(self, x: float) -> float:
        return float(self.factor * x**self.exponent)


def power_law(x: Sequence[float], y: Sequence[float]) -> PowerLaw | None:
    """The least-squares line through (log x, log y); None for fewer than two different x above 0.

    Source: Kaplan et al. 2020, Scaling Laws for Neural Language Models, arXiv:2001.08361.
    """
    pairs = np.array([(a, b) for a, b in zip(x, y, strict=True) if a > 0 and b > 0 and np.isfinite([a, b]).all()])
    if len(pairs) < 2 or len(np.unique(pairs[:, 0])) < 2:
        return None
    log_x, log_y = np.log(pairs).T
    exponent, start = np.polyfit(log_x, log_y, 1)
    rest, all_ = ((log_y - start - exponent * log_x) ** 2).sum(), ((log_y - log_y.mean()) ** 2).sum()
    return PowerLaw(float(np.exp(start)), float(exponent), 1.0 if all_ == 0 else float(1 - rest / all_))
