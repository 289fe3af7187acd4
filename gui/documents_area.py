"""The tabs of the open projects over the one canvas that shows the project in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QTabBar, QToolButton, QVBoxLayout, QWidget

from gui.crumbs import Crumbs
from gui.fonts import scale
from gui.icons import icon
from gui.panes import Strip, Tabs
from gui.session import Session

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

UNSAVED = " ●"
CROSS, PLUS = 11, 14
"""Sides of the icons, with letters of the usual size."""


class DocumentsArea(QWidget):
    """The canvas is made by `make_canvas`, after the first paint."""

    close_wanted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.canvas: CanvasView | None = None
        self.setObjectName("middle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.tabs = Tabs("Open projects")
        self.tabs.setObjectName("documents")
        self.new = QToolButton(objectName="quiet")
        self.new.setToolTip("New project (Ctrl+N)")
        self.new.setAccessibleName("New project")
        self.new.clicked.connect(session.new_document)
        strip = self.strip = Strip(self.tabs)
        strip.row.setStretch(0, 0)
        strip.row.addWidget(self.new)
        self.way = Crumbs(session, lent=True)
        """The way out of a block, while the bar above has no room for it."""
        strip.row.addWidget(self.way, 1)
        strip.row.addStretch()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(strip)
        self._layout.addStretch(1)
        self.tabs.currentChanged.connect(self._turned)
        session.documents_changed.connect(self.refresh)
        session.document_activated.connect(self.refresh)
        session.edited.connect(lambda ops: self._name_tabs())
        session.theme_changed.connect(self._dress)
        self._dress()
        self.refresh()

    def make_canvas(self) -> CanvasView:
        """Makes the canvas, once."""
        if self.canvas is None:
            from gui.canvas.view import CanvasView

            self.canvas = CanvasView(self.session)
            self._layout.takeAt(self._layout.count() - 1)
            self._layout.addWidget(self.canvas, 1)
        return self.canvas

    def refresh(self) -> None:
        """A tab for every open project; the one in front is chosen."""
        documents = self.session.documents
        self.tabs.blockSignals(True)
        while self.tabs.count() > len(documents):
            self.tabs.removeTab(self.tabs.count() - 1)
        while self.tabs.count() < len(documents):
            self._add_tab()
        if self.session.document in documents:
            self.tabs.setCurrentIndex(documents.index(self.session.document))
        self.tabs.blockSignals(False)
        self._name_tabs()

    def _add_tab(self) -> None:
        index = self.tabs.addTab("")
        close = QToolButton(objectName="quiet")
        close.setToolTip("Close (Ctrl+W)")
        close.setAccessibleName("Close the project")
        self._draw(close, "close", CROSS)
        close.clicked.connect(lambda: self.close_wanted.emit(self._index_of(close)))
        self.tabs.setTabButton(index, QTabBar.ButtonPosition.RightSide, close)

    def _index_of(self, close: QWidget) -> int:
        side = QTabBar.ButtonPosition.RightSide
        return next(index for index in range(self.tabs.count()) if self.tabs.tabButton(index, side) is close)

    def _name_tabs(self) -> None:
        for index, document in enumerate(self.session.documents):
            self.tabs.setTabText(index, document.project.title + ("" if document.is_saved else UNSAVED))
            self.tabs.setTabToolTip(index, str(document.path) if document.path else "Not yet saved as a file")

    def _turned(self, index: int) -> None:
        if index >= 0:
            self.session.activate(index)

    def _dress(self) -> None:
        self._draw(self.new, "plus", PLUS)
        for index in range(self.tabs.count()):
            button = self.tabs.tabButton(index, QTabBar.ButtonPosition.RightSide)
            if isinstance(button, QToolButton):
                self._draw(button, "close", CROSS)

    def _draw(self, button: QToolButton, name: str, side: int) -> None:
        """An icon as large as the letters ask for."""
        side = round(side * scale())
        button.setIconSize(QSize(side, side))
        button.setIcon(icon(name, self.session.theme.dim, size=side))
        # A tab leaves its button as large as it was.
        button.resize(button.sizeHint())
