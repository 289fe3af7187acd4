"""What a network says over a plane, as colours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from core.model.spec import Expected
from gui.pixels import Scale, pixels
from gui.theme import Theme
from gui.views.sample import shares_of, softmax

CLASS_COLORS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#9467BD", "#F0E442", "#0072B2")
STRENGTH = 0.55
"""How much of a colour the map shows; the rest is the ground."""


def background(
    values: npt.NDArray[np.float32], expected: Expected, signed: bool, theme: Theme
) -> npt.NDArray[np.uint8]:
    """Outputs (rows, columns, k) as colours (rows, columns, 4), red first: shares of classes blended, or a score.

    One output is a share (after a sigmoid) or a score that is centred on zero when `signed`.
    """
    if values.shape[-1] == 1:
        score = shares_of(values, expected)[..., 0]
        if expected or not signed:
            # A share of one half is the boundary, as zero is that of a signed score.
            score = 2 * score - 1
        reach = 1.0 if expected else max(1.0, float(np.nanmax(np.abs(score), initial=0.0)))
        colors = pixels(score, "signed", Scale(-reach, reach), theme.is_dark)[..., [2, 1, 0, 3]]
        ground = np.array(QColor(theme.panel).getRgb(), np.float32)
        # Paler than the samples, which keep the full colours of the two ends.
        return (ground + STRENGTH * (colors - ground) + 0.5).astype(np.uint8)
    shares = shares_of(values, expected)
    shares = softmax(shares) if bool((shares < 0).any()) else shares
    total = shares.sum(axis=-1, keepdims=True)
    shares = np.where(total > 0, shares / np.where(total > 0, total, 1), 1 / shares.shape[-1])
    palette = np.array([QColor(CLASS_COLORS[i % len(CLASS_COLORS)]).getRgb()[:3] for i in range(shares.shape[-1])])
    ground = np.array(QColor(theme.panel).getRgb()[:3])
    mixed = np.nan_to_num(shares @ (STRENGTH * palette + (1 - STRENGTH) * ground))
    # Where the network cannot decide, the colours give way to the ground.
    doubt = 1 - np.nan_to_num(shares.max(axis=-1, keepdims=True) - 1 / shares.shape[-1]) / (1 - 1 / shares.shape[-1])
    mixed = mixed + 0.6 * doubt * (ground - mixed)
    out = np.full((*values.shape[:2], 4), 255, np.uint8)
    out[..., :3] = np.clip(mixed + 0.5, 0, 255)
    return out
