"""Which part of the network is seen: all of it until the user zooms or pans; each document keeps its own."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView

from gui.canvas.gestures.zoom import zoom_to
from gui.canvas.scene import CanvasScene
from gui.place import Step
from gui.session import Document

_MARGIN = 24.0
_LARGEST = 1.25
Steps = tuple[Step, ...]


class Sight:
    """Zoom and place of a view, by document."""

    def __init__(self, view: QGraphicsView, scene: CanvasScene) -> None:
        self._view = view
        self._scene = scene
        self._fitted = True
        self._document: Document | None = None
        self._steps: Steps = ()
        self._places: WeakKeyDictionary[Document, dict[Steps, tuple[float, QPointF]]] = WeakKeyDictionary()

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

    def bring(self, items: Sequence[QGraphicsItem]) -> None:
        """Brings some items into sight: by moving where that will do, else by showing everything."""
        bounds = QRectF()
        for item in items:
            bounds = bounds.united(item.sceneBoundingRect())
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        if bounds.width() > seen.width() or bounds.height() > seen.height() or self._fitted:
            self.fit()
        else:
            self._view.ensureVisible(bounds, round(_MARGIN), round(_MARGIN))

    def resized(self) -> None:
        if self._fitted:
            self.fit()

    def turn_to(self, document: Document | None, steps: Steps = ()) -> None:
        """Shows a document, or a block in it, as it was last seen, or the whole of it."""
        self._document, self._steps = document, steps
        known = self._places.get(document, {}) if document is not None else {}
        if steps in known:
            zoom, middle = known[steps]
            zoom_to(self._view, zoom)
            self._view.centerOn(middle)
            self._fitted = False
        else:
            self.fit()

    def remember(self) -> QRectF:
        """Keeps what is seen now for this document; returns it as a rectangle of the scene."""
        seen = QRectF(self._view.mapToScene(self._view.viewport().rect()).boundingRect())
        if self._document is not None and not self._fitted:
            known = self._places.setdefault(self._document, {})
            known[self._steps] = (self._view.transform().m11(), seen.center())
        return seen
