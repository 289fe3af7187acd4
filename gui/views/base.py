"""What every live view shares: it works only while it is seen, says what it watches, and never paints twice a frame."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QHideEvent, QShowEvent
from PySide6.QtWidgets import QGraphicsView, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from core.training.records import Snapshot, Watch
from gui.cut_label import CutLabel
from gui.fonts import scale
from gui.session import LiveRun, Session


def mono(pixels: int = 12) -> QFont:
    """The monospaced face, so that numbers don't dance; of so many pixels whatever the size of letters."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels)
    return font


PRESS, STARTED, CLOSED = "Press Train: ", "Training has begun: ", "Open a project or a lecture and press Train: "
"""How the hint of a view begins that waits for a run, for the first step of one, and for a project."""


class View(QWidget):
    """A bar of controls over a body; a hint takes the body's place while there is nothing to show.

    A subclass fills `bar` and `body`, returns what it needs from `watch` and `hint`, and draws in `refresh`, which is
    called on a session's frame, and only while the view can be seen.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._scale = scale()
        self.bar = QHBoxLayout()
        self.bar.setContentsMargins(12, 6, 12, 2)
        self.bar.setSpacing(8)
        self.body = QWidget()
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setObjectName("dim")
        self._pages = QStackedLayout()
        self._pages.addWidget(self._hint)
        self._pages.addWidget(self.body)
        self._controls = QWidget(objectName="controls")
        self._controls.setLayout(self.bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controls)
        layout.addLayout(self._pages, 1)
        session.frame.connect(self.update_view)
        session.run_changed.connect(self.update_view)
        session.document_activated.connect(self._begin_again)
        session.theme_changed.connect(self._restyle)

    @property
    def run(self) -> LiveRun | None:
        return self.session.run

    @property
    def snapshot(self) -> Snapshot | None:
        return self.session.snapshot

    def watch(self) -> Watch | None:
        """What the next snapshots shall hold for this view."""
        return None

    def hint(self) -> str:
        """Why there is nothing to draw, and what to do; empty when there is something."""
        return ""

    def refresh(self) -> None:
        """Draws what is new."""

    def restyle(self) -> None:
        """Takes the theme's colours."""

    def update_view(self) -> None:
        """Draws, if anybody can see it."""
        if not self.isVisible():
            return
        hint = self.hint()
        if hint:
            run = self.run
            # Until a run that was started has something to show, nobody needs to press anything.
            waits = hint.startswith(PRESS) and run is not None and run.active
            begin = STARTED if waits else PRESS if self.session.document else CLOSED
            self._hint.setText(hint.replace(PRESS, begin, 1))
        self._controls.setVisible(not hint)
        self._pages.setCurrentIndex(0 if hint else 1)
        if not hint:
            self.refresh()

    def ask(self) -> None:
        """Tells the session what to watch; call it when that has changed."""
        self.session.set_watch(self, self.watch() if self.isVisible() else None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for control in self._controls.findChildren(QWidget):
            # Choosers and arrows have no words of their own.
            if control.toolTip() and not control.accessibleName():
                control.setAccessibleName(control.toolTip())
        self._restyle()
        self.ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.session.set_watch(self, None)

    def _begin_again(self) -> None:
        if self.isVisible():
            self.ask()
            self.update_view()

    def _restyle(self) -> None:
        if self.isVisible():
            if self._scale != scale():
                self._resize_fonts(scale() / self._scale)
            self._hint.setStyleSheet(f"color: {self.session.theme.dim}; padding: 16px;")
            self.restyle()
            self.update_view()

    def _resize_fonts(self, factor: float) -> None:
        """Takes faces of their own along when the whole program is drawn larger or smaller.

        What lies over a plot is left to it, since it knows the room.
        """
        self._scale = scale()
        for widget in self.findChildren(QWidget):
            if isinstance(widget.parentWidget(), QGraphicsView):
                continue
            if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and widget.font().pixelSize() > 0:
                font = widget.font()
                font.setPixelSize(round(font.pixelSize() * factor))
                widget.setFont(font)


def label(text: str = "", parent: QWidget | None = None) -> QLabel:
    """A label for numbers, monospaced."""
    made = QLabel(text, parent)
    made.setFont(mono(round(12 * scale())))
    return made


class Line(CutLabel):
    """A line of numbers at the right end of a bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(mono(round(12 * scale())))
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
