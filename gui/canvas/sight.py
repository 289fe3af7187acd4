"""Which part of the network is seen: all of it until the user zooms or pans; each document keeps its own."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsView

from gui.canvas.gestures.zoom import zoom_to
from gui.canvas.scene import CanvasScene
from gui.session import Document

_MARGIN = 24.0
_LARGEST = 1.25


class Sight:
    """Zoom and place of a view, by document."""

    def __init__(self, view: QGraphicsView, scene: CanvasScene) -> None:
        self._view = view
        self._scene = scene
        self._fitted = True
        self._document: Document | None = None
        self._places: WeakKeyDictionary[Document, tuple[float, QPointF]] = WeakKeyDictionary()

    def loosen(self) -> None:
        """The user chose a place: a new size of the window doesn't change it any more."""
        self._fitted = False

    def fit(self) -> None:
        """Shows all nodes and wires, at most a little larger than life."""
        self._fitted = True
        bounds = QRectF()
        for item in (*self._scene.nodes.values(), *self._scene.wires.values()):
            bounds = bounds.united(item.sceneBoundingRect())
        room = QRectF(self._view.viewport().rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        if bounds.isEmpty() or room.width() <= 0 or room.height() <= 0:
            return
        zoom_to(self._view, min(room.width() / bounds.width(), room.height() / bounds.height(), _LARGEST))
        self._view.centerOn(bounds.center())

    def resized(self) -> None:
        if self._fitted:
            self.fit()

    def turn_to(self, document: Document | None) -> None:
        """Shows a document as it was last seen, or the whole of it."""
        self._document = document
        if document is not None and document in self._places:
            zoom, middle = self._places[document]
            zoom_to(self._view, zoom)
            self._view.centerOn(middle)
            self._fitted = False
        else:
            self.fit()

    def remember(self) -> QRectF:
        """Keeps what is seen now for this document; returns it as a rectangle of the scene."""
        seen = QRectF(self._view.mapToScene(self._view.viewport().rect()).boundingRect())
        if self._document is not None and not self._fitted:
            self._places[self._document] = (self._view.transform().m11(), seen.center())
        return seen
