"""In presentation the right column grows with the letters; afterwards it is as wide as it was chosen before."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSplitter

from gui.fonts import scale

MOST = 0.42
"""The share of the window that the right column takes at most."""


class RightColumn(QObject):
    """The width of the last of some columns while a window presents. Whoever drags its edge decides until the end."""

    def __init__(self, columns: QSplitter, usual: int) -> None:
        super().__init__(columns)
        self._columns, self._usual = columns, usual
        self._before = self._left = 0
        self._dragged = False
        columns.splitterMoved.connect(self._drag)

    def begin(self) -> None:
        """Remembers the widths, which follow the letters from now on; call it before a side is folded."""
        self._left, _, right = self._columns.sizes()
        self._before, self._dragged = right or self._usual, False

    def fit(self) -> None:
        """Takes the width that suits the window, while it presents."""
        if self._before and not self._dragged:
            self._set(min(round(self._before * scale()), round(MOST * self._columns.width())))

    def end(self) -> None:
        """Takes the widths from before; call it when the sides are back."""
        before, self._before = self._before, 0
        self._set(before)
        self._left = 0

    def _set(self, width: int) -> None:
        left, middle, right = self._columns.sizes()
        if right:
            whole = left + middle + right
            # A side that has just come back has no more than its least width yet.
            left = 0 if self._columns.widget(0).isHidden() else self._left or left
            self._columns.setSizes([left, whole - left - width, width])

    def _drag(self) -> None:
        self._dragged = True
