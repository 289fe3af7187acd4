"""Where everything stands: three columns, the live views under the canvas, the note under the inspector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from gui.documents_area import DocumentsArea
from gui.panels import PANELS
from gui.panes import Pane
from gui.session import Session
from gui.view_panes import ViewPanes
from gui.views import VIEWS

if TYPE_CHECKING:
    from gui.window import Window

NARROW = 1280
"""Below this width the right side folds away."""
LEFT = ("layers", "lectures", "outline")
RIGHT = ("inspector", "training", "data")
BELOW = ("problems", "runs", "sweep")
BESIDE = ("weights", "activations", "confusion", "boundary", "samples")
"""Live views that stand to the right of the others at first."""


@dataclass
class Places:
    """The parts of the window by name."""

    columns: QSplitter
    middle: QSplitter
    documents: DocumentsArea
    views: ViewPanes
    left: Pane
    right: QSplitter
    details: Pane
    note: Pane

    def in_order(self) -> tuple[QWidget, ...]:
        """All parts as one reads them; of a pane its tabs come first."""
        panes = (self.left, *self.views.panes, self.details, self.note)
        left, *rest = [part for pane in panes for part in (pane.strip, pane)]
        return left, rest[0], self.documents.strip, self.documents, *rest[1:]

    def side(self, name: str) -> QWidget:
        """`left`, `right` or `bottom`."""
        return {"left": self.left, "right": self.right, "bottom": self.views}[name]

    def side_of(self, id: str) -> str:
        """On which side a panel or view is; empty for an unknown one and for one that is torn off."""
        if id in self.left.ids:
            return "left"
        if id in self.details.ids or id in self.note.ids:
            return "right"
        return "bottom" if self.views.pane_of(id) else ""

    def show_tab(self, id: str) -> bool:
        """Brings a panel or a view to the front; whether there is one."""
        return any(pane.show_tab(id) for pane in (self.left, self.details, self.note)) or self.views.show_view(id)

    def wake(self) -> None:
        """Makes what is in front."""
        for pane in (self.left, self.details, self.note):
            pane.wake()
        self.views.wake()


def build_places(session: Session, window: Window) -> Places:
    """Puts the parts together at the sizes of the settings."""
    by_id = {entry[0]: entry for entry in PANELS}
    left, details, note = Pane(session, "Layers and lectures"), Pane(session, "Settings"), Pane(session, "Note")
    for pane, ids in ((left, LEFT), (details, RIGHT), (note, ("note",))):
        for id in ids:
            if id in by_id:
                pane.add(by_id[id])
    # The note says itself what it is.
    note.strip.hide()
    documents = DocumentsArea(session)
    middle = QSplitter(Qt.Orientation.Vertical)
    views = ViewPanes(session, (*VIEWS, *(by_id[id] for id in BELOW if id in by_id)), BESIDE, window)
    right = QSplitter(Qt.Orientation.Vertical)
    columns = QSplitter(Qt.Orientation.Horizontal)
    for splitter, parts in ((right, (details, note)), (middle, (documents, views)), (columns, (left, middle, right))):
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        for part in parts:
            splitter.addWidget(part)
    # Its three tabs have room.
    left.setMinimumWidth(220)
    right.setMinimumWidth(260)
    views.setMinimumHeight(160)
    documents.setMinimumSize(360, 200)
    settings = window.settings
    width, height = settings.size
    columns.setStretchFactor(1, 1)
    columns.setSizes([settings.left, max(400, width - settings.left - settings.right), settings.right])
    middle.setStretchFactor(0, 1)
    bottom = min(settings.bottom, round(0.38 * height))
    middle.setSizes([max(200, height - bottom - 72), bottom])
    for place, share in enumerate((3, 2)):
        right.setStretchFactor(place, share)
    right.setSizes([round(0.6 * height), round(0.4 * height)])
    return Places(columns, middle, documents, views, left, right, details, note)
