"""A canvas with a small network, and what a hand does to it: hover, drag, drop, turn the wheel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.compiler import shapes
from core.model.graph import Edge, Node
from core.model.ops import AddEdge, AddNode
from core.model.project import Project
from gui.canvas.view import CanvasView
from gui.session import Session

LEFT = Qt.MouseButton.LeftButton


def small_project() -> Project:
    """input → linear → relu, a loss with its target, and a lonely dropout below."""
    project = Project("Small")
    nodes = [
        Node("input_1", "input", {}, 0, 0),
        Node("flatten_1", "flatten", {}, 260, 0),
        Node("linear_1", "linear", {"out_features": 10}, 440, 0),
        Node("input_2", "input", {"field": "y"}, 440, 200),
        Node("cross_entropy_1", "cross_entropy", {}, 640, 0),
        Node("dropout_1", "dropout", {}, 0, 300),
    ]
    edges = ["input_1.output -> flatten_1.input", "flatten_1.output -> linear_1.input"]
    edges += ["linear_1.output -> cross_entropy_1.input", "input_2.output -> cross_entropy_1.target"]
    for node in nodes:
        AddNode(node).apply(project)
    for text in edges:
        AddEdge(Edge.parse(text)).apply(project)
    return project


def opened(project: Project) -> Session:
    session = Session()
    session.engine.shapes = shapes
    session.engine.is_ready = True
    session.open_project(project)
    session.infer()
    return session


def shown(qtbot: QtBot, project: Project) -> CanvasView:
    session = opened(project)
    view = CanvasView(session)
    session.setParent(view)
    qtbot.addWidget(view)
    view.resize(1100, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.zoom = 1.0
    view.centerOn(400, 150)
    return view


def spot(view: CanvasView, node: str, port: str, is_input: bool) -> QPoint:
    item = view.network.nodes[node]
    found = item.spot(port, is_input)
    assert found is not None
    return view.mapFromScene(item.pos() + found.at)


def body(view: CanvasView, node: str) -> QPoint:
    return view.mapFromScene(view.network.nodes[node].scene_box.center() + QPointF(0, 20))


def hover(view: CanvasView, at: QPointF, held: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    port, none = view.viewport(), Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, port.mapToGlobal(at), held, held, none)
    QApplication.sendEvent(port, event)


def drag(view: CanvasView, start: QPoint, end: QPoint, *, release: bool = True) -> None:
    port = view.viewport()
    QTest.mousePress(port, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.3, 0.7, 1.0):
        at = start + (end - start) * share
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            port.mapToGlobal(QPointF(at)),
            LEFT,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(port, event)
    if release:
        QTest.mouseRelease(port, LEFT, Qt.KeyboardModifier.NoModifier, end)


def drop(view: CanvasView, kind: str, at: QPoint, *, release: bool = True) -> bool:
    data = QMimeData()
    data.setData("application/x-layerloom-kind", kind.encode())
    args = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(at, *args)
    QApplication.sendEvent(view.viewport(), enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(at, *args))
    if release:
        QApplication.sendEvent(view.viewport(), QDropEvent(QPointF(at), *args))
    return True


def graph(view: CanvasView):  # type: ignore[no-untyped-def]
    return view.session.graph


def wheel(view: CanvasView, delta: int, at: QPoint) -> None:
    event = QWheelEvent(
        QPointF(at), view.viewport().mapToGlobal(QPointF(at)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)
