"""Begins the gesture that a press stands for, keeps the one under way, and says what lies under the cursor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from gui.canvas.face import wire_text
from gui.canvas.gestures import keyboard, select
from gui.canvas.gestures.move import Move
from gui.canvas.gestures.pan import Pan
from gui.canvas.gestures.wire import DrawWire
from gui.canvas.hit import Hit
from gui.canvas.insert import mend
from gui.canvas.ports import words_of
from gui.canvas.stage import Gesture, Stage
from gui.costs import told


class Hands:
    """One at a time: a press begins a gesture, moves feed it, the release ends it, Escape takes it back."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._gesture: Gesture | None = None
        self._space = False

    @property
    def panning(self) -> bool:
        return isinstance(self._gesture, Pan)

    def press(self, event: QMouseEvent) -> None:
        self.cancel()
        if event.button() == Qt.MouseButton.MiddleButton or (
            self._space and event.button() == Qt.MouseButton.LeftButton
        ):
            self._gesture = Pan(self._stage, event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._gesture = self._begin(event)

    def _begin(self, event: QMouseEvent) -> Gesture | None:
        stage = self._stage
        found = stage.hit(stage.at(event.position()))
        if found.fault is not None:
            mend(stage.scene, found.fault)
            return None
        if found.card is not None:
            stage.session.select([found.card.node])
            return None
        if found.button and found.node is not None:
            self._button(found)
            return None
        if found.inner is not None and found.node is not None:
            stage.scene.select_wires(())
            stage.session.select_inner(found.inner.name)
            return Move(stage, found.node, event, click_selects=False)
        if found.node is not None and found.spot is not None and stage.project is not None:
            return DrawWire(stage, found.node, found.spot, stage.project, event)
        if found.node is not None:
            alone = not event.modifiers() & select.ADDING
            select.click(stage, found, event)
            return Move(stage, found.node, event, click_selects=alone) if alone else None
        if found.wire is not None:
            select.click(stage, found, event)
            return None
        return select.Band(stage, event)

    def _button(self, found: Hit) -> None:
        """The signs in the header of an instance: opens it, folds it, or shows another repetition."""
        item = found.inner or found.node
        if item is None:
            return
        if found.button == "fold":
            self._stage.session.blocks.toggle(item.name)
        else:
            self._stage.scene.turn(item, 1 if found.button == "next" else -1)

    def double(self, event: QMouseEvent) -> None:
        """A second press in the same place: goes inside an instance, or inserts a layer."""
        self.cancel()
        stage, at = self._stage, self._stage.at(event.position())
        found = stage.hit(at)
        if event.button() != Qt.MouseButton.LeftButton or found.card is not None:
            return
        if found.button:
            self._button(found)
        elif found.inner is not None:
            stage.session.select_inner(found.inner.name)
            stage.session.blocks.enter()
        elif found.node is not None:
            stage.session.enter(found.node.name)
        else:
            stage.search(at, None, found.wire.edge if found.wire else None)

    def move(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.move(event)
        elif not event.buttons():
            self.hover(event.position())

    def release(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(event)
        self.hover(event.position())

    def cancel(self) -> bool:
        """Takes back what is under way; returns whether there was anything."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    def key(self, event: QKeyEvent, down: bool) -> bool:
        """Escape cancels, space pans, the rest is the keyboard's; returns whether the key meant anything."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = down
                self._stage.point(Qt.CursorShape.OpenHandCursor if down else Qt.CursorShape.ArrowCursor)
            return True
        if not down:
            return False
        if event.key() == Qt.Key.Key_Escape and self.cancel():
            return True
        return keyboard.press(self._stage, event)

    def hover(self, place: QPointF) -> None:
        """Marks what is under the cursor, whose shape tells what a drag would do."""
        stage = self._stage
        found = stage.hit(stage.at(place))
        stage.scene.hover(found.inner or found.node or found.wire)
        if self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif found.fault is not None or found.wire is not None or found.button:
            shape = Qt.CursorShape.PointingHandCursor
        elif found.spot is not None:
            shape = Qt.CursorShape.CrossCursor
        elif found.node is not None:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        stage.point(shape)

    def tell(self, event: QEvent) -> bool:
        """Shows the tooltip of what is under the cursor."""
        if not isinstance(event, QHelpEvent):
            return False
        text = self.words(self._stage.hit(self._stage.at(event.pos())))
        if text:
            QToolTip.showText(event.globalPos(), text, self._stage.view)
        else:
            QToolTip.hideText()
        return True

    def words(self, found: Hit) -> str:
        """The tooltip: a port's name, axes and type; a node's id and what it does; what a wire carries."""
        stage, project = self._stage, self._stage.project
        if project is None:
            return ""
        if found.node is not None and found.spot is not None:
            report = stage.session.here.nodes.get(found.node.name)
            types = ""
            if report is not None and found.spot.is_input:
                types = ", ".join(str(each) for each in report.inputs.get(found.spot.name, ()))
            elif report is not None and found.spot.name in report.outputs:
                types = f"{report.outputs[found.spot.name]} {report.outputs[found.spot.name].dtype}"
            return words_of(found.spot, types)
        item = found.inner or found.node
        if found.button and item is not None:
            fold = "Fold the block" if item.is_open else "Open the block in place"
            return {"fold": fold, "previous": "The repetition before", "next": "The next repetition"}[found.button]
        if found.badge and item is not None:
            return "\n".join(f"{fault.message} {fault.fix}" for fault in item.faults)
        if item is not None:
            doc, here = stage.doc_of(item.name), stage.session.here
            hint = "Double-click to go inside." if item.face.folds else ""
            return "\n".join(filter(None, (item.name, doc, told(here.cost(item.name), here.whole), hint)))
        if found.wire is not None:
            edge = found.wire.edge
            carried = wire_text(stage.session, stage.session.graph, edge.source, edge.output)
            return f"{edge}\n{carried}" if carried else str(edge)
        return ""
