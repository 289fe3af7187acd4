"""A title in large letters on the small card of a node: broken into lines, cut with an ellipsis where it must be."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

LEAST = 3
"""Letters of a word below which it says nothing and is left out."""
SPACING = 1.02
MOST = 4096
"""Titles that are remembered; a network has fewer different ones."""


class Headlines:
    """Titles set in the largest of some faces in which their words fit; each is worked out once."""

    def __init__(self, *faces: QFont) -> None:
        self._faces = [(face, QFontMetricsF(face)) for face in faces]
        self._known: dict[tuple[str, float, float], tuple[QFont, str]] = {}

    def of(self, title: str, width: float, height: float) -> tuple[QFont, str]:
        """The face, and the lines of a title in a room of this size; no text where not even three letters fit."""
        key = title, width, height
        if key not in self._known:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = self._set(title, width, height)
        return self._known[key]

    def _set(self, title: str, width: float, height: float) -> tuple[QFont, str]:
        for face, metrics in self._faces:
            lines = broken(title, metrics, width)
            fits = len(lines) * metrics.height() * SPACING <= height
            if fits and all(metrics.horizontalAdvance(line) <= width for line in lines):
                return face, "\n".join(lines)
        most = max(1, int(height / (metrics.height() * SPACING)))
        if len(lines) > most:
            lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
        cut = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]
        told = all(text == line or len(text) > LEAST for text, line in zip(cut, lines, strict=True))
        return face, "\n".join(cut) if told else ""


def broken(title: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """The lines of a title, broken at spaces and after hyphens; a word that is wider than a line has one of its own."""
    lines: list[str] = []
    for piece in title.replace("-", "-\0").replace(" ", " \0").split("\0"):
        if lines and metrics.horizontalAdvance((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        elif piece.strip():
            lines.append(piece)
    return [line.rstrip() for line in lines]
