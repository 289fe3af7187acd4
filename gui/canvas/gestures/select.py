"""Selects: a click, Shift and click, a rubber band on empty ground."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QRubberBand

from gui.canvas.hit import Hit
from gui.canvas.node_item import NodeItem
from gui.canvas.stage import Gesture, Stage

ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


def click(stage: Stage, found: Hit, event: QMouseEvent) -> None:
    """Selects what was pressed; with Shift or Ctrl it joins or leaves the selection."""
    adding = bool(event.modifiers() & ADDING)
    session, scene = stage.session, stage.scene
    if found.node is not None:
        chosen = session.selection
        name = found.node.name
        if adding:
            session.select([each for each in chosen if each != name] if name in chosen else [*chosen, name])
        elif name not in chosen:
            scene.select_wires(())
            session.select([name])
    elif found.wire is not None:
        end = found.wire.edge.end
        if not adding:
            session.select([])
        scene.select_wires(scene.selected_wires ^ {end} if adding else {end})


class Band(Gesture):
    """A rubber band: everything that it touches is selected."""

    def __init__(self, stage: Stage, event: QMouseEvent) -> None:
        super().__init__(stage)
        self._start = event.position().toPoint()
        self._before = stage.session.selection if event.modifiers() & ADDING else ()
        self._band: QRubberBand | None = None

    def move(self, event: QMouseEvent) -> None:
        now = event.position().toPoint()
        if self._band is None:
            if (now - self._start).manhattanLength() < 4:
                return
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.stage.view.viewport())
            self._band.show()
        self._band.setGeometry(QRect(self._start, now).normalized())

    def release(self, event: QMouseEvent) -> None:
        if self._band is None:
            if not event.modifiers() & ADDING:
                self.stage.scene.select_wires(())
                self.stage.session.select([])
            return
        area = QRectF(self.stage.view.mapToScene(self._band.geometry()).boundingRect())
        self.cancel()
        touched = self.stage.scene.items(area)
        names = [
            item.name
            for item in touched
            if isinstance(item, NodeItem) and not item.is_inner and item.scene_box.intersects(area)
        ]
        order = [name for name in self.stage.scene.nodes if name in set(names) | set(self._before)]
        self.stage.scene.select_wires(())
        self.stage.session.select(order)

    def cancel(self) -> None:
        if self._band is not None:
            self._band.hide()
            self._band.deleteLater()
            self._band = None
