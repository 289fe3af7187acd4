"""LaTeX formulas as pictures in the colours of the theme; the typesetter is imported when the first one is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui.background import Background

SMALLEST = 0.72
"""How far a formula is scaled down to fit before it is broken into lines."""


_TALLEST = 40.0
"""Heights of a letter above which a formula was not set as it should be."""


class FormulaError(Exception):
    """Text that cannot be set as a formula."""


@dataclass(frozen=True)
class Formula:
    """A set formula: its picture, and its size and depth below the baseline in logical pixels."""

    pixmap: QPixmap
    width: float
    height: float
    depth: float


class _Typesetter(QObject):
    """Imports the typesetter (0.2 s) in a thread, so that the window does not wait for it."""

    ready = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_ready = False
        self._import: Background | None = None

    def prepare(self) -> None:
        """Begins, if that has not been done; `ready` tells the end."""
        if self._import is None:
            self._import = Background("formulas", self)
            self._import.finished.connect(self._finish)
            self._import.start(lambda: _latex("x", 12.0, "#000000", True))

    def _finish(self) -> None:
        self.is_ready = True
        self.ready.emit()


@lru_cache(maxsize=512)
def _latex(text: str, size: float, color: str, inline: bool) -> tuple[bytes, float, float, float]:
    """SVG text, width, height and depth of one line of LaTeX."""
    import ziamath

    ziamath.config.svg2 = False  # Qt draws SVG 1.1 only
    try:
        # The reader of LaTeX and the typesetter raise a dozen kinds of errors, IndexError and KeyError among them.
        line = ziamath.Latex(text, size=size, color=color, inline=inline, margin=1.0)
        if line.getsize()[1] > _TALLEST * size and r"\left" in text:
            # Brackets around what is about as tall as the tallest of the face come out a hundred lines high.
            line = ziamath.Latex(_plain(text), size=size, color=color, inline=inline, margin=1.0)
        svg = line.svg()
    except Exception as error:
        raise FormulaError(f"“{text}” cannot be set as a formula ({error}).") from error
    width, height = line.getsize()
    return svg.encode(), width + 2.0, height + 2.0, 1.0 - line.getyofst()


def _plain(text: str) -> str:
    """The same with brackets of a fixed size."""
    return re.sub(
        r"\\(left|right)(?![a-zA-Z])\s*(\.|(?=\\?\S))", lambda match: "" if match[2] == "." else r"\Big", text
    )


@lru_cache(maxsize=512)
def formula(text: str, color: str, size: float = 15.0, ratio: float = 1.0, inline: bool = False) -> Formula:
    """One line of LaTeX as a picture for a screen of `ratio` device pixels a pixel; raises FormulaError."""
    svg, width, height, depth = _latex(text, size, color, inline)
    pixmap = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return Formula(pixmap, width, height, max(depth, 0.0))


def lines_of(text: str, narrow: bool = False) -> list[str]:
    """The parts between which a formula may be broken: new lines and wide spaces (or narrow ones) outside of braces."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(
        r"\\begin\b|\\end\b|\\left\b|\\right\b|\\[{}]|[{}]|\n|\\qquad(?![a-z])|\\quad(?![a-z])|\\;", text
    ):
        token = match.group()
        if token in ("{", "\\begin", "\\left"):
            depth += 1
        elif token in ("}", "\\end", "\\right"):
            depth -= 1
        elif depth == 0 and token not in ("\\{", "\\}") and (narrow or token != "\\;"):
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def fitted(text: str, color: str, width: float, size: float = 15.0, ratio: float = 1.0) -> Formula:
    """A display formula no wider than `width`, scaled down a little or broken at wide spaces; raises FormulaError."""
    return _fitted(text, color, int(width), size, ratio)


@lru_cache(maxsize=256)
def _fitted(text: str, color: str, width: int, size: float, ratio: float) -> Formula:
    rows = [text] if "\n" not in text else lines_of(text)
    for finer in (lines_of(text), lines_of(text, narrow=True)):
        if all(formula(row, color, size, ratio).width * SMALLEST <= width for row in rows):
            break
        rows = finer
    set_rows = [formula(row, color, size, ratio) for row in rows]
    for _ in range(4):
        widest = max(row.width for row in set_rows)
        if widest <= width:
            break
        # The margin does not shrink, and sizes of glyphs are rounded: it may take a second try.
        size *= (width - 2.5) / (widest - 2.0)
        set_rows = [formula(row, color, size, ratio) for row in rows]
    if len(set_rows) == 1:
        return set_rows[0]
    return _stacked(set_rows, gap=6.0, ratio=ratio)


def _stacked(rows: list[Formula], gap: float, ratio: float) -> Formula:
    width = max(row.width for row in rows)
    height = sum(row.height for row in rows) + gap * (len(rows) - 1)
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    top = 0.0
    for row in rows:
        painter.drawPixmap(
            QRectF((width - row.width) / 2, top, row.width, row.height), row.pixmap, QRectF(row.pixmap.rect())
        )
        top = round((top + row.height + gap) * ratio) / ratio
    painter.end()
    return Formula(pixmap, width, height, 0.0)


typesetter = _Typesetter()
"""Asks whether formulas can be set without a wait, and tells when."""
