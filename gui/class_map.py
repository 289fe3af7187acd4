"""A class for every pixel as a picture: each class has a colour of its own, none of them is more than another."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from gui.colormaps import table
from gui.pixels import Array, Size, bounded, image_from, word_of
from gui.theme import CURVES

Words = npt.NDArray[np.uint32]


@cache
def class_colors(classes: int) -> tuple[str, ...]:
    """The colour of each class: those of curves in turn; of more classes, colours along a scale."""
    if classes <= len(CURVES):
        return CURVES[: max(1, classes)]
    rows = table("viridis")[np.linspace(0, 255, classes).round().astype(int)]
    return tuple(f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in rows.tolist())


def class_map(array: Array, classes: int, size: Size | None = None) -> QImage:
    """Numbers of classes (H, W) in their colours, as large as `size` allows; without a size one pixel a value.

    Places that are not asked for (negative, or not a number) stay clear. Nothing is averaged: there is nothing between
    two classes.
    """
    values = np.atleast_2d(np.asarray(array))
    known = np.isfinite(values) & (values >= 0)
    inks: Words = np.array([word_of(QColor(color)) for color in class_colors(classes)], np.uint32)
    numbers = np.where(known, values, 0).astype(np.intp).clip(0, len(inks) - 1)
    words = np.where(known, inks[numbers], np.uint32(0)).astype(np.uint32)  # (H, W)
    if size is not None:
        width, height = bounded(size)
        rows, columns = words.shape
        fit = min(width / columns, height / rows)
        down = (np.arange(max(1, int(rows * fit))) / fit).astype(np.intp).clip(0, rows - 1)
        across = (np.arange(max(1, int(columns * fit))) / fit).astype(np.intp).clip(0, columns - 1)
        words = words[down][:, across]
    return image_from(words)
