"""A strip under the top bar that asks or tells something and waits for an answer without standing in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

Answer = tuple[str, Callable[[], object]]
"""What a button says and does."""


class Notice(QFrame):
    """Hidden until it has something to say; what it says next takes the place of what it said before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 7, 10, 7)
        self._row.setSpacing(8)
        self._row.addWidget(self.text, 1)
        self.hide()

    def say(self, text: str, answers: Sequence[Answer], level: str = "info") -> None:
        """Shows a text with buttons; the first is the one that matters most, unless something is wrong."""
        self._drop_buttons()
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.text.setText(text)
        self.text.setAccessibleName(text)
        for number, (word, do) in enumerate(answers):
            first = number == 0 and level != "error"
            made = QPushButton(word, objectName="primary" if first else "chrome")
            made.setAutoDefault(False)
            made.clicked.connect(lambda _=False, do=do: do())
            self._row.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
            self.buttons.append(made)
        self.show()

    def end(self) -> None:
        """Goes away."""
        self._drop_buttons()
        self.text.clear()
        self.hide()

    def button(self, word: str) -> QPushButton:
        """A button by what it says; raises StopIteration where there is none."""
        return next(each for each in self.buttons if each.text() == word)

    def _drop_buttons(self) -> None:
        for each in self.buttons:
            self._row.removeWidget(each)
            # One of them may be the one that is being clicked.
            each.hide()
            each.deleteLater()
        self.buttons = []
