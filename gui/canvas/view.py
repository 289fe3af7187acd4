"""The canvas: a view of the network that hands every event to the gesture that it begins or belongs to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from core.model.graph import Edge
from core.model.layout import tidy
from core.model.ops import MoveNodes
from gui import stock
from gui.canvas.gestures import keyboard, zoom
from gui.canvas.gestures.drop import Drop
from gui.canvas.gestures.menu import menu_for
from gui.canvas.ground import Ground
from gui.canvas.hands import Hands
from gui.canvas.insert import LooseEnd, fits_end, fits_wire, insert
from gui.canvas.minimap import Minimap
from gui.canvas.scene import CanvasScene
from gui.canvas.search import SearchBox
from gui.canvas.sight import Sight
from gui.canvas.stage import Stage
from gui.canvas.style import FAR
from gui.canvas.watching import Watching
from gui.canvas.whisper import Whisper
from gui.session import Session

_WORLD = QRectF(-200_000, -200_000, 400_000, 400_000)


class CanvasView(QGraphicsView):
    """Zooms, pans and shows one scene; all edits go through the session."""

    zoom_changed = Signal(float)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        # The view alone does not keep its scene alive.
        self.network = CanvasScene(session, self)
        self.setScene(self.network)
        self.setSceneRect(_WORLD)
        self.setAccessibleName("Canvas: the network")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.stage = Stage(self, self.network, session, Whisper(self), self.open_search)
        self.minimap = Minimap(self.network, self)
        self.search_box: SearchBox | None = None
        self._ground = Ground()
        self._sight = Sight(self, self.network)
        self._watching = Watching(self, self.network)
        self.hands = Hands(self.stage)
        self._drop = Drop(self.stage)
        self._told_zoom = 1.0
        self._was_empty = True
        self.minimap.place_wanted.connect(self._look_at)
        self.network.laid.connect(self._laid)
        session.document_activated.connect(self._document_changed)
        session.place_changed.connect(self._document_changed)
        session.focus_requested.connect(self.show_node)
        session.copied.connect(self._show_copies)
        # The kept ground has the old theme's colour.
        session.theme_changed.connect(self.resetCachedContent)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._moved)
        self._document_changed()

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    @zoom.setter
    def zoom(self, value: float) -> None:
        zoom.zoom_to(self, value)
        self._zoomed()

    def fit(self) -> None:
        """Shows the whole network, at most a little larger than life."""
        self._sight.fit()
        self._zoomed()

    def tidy(self) -> None:
        """Lays the network out anew, as one undo step, and shows it."""
        if self.session.document is None:
            return
        graph = self.session.graph
        items = self.network.nodes
        sizes = {name: (item.width, item.box.height()) for name, item in items.items()}
        aspect = self.viewport().width() / max(self.viewport().height(), 1)
        places = tidy(graph, sizes, min(max(aspect, 0.8), 3.0))
        places = {name: (x, y - items[name].box.top()) for name, (x, y) in places.items()}
        moved = {name: at for name, at in places.items() if (graph.nodes[name].x, graph.nodes[name].y) != at}
        if moved:
            self.session.edit("Tidy", [MoveNodes(moved, self.session.place.block)])
            self.network.motion.after(self.fit)

    def show_node(self, name: str) -> None:
        """Selects a node and brings it to the middle, near enough to be read."""
        if item := self.network.nodes.get(name):
            self.session.select([name])
            if self.zoom < 0.6:
                self.zoom = 0.8
            self.centerOn(item.scene_box.center())
            self._moved()

    def _show_copies(self) -> None:
        self._sight.bring([self.network.nodes[name] for name in self.session.selection if name in self.network.nodes])
        self._zoomed()

    def open_search(self, at: QPointF, end: LooseEnd | None = None, edge: Edge | None = None) -> None:
        """Opens search-and-insert at a point of the scene: free, for a loose wire's end, or on a wire."""
        if self.session.document is None:
            return
        if self.search_box is not None:
            self.search_box.close_box()
        allowed = (lambda spec: fits_end(spec, end)) if end else fits_wire if edge else (lambda spec: True)
        box = self.search_box = SearchBox(self.network.style_, self, stock.entries(self.session.front.project), allowed)
        box.chosen.connect(lambda kind: self._insert(kind, at, edge, end))
        box.closed.connect(self._search_closed)
        box.open_at(self.mapFromScene(at))

    def _insert(self, kind: str, at: QPointF, edge: Edge | None, end: LooseEnd | None) -> None:
        if name := insert(self.network, kind, at, edge, end):
            self.session.select([name])

    def _search_closed(self) -> None:
        self.search_box = None
        self.setFocus()

    def _document_changed(self) -> None:
        self.hands.cancel()
        self._sight.turn_to(self.session.document, self.session.place.steps)
        self._zoomed()
        self.viewport().update()

    def _laid(self) -> None:
        if self._was_empty != (not self.network.nodes):
            self._was_empty = not self.network.nodes
            self.viewport().update()
        elif self.zoom < FAR:
            self.viewport().update()

    def _look_at(self, at: QPointF) -> None:
        self.centerOn(at)
        self._sight.loosen()
        self._moved()

    def _moved(self) -> None:
        """Another part of the scene is seen."""
        self.minimap.look(self._sight.remember())
        self._watching.ask_later()
        if self.zoom < FAR:
            self.viewport().update()

    def _zoomed(self) -> None:
        self._moved()
        if self.zoom != self._told_zoom:
            self._told_zoom = self.zoom
            self.zoom_changed.emit(self.zoom)

    def paintEvent(self, event: QPaintEvent) -> None:
        far = self.zoom < FAR
        # An empty region lets Qt do its book-keeping without walking through thousands of items.
        super().paintEvent(QPaintEvent(QRect()) if far else event)
        if not far:
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.network.style_.ground)
        painter.setTransform(self.viewportTransform())
        self.network.overview.collect(self.network.nodes, self.network.wires)
        self.network.overview.paint(painter, self.network.style_)
        painter.end()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        self._ground.paint_dots(painter, QRectF(rect), self.network.style_)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        self._ground.paint_guides(painter, self.network)
        if not self.network.nodes:
            self._ground.paint_hint(painter, QRectF(self.viewport().rect()), self.network)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hands.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.hands.panning:
            self._sight.loosen()
        self.hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hands.double(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        zoom.wheel(self, event)
        self._sight.loosen()
        self._zoomed()
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and zoom.pinch(self, event):
            self._sight.loosen()
            self._zoomed()
            return True
        if event.type() == QEvent.Type.ToolTip:
            return self.hands.tell(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resetCachedContent()
        if event.type() == QEvent.Type.Leave:
            self.network.hover(None)
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = self.stage.at(event.pos())
        found = self.stage.hit(at)
        if found.inner is not None:
            self.session.select_inner(found.inner.name)
        elif found.node is not None and found.node.name not in self.session.selection:
            self.session.select([found.node.name])
        menu = menu_for(self.stage, found, at)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.hands.key(event, down=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.hands.key(event, down=False):
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab walks through the nodes first."""
        return keyboard.walk(self.stage, 1 if forward else -1) or super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hands.cancel()
        super().focusOutEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(self._drop.enter(event))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setAccepted(self._drop.move(event))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        event.setAccepted(self._drop.drop(event))
        self.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.rect()
        self.minimap.move(room.right() - self.minimap.width() - 14, room.bottom() - self.minimap.height() - 14)
        self._sight.resized()
        self._zoomed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watching.update()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._watching.update()
