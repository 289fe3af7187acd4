"""Asks the run for what the canvas shows, and gives it to the nodes that are in sight."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QGraphicsView

from core.training.records import Watch
from gui.canvas.node_item import NodeItem
from gui.canvas.scene import CanvasScene
from gui.canvas.style import FULL

_DELAY = 120
"""Milliseconds after the last scroll until the watch is changed."""
PAUSE = 160
"""Milliseconds between two looks at the values of a run; the last values are always shown."""


class Watching(QObject):
    """Watches the activations of visible nodes while the zoom shows their bodies."""

    def __init__(self, view: QGraphicsView, scene: CanvasScene) -> None:
        super().__init__(view)
        self._view = view
        self._scene = scene
        self._watch: Watch | None = None
        self._found: list[NodeItem] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.update)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self._catch_up)
        self._behind = False
        session = scene.session
        session.frame.connect(self._on_frame)
        session.run_changed.connect(self.refresh)
        session.document_activated.connect(self._begin_again)
        session.place_changed.connect(self._begin_again)
        scene.laid.connect(self.ask_later)

    def _on_frame(self) -> None:
        """Pictures are the dearest part of a frame: not each one brings them."""
        if self._pause.isActive():
            self._behind = True
        else:
            self.refresh()
            self._pause.start()

    def _catch_up(self) -> None:
        if self._behind:
            self.refresh()
            self._pause.start()

    def _begin_again(self) -> None:
        self._found = None
        self.refresh()

    def ask_later(self) -> None:
        """The view moved or the network changed."""
        self._found = None
        if not self._timer.isActive():
            self._timer.start()

    def visible(self) -> list[NodeItem]:
        """Nodes in sight, where their bodies are drawn at all."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> list[NodeItem]:
        if not self._view.isVisible() or self._view.transform().m11() < FULL:
            return []
        area = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        return [item for item in self._scene.items(area) if isinstance(item, NodeItem)]

    def update(self) -> None:
        """Tells the session what is looked at, if that changed."""
        self._found = None
        prefix = self._scene.session.place.prefix
        names = {prefix + self._shown_by(item)[0] for item in self.visible() if not item.is_open}
        watch = Watch(activations=frozenset(names)) if names else None
        if watch != self._watch:
            self._watch = watch
            self._scene.session.set_watch(self, watch)
        self.refresh()

    def _shown_by(self, item: NodeItem) -> tuple[str, str]:
        """Whose value a node shows, by its path from here, and the port: its own first output, or for a sink what
        flows in."""
        name = item.name
        if item.outputs or item.is_inner:
            return name, item.outputs[0].name if item.outputs else "output"
        edges = self._scene.session.graph.into(name)
        return (edges[0].source, edges[0].output) if edges else (name, "output")

    def refresh(self) -> None:
        """Gives the latest values to visible nodes; only those that changed repaint."""
        self._behind = False
        session = self._scene.session
        snapshot, run = session.snapshot, session.run
        for item in self.visible():
            if item.is_open:
                continue
            if item.curve is not None:
                if item.curve.follow(run, item.name):
                    item.update_live()
                continue
            if snapshot is None:
                continue
            name, port = self._shown_by(item)
            if item.picture.show(snapshot.activations.get(session.place.prefix + name, {}).get(port)):
                item.update_live()
