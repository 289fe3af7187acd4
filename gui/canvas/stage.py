"""What a gesture may use: the view, the scene, the session, the cursor and a sentence beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGraphicsView

from core.model.graph import Edge
from core.model.project import Project
from gui.actions import Actions
from gui.canvas.hit import Hit, hit
from gui.canvas.insert import LooseEnd
from gui.canvas.scene import CanvasScene
from gui.canvas.whisper import Whisper
from gui.session import Session


@dataclass
class Stage:
    """Handed to every gesture. `search` opens search-and-insert at a point, for a loose end or on a wire."""

    view: QGraphicsView
    scene: CanvasScene
    session: Session
    whisper: Whisper
    search: Callable[[QPointF, LooseEnd | None, Edge | None], None]
    commands: Actions | None = None
    """The window's commands, for the menu."""

    @property
    def zoom(self) -> float:
        return self.view.transform().m11()

    @property
    def project(self) -> Project | None:
        return self.scene.project

    def doc_of(self, name: str) -> str:
        """One sentence on what a node's kind does."""
        node = self.session.node_at(name)[1]
        spec = self.session.front.project.spec_of(node) if node else None
        return spec.doc if spec else ""

    def at(self, place: QPoint | QPointF) -> QPointF:
        """From the viewport to the scene, without rounding to whole pixels."""
        return self.view.viewportTransform().inverted()[0].map(QPointF(place))

    def hit(self, at: QPointF) -> Hit:
        return hit(self.scene, at, self.zoom)

    def point(self, shape: Qt.CursorShape) -> None:
        """The cursor tells what a drag will do."""
        if self.view.viewport().cursor().shape() != shape:
            self.view.viewport().setCursor(shape)

    def say(self, text: str, at: QPoint) -> None:
        """A sentence at the cursor; an empty one takes it away."""
        self.whisper.say(text, self.view.viewport().mapTo(self.view, at), self.session.theme)

    def mark_wire(self, edge: Edge | None) -> None:
        """Lights up the wire that a drop would use."""
        wire = self.scene.wires.get(edge.end) if edge else None
        self.scene.hover(wire)


class Gesture:
    """One drag from press to release. A gesture that is cancelled leaves everything as it was."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved with the button down."""

    def release(self, event: QMouseEvent) -> None:
        """The button went up: the gesture takes effect."""

    def cancel(self) -> None:
        """Escape was pressed or another window took over."""
