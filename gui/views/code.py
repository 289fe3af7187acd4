"""The network as the PyTorch source that is exported; lines and nodes select each other."""

from __future__ import annotations

import re

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from gui.fonts import scale
from gui.session import Session
from gui.views.base import View, label, mono
from gui.views.highlight import PythonHighlighter


class Source(QPlainTextEdit):
    """Read-only source; a click on a line tells it."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view.body)
        self._view = view
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(mono(round(13 * scale())))
        self.setFrameShape(self.Shape.NoFrame)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if not self.textCursor().hasSelection():
            self._view.choose_line(self.cursorForPosition(event.position().toPoint()).block().text())


class CodeView(View):
    """Follows every edit; shows the lines of the selected nodes in a brighter ground."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.status = label()
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copies the whole source")
        self.bar.addWidget(self.status)
        self.bar.addStretch(1)
        self.bar.addWidget(self.copy)
        self.source = Source(self)
        self.highlighter = PythonHighlighter(self.source.document(), session.theme)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(6, 0, 6, 4)
        layout.addWidget(self.source)
        self.copy.clicked.connect(self._copy)
        self._copied = QTimer(self, singleShot=True, interval=1500)
        self._copied.timeout.connect(lambda: self.copy.setText("Copy"))
        # The source changes with the network alone: a frame of the run need not ask for it.
        session.frame.disconnect(self.update_view)
        session.inferred.connect(self.update_view)
        session.engine_ready.connect(self.update_view)
        session.selection_changed.connect(self._mark)
        self._text = ""

    def hint(self) -> str:
        if self.session.document is None:
            return "Open a project: its PyTorch source is written here."
        self._text = self.session.source()
        if self._text:
            return ""
        if not self.session.engine_is_ready:
            return "PyTorch is being loaded; the source follows in a moment."
        faults = [fault for fault in self.session.document.inference.faults if fault.severity == "error"]
        if faults:
            return f"The source is written once the network is sound. {faults[0].message} {faults[0].fix}"
        return "Add layers and wire them: the network's PyTorch source is written here."

    def restyle(self) -> None:
        theme = self.session.theme
        self.source.setStyleSheet(f"QPlainTextEdit {{ background: {theme.panel}; color: {theme.text}; border: 0; }}")
        self.status.setStyleSheet(f"color: {theme.dim};")
        self.highlighter.restyle(theme)
        self._mark()

    def refresh(self) -> None:
        if self._text == self.source.toPlainText():
            return
        bar = self.source.verticalScrollBar()
        place = bar.value()
        self.source.setPlainText(self._text)
        bar.setValue(place)
        self.status.setText(f"{self.source.blockCount():,} lines · this is what trains and what is exported")
        self._mark()

    def lines_of(self, node: str) -> list[int]:
        """The numbers of the lines (from 0) in which a node is built or called."""
        pattern = re.compile(rf"\bself\.{re.escape(node)}\b|^\s*{re.escape(node)}\s*=")
        return [number for number, line in enumerate(self._text.splitlines()) if pattern.search(line)]

    def choose_line(self, line: str) -> None:
        """Selects the node that a line builds or calls."""
        document = self.session.document
        nodes = document.project.graph.nodes if document else {}
        for name in re.findall(r"\bself\.(\w+)", line) + re.findall(r"^\s*(\w+)\s*=", line):
            if name in nodes:
                self.session.select([name])
                return

    def _mark(self) -> None:
        if not self.isVisible():
            return
        ground = QColor(self.session.theme.accent)
        ground.setAlphaF(0.18)
        marks, first = [], None
        for node in self.session.selection:
            for number in self.lines_of(node):
                block = self.source.document().findBlockByNumber(number)
                mark = QTextEdit.ExtraSelection()
                mark.cursor = QTextCursor(block)
                mark.format.setBackground(ground)
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                marks.append(mark)
                first = first or QTextCursor(block)
        self.source.setExtraSelections(marks)
        if first is not None and not self.source.hasFocus():
            self.source.setTextCursor(first)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.copy.setText("Copied")
        self._copied.start()
