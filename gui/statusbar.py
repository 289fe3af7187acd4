"""The line at the bottom: size and cost of the network, findings, undo depth, whether it is saved, the zoom."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from core.model.amounts import counted, flops, size
from gui.costs import ONE
from gui.fonts import mono
from gui.session import Session

MARGIN, SPACING = 12, 22


class StatusLine(QWidget):
    """Dim and monospaced; the findings lead to the problems, the zoom shows everything."""

    problems_wanted = Signal()
    fit_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.parameters, self.cost, self.undo, self.saved = (QLabel(objectName="crumb") for _ in range(4))
        self.findings = QToolButton(objectName="note")
        self.zoom = QToolButton(objectName="note")
        self.findings.setToolTip("Show the problems")
        self.zoom.setToolTip("Show the whole network (Ctrl+0)")
        self.findings.clicked.connect(self.problems_wanted)
        self.zoom.clicked.connect(self.fit_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 0, MARGIN, 0)
        row.setSpacing(SPACING)
        for widget in (self.parameters, self.cost, self.findings):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.undo, self.saved, self.zoom):
            row.addWidget(widget)
        for signal in (session.inferred, session.document_activated, session.documents_changed, session.engine_ready):
            signal.connect(self.refresh)
        session.edited.connect(lambda ops: self.refresh())
        session.theme_changed.connect(self.dress)
        self.show_zoom(1.0)
        self.dress()

    def dress(self) -> None:
        pixels = self.font().pixelSize()
        for widget in (self.parameters, self.cost, self.findings, self.undo, self.saved, self.zoom):
            widget.setFont(mono(max(9, round(pixels * 0.85))))
        self.setFixedHeight(max(24, round(pixels * 1.85)))
        self.refresh()

    def show_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{round(100 * zoom)} %")

    def refresh(self) -> None:
        session = self.session
        document = session.document
        for widget in (self.parameters, self.cost, self.findings, self.undo, self.saved, self.zoom):
            widget.setVisible(document is not None)
        if document is None:
            return
        inference, history = session.inference, session.history
        known = session.engine_is_ready
        self.parameters.setText(counted(inference.parameters, "parameter") if known else "PyTorch is loading …")
        whole = session.here.whole
        amounts = f"{flops(whole.flops)}, {size(whole.memory)} / sample"
        self.cost.setText(amounts if known and inference.nodes else "")
        self.cost.setToolTip(f"What the whole network computes, and the memory that its activations take. {ONE}")
        self.undo.setText(f"undo {history.depth}" if history.depth else "nothing to undo")
        self.undo.setToolTip(f"Undo: {history.undo_text}" if history.depth else "")
        self.saved.setText(_saved(document.path is not None, document.is_saved))
        self.saved.setToolTip(str(document.path or "Not yet saved as a file"))
        self._show_findings(known)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leaves out what has no room, instead of cutting it: with large letters in a small window that is much."""
        if self.session.document is None:
            return
        room = self.width() - 2 * MARGIN
        for widget in (self.findings, self.parameters, self.zoom, self.saved, self.cost, self.undo):
            room -= widget.sizeHint().width() + SPACING
            widget.setVisible(room >= 0)

    def _show_findings(self, known: bool) -> None:
        faults = self.session.inference.faults
        errors = sum(fault.severity == "error" for fault in faults)
        text = counted(len(faults), "finding") if faults else "shapes ok"
        self.findings.setText(text if known else "")
        level = "error" if errors else "warning" if faults else ""
        if level != self.findings.property("level"):
            self.findings.setProperty("level", level)
            self.findings.style().unpolish(self.findings)
            self.findings.style().polish(self.findings)


def _saved(has_file: bool, is_saved: bool) -> str:
    if is_saved:
        return "saved" if has_file else "unchanged"
    return "not saved"
