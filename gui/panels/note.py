"""The lecture note: formulas set, links that select a node or bring a view to the front; it can be edited in place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QStackedLayout, QTextBrowser, QWidget

from core.model.ops import Op, SetAbout
from gui.formulas import typesetter
from gui.markdown import Note
from gui.panels.parts import MARGIN, Panel, button, label
from gui.panels.style import face, mono, scale
from gui.session import Session

EMPTY = "This project has no note. Write one: what the network is, what to watch, what to try."
CLOSED = "What a lecture is about is read here. Choose one at the left."


class NotePanel(Panel):
    """Shows `project.note`; Edit turns it into its Markdown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.body.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(MARGIN, 6, MARGIN, 2)
        self.title = label("Lecture")
        self.title.setFont(face(strong=True))
        self.edit_button = button(
            "Edit", self._switch, "link", "Edits the note as Markdown; formulas stand between dollars."
        )
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.edit_button)
        self.body.addLayout(head)
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.setAccessibleName("Lecture note")
        self.browser.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.browser.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # Its place is kept, so that the lines never break anew; with nothing to scroll it shows no handle.
        bar = self.browser.verticalScrollBar()
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
        bar.setEnabled(False)
        self.browser.setViewportMargins(MARGIN, 4, 4, 8)
        self.browser.anchorClicked.connect(self.follow)
        self.editor = QPlainTextEdit()
        self.editor.setFont(mono())
        self.editor.setAccessibleName("Note as Markdown")
        self.editor.setPlaceholderText(EMPTY)
        self.editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.browser)
        self._stack.addWidget(self.editor)
        self.body.addLayout(self._stack, 1)
        self._shown: object = None
        session.document_activated.connect(self._read)
        session.edited.connect(self._take_edit)
        session.theme_changed.connect(self.refresh_soon)
        typesetter.ready.connect(self.refresh_soon)
        self.refresh_soon()

    def refresh(self) -> None:
        """Sets the note for the present width and theme; the place that is read stays."""
        document = self.session.document
        note = document.project.note if document is not None else ""
        self.edit_button.setVisible(document is not None)
        if "$" in note and not typesetter.is_ready:
            typesetter.prepare()
            return
        room = self.browser.viewport().width() - 4
        # Under a style sheet for the whole program the note does not hear of another font.
        state = (note, document is None, self.theme.name, room, typesetter.is_ready, scale())
        if state == self._shown or room < 80:
            return
        same = isinstance(self._shown, tuple) and self._shown[0] == note
        self._shown = state
        bar = self.browser.verticalScrollBar()
        at = bar.value() / max(1, bar.maximum()) if same else 0.0
        shown = note or f"*{CLOSED if document is None else EMPTY}*"
        made = Note(shown, self.theme, room, face(), mono(), self.devicePixelRatioF())
        made.setParent(self.browser)
        self.browser.setDocument(made)
        bar.setValue(round(at * bar.maximum()))

    def follow(self, link: QUrl) -> None:
        """`node:` selects and centres a node, `view:` and `panel:` bring one to the front; web pages open outside."""
        scheme, target = link.scheme(), link.path()
        if scheme == "node":
            if not self.session.visit(target):
                self.session.noticed.emit(f"There is no node “{target}” in this network any more.", "info")
        elif scheme in ("view", "panel"):
            self.session.view_requested.emit(target)
        elif scheme in ("http", "https"):
            QDesktopServices.openUrl(link)

    def sizeHint(self) -> QSize:
        return QSize(320, 300)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh_soon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._shown = None
            self.refresh_soon()

    def _switch(self) -> None:
        """From the note to its Markdown and back, which is one undo step."""
        document = self.session.document
        if document is None:
            return
        if self._stack.currentWidget() is self.browser:
            self.editor.setPlainText(document.project.note)
            self._stack.setCurrentWidget(self.editor)
            self.edit_button.setText("Done")
            self.editor.setFocus()
            return
        text = self.editor.toPlainText()
        if text != document.project.note:
            self.session.edit("Edit the note", [SetAbout(document.project.title, text)])
        self._read()

    def _read(self) -> None:
        self._stack.setCurrentWidget(self.browser)
        self.edit_button.setText("Edit")
        self.refresh_soon()

    def _take_edit(self, ops: list[Op]) -> None:
        if any(isinstance(op, SetAbout) for op in ops):
            self.refresh_soon()
