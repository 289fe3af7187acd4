"""Lecture notes: Markdown with formulas between dollars, set as a Qt document in the colours of the theme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPixmap,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
)

from gui.formulas import Formula, FormulaError, fitted, formula
from gui.theme import Theme

_PIECES = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)"
    r"|\\\$"
    r"|\$\$(?P<display>.+?)\$\$"
    r"|\$(?P<inline>(?!\s)(?:\\.|[^$\\])+?(?<!\s))\$(?P<stop>[.,;](?=\s|$))?(?!\d)",
    re.DOTALL,
)
_PLACE = "formula:"
SLACK = 1.5
"""Pixels that a formula may be raised off the baseline before its line is made taller."""


@dataclass(frozen=True)
class Part:
    """One formula of a note."""

    text: str
    display: bool


def split(markdown: str) -> tuple[str, list[Part]]:
    """Takes the formulas out: Markdown with a picture `formula:N` for each, and the formulas in order.

    Dollars in code and `\\$` stay what they are.
    """
    parts: list[Part] = []

    def replace(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["display"] is None and match["inline"] is None:
            return "$"
        display = match["display"] is not None
        # A full stop after a formula goes with it: Qt would let it begin a line.
        text = (match["display"] or match["inline"]) + (match["stop"] or "")
        parts.append(Part(" ".join(text.split()), display))
        picture = f"![formula]({_PLACE}{len(parts) - 1})"
        return f"\n\n{picture}\n\n" if display else picture

    return _PIECES.sub(replace, markdown), parts


class Note(QTextDocument):
    """A note, dressed; formulas are drawn when the document is laid out for a width."""

    def __init__(self, markdown: str, theme: Theme, width: float, font: QFont, mono: QFont, ratio: float = 1.0) -> None:
        super().__init__()
        text, self._parts = split(markdown)
        self._theme, self._width, self._ratio, self._mono = theme, max(80.0, width), ratio, mono
        self._set: dict[int, Formula] = {}
        self._size = QFontMetricsF(font).height() * 1.02
        self.setDefaultFont(font)
        self.setDocumentMargin(0)
        self.setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self._dress()
        self.setTextWidth(self._width)

    def loadResource(self, kind: int, name: QUrl) -> object:
        """The picture of a formula; any other picture is looked for as Qt does."""
        url = name.toString()
        if url.startswith(_PLACE) and (made := self._formula(int(url[len(_PLACE) :]))) is not None:
            return made.pixmap.toImage()
        return super().loadResource(kind, name)

    def _formula(self, index: int) -> Formula | None:
        """The set formula; none where its LaTeX cannot be set."""
        if index not in self._set:
            part, color = self._parts[index], self._theme.text
            try:
                if part.display:
                    self._set[index] = fitted(part.text, color, self._width - 8, self._size, self._ratio)
                else:
                    self._set[index] = self._inline(part.text)
            except FormulaError:
                return None
        return self._set[index]

    def _inline(self, text: str) -> Formula:
        """A formula within a line, no wider than a line of a list: large letters in a narrow panel leave it no more."""
        made = formula(text, self._theme.text, self._size, self._ratio, inline=True)
        room = self._width - self._size * 1.5
        if made.width <= room:
            return made
        return formula(text, self._theme.text, self._size * room / made.width, self._ratio, inline=True)

    def _dress(self) -> None:
        block = self.begin()
        while block.isValid():
            self._dress_block(block)
            block = block.next()
        for start, length, form in self._fragments():
            self._dress_fragment(start, length, form)

    def _dress_block(self, block: QTextBlock) -> None:
        form = QTextBlockFormat(block.blockFormat())
        level = form.headingLevel()
        line = QFontMetricsF(self.defaultFont()).height()
        cursor = QTextCursor(block)
        if level:
            form.setTopMargin(0 if block.blockNumber() == 0 else line * 0.9)
            form.setBottomMargin(line * 0.35)
        else:
            listed = block.textList() is not None
            form.setTopMargin(0)
            form.setBottomMargin(line * (0.3 if listed else 0.6))
            form.setLineHeight(118, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if self._is_display(block):
            form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            form.setLineHeight(100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            form.setTopMargin(line * 0.1)
            form.setBottomMargin(line * 0.7)
        cursor.setBlockFormat(form)
        if (items := block.textList()) is not None and items.itemNumber(block) == 0:
            shape = items.format()
            shape.setIndent(1)
            items.setFormat(shape)
        self.setIndentWidth(line * 1.1)

    def _heading_font(self, level: int) -> QFont:
        font = QFont(self.defaultFont())
        scale = {1: 1.25, 2: 1.08}.get(level, 1.0)
        if font.pixelSize() > 0:
            font.setPixelSize(round(font.pixelSize() * scale))
        else:
            font.setPointSizeF(font.pointSizeF() * scale)
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _fragments(self) -> list[tuple[int, int, QTextCharFormat]]:
        found = []
        block = self.begin()
        while block.isValid():
            walker = block.begin()
            while not walker.atEnd():
                fragment = walker.fragment()
                found.append((fragment.position(), fragment.length(), fragment.charFormat()))
                walker += 1
            block = block.next()
        # From the end, so that a replaced formula does not shift those before it.
        return found[::-1]

    def _dress_fragment(self, start: int, length: int, form: QTextCharFormat) -> None:
        cursor = QTextCursor(self)
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        if form.isImageFormat():
            for offset in reversed(range(length)):
                self._place_formula(start + offset, form.toImageFormat())
            return
        level = self.findBlock(start).blockFormat().headingLevel()
        change = QTextCharFormat(form)
        change.clearProperty(QTextFormat.Property.FontSizeAdjustment)
        if level:
            change.setFont(self._heading_font(level))
        change.setForeground(QColor(self._theme.accent if form.isAnchor() else self._theme.text))
        if form.isAnchor():
            change.setFontUnderline(False)
        if form.fontFixedPitch() or form.property(QTextFormat.Property.FontFixedPitch):
            change.setFont(self._mono)
            change.setBackground(QColor(self._theme.raised))
        cursor.setCharFormat(change)

    def _place_formula(self, at: int, form: QTextImageFormat) -> None:
        """Gives a formula its size and sets it on the line, or shows its source where it cannot be set."""
        if not form.name().startswith(_PLACE):
            return
        index = int(form.name()[len(_PLACE) :])
        cursor = QTextCursor(self)
        cursor.setPosition(at)
        cursor.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
        made = self._formula(index)
        if made is None:
            plain = QTextCharFormat()
            plain.setFont(self._mono)
            plain.setForeground(QColor(self._theme.warning))
            cursor.insertText(self._parts[index].text, plain)
            return
        if not self._parts[index].display:
            made = self._set[index] = on_line(made, self.defaultFont(), self._ratio)
        form.setWidth(made.width)
        form.setHeight(made.height)
        shallow = made.depth <= QFontMetricsF(self.defaultFont()).descent() + SLACK
        align = QTextCharFormat.VerticalAlignment
        form.setVerticalAlignment(align.AlignBaseline if shallow else align.AlignMiddle)
        form.setProperty(QTextFormat.Property.ImageAltText, self._parts[index].text)
        cursor.setCharFormat(form)

    def _is_display(self, block: QTextBlock) -> bool:
        text = block.text()
        if text != "\N{OBJECT REPLACEMENT CHARACTER}":
            return False
        form = block.begin().fragment().charFormat().toImageFormat()
        name = form.name()
        return name.startswith(_PLACE) and self._parts[int(name[len(_PLACE) :])].display


Edge = Literal["top", "bottom"]


def on_line(made: Formula, font: QFont, ratio: float) -> Formula:
    """A formula with room above or below, so that Qt's alignment of pictures puts its baseline on the text's.

    Qt lets a picture with AlignBaseline hang down by the font's descent, and centres one with AlignMiddle at half the
    height of an x.
    """
    metrics = QFontMetricsF(font)
    if made.depth <= metrics.descent() + SLACK:
        return padded(made, "bottom", max(0.0, metrics.descent() - made.depth), ratio)
    excess = (made.height - made.depth) - made.depth - metrics.xHeight() / 2
    return padded(made, "bottom" if excess > 0 else "top", abs(excess), ratio)


def padded(made: Formula, edge: Edge, room: float, ratio: float) -> Formula:
    """The formula with empty room at its top or bottom, in logical pixels."""
    if room < 0.5:
        return made
    height = made.height + room
    pixmap = QPixmap(made.pixmap.width(), max(1, round(height * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    place = QRectF(0, room if edge == "top" else 0, made.width, made.height)
    painter.drawPixmap(place, made.pixmap, QRectF(made.pixmap.rect()))
    painter.end()
    depth = made.depth + (room if edge == "bottom" else 0.0)
    return Formula(pixmap, made.width, height, depth)
