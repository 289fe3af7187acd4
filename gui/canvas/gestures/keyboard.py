"""The keys of the canvas: nudge, delete, walk through the nodes, select all, zoom, search."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from core.model.ops import MoveNodes
from gui.canvas.stage import Stage

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def press(stage: Stage, event: QKeyEvent) -> bool:
    """Does what a key stands for; returns whether it stands for anything here."""
    key = Qt.Key(event.key())
    if key in _ARROWS and stage.session.selection:
        far = 40 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 8
        nudge(stage, _ARROWS[key][0] * far, _ARROWS[key][1] * far)
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        delete(stage)
    elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        return walk(stage, -1 if key == Qt.Key.Key_Backtab else 1)
    elif event.matches(QKeySequence.StandardKey.SelectAll):
        stage.session.select_all()
    elif key == Qt.Key.Key_Escape and (stage.session.selection or stage.session.inner or stage.scene.selected_wires):
        stage.scene.select_wires(())
        stage.session.select([])
    elif key == Qt.Key.Key_Escape and stage.session.leave():
        pass
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
        stage.session.inner or not stage.session.blocks.no_instance()
    ):
        stage.session.blocks.enter()
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Slash):
        stage.search(stage.at(QPointF(stage.view.viewport().rect().center())), None, None)
    else:
        return False
    return True


def nudge(stage: Stage, dx: float, dy: float) -> None:
    """Moves the selected nodes a little; a row of nudges is one undo step."""
    nodes = stage.session.graph.nodes
    names = [name for name in stage.session.selection if name in nodes]
    places = {name: (nodes[name].x + dx, nodes[name].y + dy) for name in names}
    if places:
        stage.session.edit(
            "Nudge", [MoveNodes(places, stage.session.place.block)], merge="nudge " + " ".join(sorted(names))
        )


def delete(stage: Stage) -> None:
    """Deletes the selected nodes and wires together, as one step."""
    project, session = stage.project, stage.session
    wires = [stage.scene.wires[end].edge for end in stage.scene.selected_wires if end in stage.scene.wires]
    if project is None or not wires:
        if session.selection or session.inner:
            session.delete_selection()
        return
    names = list(session.selection)
    count = len(names) + len(wires)
    text = f"Delete {count} things" if names else f"Delete {len(wires)} wires" if len(wires) > 1 else "Delete a wire"
    session.edit(text, session.removing(names, wires, session.place.block))


def walk(stage: Stage, step: int) -> bool:
    """Selects the next node in the order of the wires; past the last one the focus goes on to the next panel."""
    order = stage.session.graph.order() if stage.project else []
    chosen = stage.session.selection
    place = order.index(chosen[-1]) + step if chosen and chosen[-1] in order else (0 if step > 0 else len(order) - 1)
    if not 0 <= place < len(order):
        return False
    stage.scene.select_wires(())
    stage.session.select([order[place]])
    stage.view.ensureVisible(stage.scene.nodes[order[place]].scene_box, 60, 60)
    return True
