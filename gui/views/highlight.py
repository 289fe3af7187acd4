"""Python in colours, from a few patterns: enough for the source that the program writes itself."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.theme import Theme

PATTERN = re.compile(
    r"(?P<comment>\#.*)"
    r'|(?P<string>[rfb]?"""(?:.*?""")?|[rfb]?"(?:[^"\\]|\\.)*"|[rfb]?\'(?:[^\'\\]|\\.)*\')'
    r"|(?P<number>\b\d[\d_]*\.?\d*(?:e[+-]?\d+)?\b)"
    r"|(?P<self>\bself\b)"
    r"|\b(?:def|class)\s+(?P<name>\w+)"
    rf"|(?P<keyword>\b(?:{'|'.join(keyword.kwlist)})\b)"
)
QUOTES = '"""'


class PythonHighlighter(QSyntaxHighlighter):
    """Keywords, names that are defined, strings, numbers and comments in the theme's colours."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.restyle(theme)

    def restyle(self, theme: Theme) -> None:
        """Takes the theme's colours and colours all anew."""
        dark = theme.is_dark
        colors = {
            "comment": theme.dim,
            "string": "#7FD1AE" if dark else "#0B6B4A",
            "number": "#F2B866" if dark else "#8A4B00",
            "self": theme.dim,
            "name": theme.text,
            "keyword": "#7DB8FF" if dark else "#1450B8",
        }
        self._formats = {}
        for name, color in colors.items():
            made = QTextCharFormat()
            made.setForeground(QColor(color))
            if name == "name":
                made.setFontWeight(QFont.Weight.Bold)
            made.setFontItalic(name == "comment")
            self._formats[name] = made
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colours a line; a state of 1 says that a docstring goes on over its end."""
        start = 0
        self.setCurrentBlockState(0)
        if self.previousBlockState() == 1:
            end = text.find(QUOTES)
            if end < 0:
                self.setFormat(0, len(text), self._formats["string"])
                self.setCurrentBlockState(1)
                return
            start = end + 3
            self.setFormat(0, start, self._formats["string"])
        while found := PATTERN.search(text, start):
            kind = found.lastgroup or "keyword"
            if kind == "name":
                self.setFormat(
                    found.start(), 5 if text.startswith("class", found.start()) else 3, self._formats["keyword"]
                )
            if kind == "string" and found.group().lstrip("rfb") == QUOTES:
                self.setFormat(found.start(), len(text) - found.start(), self._formats["string"])
                self.setCurrentBlockState(1)
                return
            self.setFormat(found.start(kind), len(found.group(kind)), self._formats[kind])
            start = found.end()
