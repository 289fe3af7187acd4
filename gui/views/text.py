"""What a network that predicts the next character writes by itself."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from core.training.records import Watch
from gui.fonts import scale
from gui.session import Session
from gui.views.base import View, label, mono

LENGTH = 160
NEXT = "next character"


class TextView(View):
    """A line of text that the network wrote after the latest epoch, above those of the epochs before."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.status = label("what the network writes by itself, after each epoch")
        self.bar.addWidget(self.status)
        self.bar.addStretch(1)
        self.page = QPlainTextEdit(readOnly=True)
        self.page.setFont(mono(round(13 * scale())))
        self.page.setAccessibleName("Text that the network wrote")
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(12, 0, 12, 8)
        layout.addWidget(self.page)
        self._written: dict[int, str] = {}
        self._of: object = None

    def watch(self) -> Watch | None:
        return Watch(text=LENGTH)

    def hint(self) -> str:
        fields = self.session.fields
        reads, wants = fields.get("x"), fields.get("y")
        if not (reads and wants and reads.meaning == wants.meaning == "token" and reads.labels == wants.labels):
            return "A network writes text when it learned to predict the next character: open the character LSTM."
        task = str(self.session.front.project.data.params.get("task", NEXT))
        if task != NEXT:
            return "This network fills gaps; only one that learned to predict the next character writes text."
        if self.snapshot is None or not self.snapshot.text:
            return "Press Train: after each epoch the network writes a line here."
        return ""

    def restyle(self) -> None:
        theme = self.session.theme
        self.status.setStyleSheet(f"color: {theme.dim};")
        self.page.setStyleSheet(f"QPlainTextEdit {{ background: {theme.panel}; color: {theme.text}; border: none; }}")

    def refresh(self) -> None:
        snapshot = self.snapshot
        if snapshot is None or not snapshot.text:
            return
        if self._of is not self.run:
            self._of, self._written = self.run, {}
        if self._written.get(snapshot.epoch) == snapshot.text:
            return
        self._written[snapshot.epoch] = snapshot.text
        lines = [f"epoch {epoch}\n{text}" for epoch, text in sorted(self._written.items(), reverse=True)]
        self.page.setPlainText("\n\n".join(lines))
