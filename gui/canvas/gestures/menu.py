"""The context menu: a few things that can be done with what is under the cursor."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu

from core.model.graph import Edge
from core.model.ops import AddEdge, Op, RemoveEdge, SetNode
from gui.canvas.gestures.keyboard import delete
from gui.canvas.hit import Hit
from gui.canvas.stage import Stage


def menu_for(stage: Stage, found: Hit, at: QPointF) -> QMenu:
    """A menu whose entries act on the selection, on a wire, or on empty ground."""
    menu = QMenu(stage.view)
    menu.setToolTipsVisible(True)
    if found.inner is not None:
        _commands(stage, menu, "enter_block", "fold_block", "delete")
    elif found.node is not None:
        _for_nodes(stage, menu)
    elif found.wire is not None:
        edge = found.wire.edge
        menu.addAction("Insert a layer here …", lambda: stage.search(at, None, edge))
        menu.addAction("Delete the wire", lambda: (stage.scene.select_wires({edge.end}), delete(stage)))
    else:
        menu.addAction("Insert a layer here …", lambda: stage.search(at, None, None))
        menu.addAction("Paste", stage.session.paste)
        menu.addAction("Select all", stage.session.select_all)
        if stage.session.place.steps:
            menu.addSeparator()
            _commands(stage, menu, "leave_block", "duplicate_block")
    return menu


def _commands(stage: Stage, menu: QMenu, *ids: str) -> None:
    """Commands of the window with their keys; those that cannot be done now say why."""
    if stage.commands is not None:
        stage.commands.refresh()
        for id in ids:
            stage.commands.put(menu, id)


def _for_nodes(stage: Stage, menu: QMenu) -> None:
    session = stage.session
    nodes = [session.graph.nodes[name] for name in session.selection if name in session.graph.nodes]
    menu.addAction("Show activations", lambda: session.view_requested.emit("activations"))
    menu.addAction("Show weights", lambda: session.view_requested.emit("weights"))
    menu.addSeparator()
    frozen = all(not node.trainable for node in nodes)
    menu.addAction("Let it train" if frozen else "Freeze its weights", lambda: freeze(stage, not frozen))
    menu.addAction("Bypass", lambda: bypass(stage))
    menu.addAction("Disconnect", lambda: disconnect(stage))
    menu.addSeparator()
    _commands(stage, menu, "make_block", "open_up", "enter_block", "fold_block", "duplicate_block")
    menu.addSeparator()
    menu.addAction("Duplicate", session.duplicate)
    menu.addAction("Copy", session.copy)
    menu.addAction("Delete", lambda: delete(stage))


def freeze(stage: Stage, frozen: bool) -> None:
    """Makes the selected nodes' weights stay as they are, or train again."""
    graph = stage.session.graph
    nodes = [graph.nodes[name] for name in stage.session.selection if name in graph.nodes]
    within = stage.session.place.block
    ops = [SetNode(msgspec.structs.replace(node, trainable=not frozen), within) for node in nodes]
    stage.session.edit("Freeze" if frozen else "Let train", ops)


def disconnect(stage: Stage) -> None:
    """Takes all wires off the selected nodes."""
    chosen = set(stage.session.selection)
    edges = [edge for edge in stage.session.graph.edges if edge.source in chosen or edge.target in chosen]
    if edges:
        stage.session.edit("Disconnect", [RemoveEdge(edge, stage.session.place.block) for edge in edges])


def bypass(stage: Stage) -> None:
    """Leads the wire into a node's first input on to everything behind it, so that the node stands aside."""
    graph, within = stage.session.graph, stage.session.place.block
    ops: list[Op] = []
    for name in stage.session.selection:
        into, out = graph.into(name), graph.out_of(name)
        if not into or not out or len(stage.session.selection) > 1:
            continue
        first = into[0]
        ops += [RemoveEdge(edge, within) for edge in (*into, *out)]
        ops += [AddEdge(Edge(first.source, first.output, edge.target, edge.input, edge.slot), within) for edge in out]
    if ops:
        stage.session.edit(f"Bypass {stage.session.selection[0]}", ops)
    else:
        stage.session.noticed.emit("Bypass needs one node with a wire in and a wire out.", "info")
