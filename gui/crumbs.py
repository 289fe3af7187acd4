"""Where I am: the lecture and the project, beside the program's name."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

import presets
from gui.fonts import BASE
from gui.session import Session

ROOM = 190
"""Pixels that a title may take before it is cut."""
LONG, SHORT = 330, 150
"""Width that is kept with and without the lecture, at the usual size of letters."""


class Crumbs(QWidget):
    """`› lecture › title`, each cut where the room is short."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(7)
        self.signs = [QLabel("›", objectName="crumb") for _ in range(2)]
        self.lecture = QLabel(objectName="crumb")
        self.title = QLabel(objectName="here")
        for widget in (self.signs[0], self.lecture, self.signs[1], self.title):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        self.narrow = False
        for signal in (session.documents_changed, session.document_activated, session.theme_changed):
            signal.connect(self.refresh)
        session.edited.connect(lambda ops: self.refresh())
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        """Leaves the lecture out where the window is narrow."""
        if narrow != self.narrow:
            self.narrow = narrow
            self.refresh()

    def refresh(self) -> None:
        document = self._session.document
        lecture = lecture_of(document.project.lecture) if document else ""
        self.signs[0].setVisible(bool(document))
        self.signs[1].setVisible(bool(lecture) and not self.narrow)
        self.lecture.setVisible(bool(lecture) and not self.narrow)
        _put(self.lecture, lecture)
        _put(self.title, document.project.title if document else "")
        # What stands to the right does not move when another project comes to the front.
        self.setMinimumWidth(round((SHORT if self.narrow else LONG) * max(1.0, self.font().pixelSize() / BASE)))


def lecture_of(preset: str) -> str:
    """The lecture that a preset belongs to, without its number; empty for a project of one's own."""
    found = next((info.lecture for info in presets.catalogue() if info.id == preset), "") if preset else ""
    number, _, name = found.partition(" ")
    return name if number.isdigit() else found


def _put(label: QLabel, text: str) -> None:
    label.setText(label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, ROOM))
    label.setToolTip(text)
