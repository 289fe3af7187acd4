"""What lies under a point of the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from core.model.fault import Fault
from gui.canvas.chrome import BADGE
from gui.canvas.fault_card import FaultCard
from gui.canvas.node_item import NodeItem
from gui.canvas.style import HIT
from gui.canvas.wire_item import WireItem
from gui.geometry.spots import Spot


@dataclass(frozen=True)
class Hit:
    """The topmost thing under a point; everything is None on empty ground."""

    node: NodeItem | None = None
    spot: Spot | None = None
    wire: WireItem | None = None
    card: FaultCard | None = None
    fault: Fault | None = None
    badge: bool = False
    inner: NodeItem | None = None
    """The node inside the frame `node` that lies under the point."""
    button: str = ""
    """What a press here does to an instance: `fold`, `previous` or `next`."""

    @property
    def empty(self) -> bool:
        return self.node is None and self.wire is None and self.card is None


def hit(scene: QGraphicsScene, at: QPointF, zoom: float = 1.0) -> Hit:
    """A card's “Fix” first, then ports (24 px wide), nodes, and wires last."""
    reach = max(HIT, min(HIT / zoom, 2 * HIT))
    around = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
    near = scene.items(around, Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.DescendingOrder)
    for item in near:
        if isinstance(item, FaultCard) and item.isVisible() and item.scene_box.contains(at):
            return Hit(card=item, fault=item.fix_at(at))
    items = [item for item in near if isinstance(item, NodeItem)]
    nodes = [item for item in items if not item.is_inner]
    for item in items:
        if item.faults and _far(at, item.scenePos() + item.badge_at) <= BADGE + 2:
            return Hit(node=outermost(item), inner=item if item.is_inner else None, badge=True)
    if found := nearest_spot(nodes, at, reach):
        return Hit(node=found[0], spot=found[1])
    for item in items:
        if item.scene_box.contains(at):
            inner = item if item.is_inner else None
            if inner is None and item.is_open and (wire := wire_near(near, at, 7 / min(zoom, 1.0))):
                return Hit(wire=wire)
            return Hit(node=outermost(item), inner=inner, button=item.button_at(at))
    return Hit(wire=wire_near(near, at, 7 / min(zoom, 1.0)))


def outermost(item: NodeItem) -> NodeItem:
    """The node of the graph that is shown in whose frame an item stands, or the item itself."""
    while isinstance(parent := item.parentItem(), NodeItem):
        item = parent
    return item


def nearest_spot(nodes: list[NodeItem], at: QPointF, reach: float) -> tuple[NodeItem, Spot] | None:
    """The port within reach that is nearest to a point."""
    best: tuple[float, NodeItem, Spot] | None = None
    for item in nodes:
        for spot in (*item.inputs, *item.outputs):
            box = spot.box.translated(item.scenePos())
            dx = max(box.left() + 5 - at.x(), at.x() - box.right() + 5, 0.0)
            dy = max(box.top() + 5 - at.y(), at.y() - box.bottom() + 5, 0.0)
            far = hypot(dx, dy)
            if far <= reach and (best is None or far < best[0]):
                best = (far, item, spot)
    return best and (best[1], best[2])


def wire_near(items: list[QGraphicsItem], at: QPointF, reach: float) -> WireItem | None:
    """The wire that passes within reach of a point."""
    around = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
    for item in items:
        if (
            isinstance(item, WireItem)
            and not item.parentItem()
            and item.boundingRect().intersects(around)
            and item.shape().intersects(around)
        ):
            return item
    return None


def _far(a: QPointF, b: QPointF) -> float:
    return hypot(a.x() - b.x(), a.y() - b.y())
