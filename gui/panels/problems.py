"""Everything that is wrong with the network, in plain words: its place, the way out and, where possible, a Fix."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.model.fault import Fault, Severity
from core.training.records import Failure
from gui.panels.parts import Column, Panel, button, clear, label, numbers
from gui.panels.style import face
from gui.session import Session

WORDS: dict[Severity, str] = {"error": "Error", "warning": "Warning"}
SIGNS: dict[Severity, str] = {"error": "✕", "warning": "!"}


class ProblemRow(QFrame):
    """One finding; a click or Enter leads to its node."""

    visited = Signal()

    def __init__(
        self, severity: Severity, where: str, message: str, fix: str, mend: Callable[[], object] | None
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{WORDS[severity]}: {message} {fix}")
        if where:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Click to show the node.")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 7, 10, 7)
        row.setSpacing(10)
        sign = label(SIGNS[severity], severity)
        sign.setFont(face(strong=True))
        sign.setFixedWidth(12)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        head = label(message, wrap=True)
        head.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        texts.addWidget(head)
        if fix:
            below = label(fix, "dim", wrap=True)
            below.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            texts.addWidget(below)
        place = numbers(f"{WORDS[severity]} · {where}" if where else WORDS[severity])
        place.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        texts.addWidget(place)
        row.addLayout(texts, 1)
        if mend is not None:
            self.fix_button = button("Fix", mend, "", fix)
            self.fix_button.setAccessibleName(f"Fix: {fix}")
            row.addWidget(self.fix_button, 0, Qt.AlignmentFlag.AlignTop)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.visited.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.visited.emit()
        else:
            super().keyPressEvent(event)


class ProblemsPanel(Panel):
    """Errors first, then warnings; the failure of the last run above all."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.column = Column()
        self.body.addWidget(self.column)
        self.rows: list[ProblemRow] = []
        self._shown: object = None
        session.inferred.connect(self.refresh_soon)
        session.run_changed.connect(self.refresh_soon)
        session.document_activated.connect(self.refresh_soon)
        self.refresh_soon()

    def refresh(self) -> None:
        """Lists what is found now; an unchanged list is left alone."""
        document = self.session.document
        faults = self.session.inference.faults if document is not None else ()
        failure = self.session.run.failure if self.session.run is not None else None
        if (faults, failure, document is None) == self._shown:
            return
        self._shown = (faults, failure, document is None)
        clear(self.column.body)
        self.rows = []
        if failure is not None:
            self._add_failure(failure)
        for severity in ("error", "warning"):
            for fault in faults:
                if fault.severity == severity:
                    self._add(fault)
        if not self.rows:
            self.column.body.addWidget(self._nothing(document is None))
        self.column.body.addStretch(1)

    def _nothing(self, closed: bool) -> QWidget:
        if closed:
            return label("No project is open.", "dim", wrap=True)
        return label("✓  No problems: the shapes fit and the network can train.", "good", wrap=True)

    def _add(self, fault: Fault) -> None:
        mend = (lambda: self.session.mend(fault)) if fault.mendable else None
        self._put(ProblemRow(fault.severity, fault.node, fault.message, fault.fix, mend), fault.node)

    def _add_failure(self, failure: Failure) -> None:
        row = ProblemRow("error", failure.node, f"The last run ended early. {failure.message}", failure.fix, None)
        self._put(row, failure.node)

    def _put(self, row: ProblemRow, node: str) -> None:
        row.visited.connect(lambda: self._visit(node))
        self.rows.append(row)
        self.column.body.addWidget(row)

    def _visit(self, node: str) -> None:
        if node:
            self.session.visit(node)
