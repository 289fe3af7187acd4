"""Keeps one card a faulty node and finds each a free place."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QGraphicsScene, QWidget

from gui.canvas.fault_card import FaultCard, Free
from gui.canvas.node_item import NodeItem
from gui.canvas.style import Style


class Cards:
    """The cards of a scene by node id."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self.by_node: dict[str, FaultCard] = {}

    def clear(self) -> None:
        """Forgets all cards; the scene has dropped them."""
        self.by_node = {}

    def drop(self, name: str) -> None:
        if card := self.by_node.pop(name, None):
            self._scene.removeItem(card)

    def follow(self, item: NodeItem, style: Style) -> None:
        """Makes, remakes or drops the card of a node after its faults changed."""
        card = self.by_node.get(item.name)
        if card is not None and card.faults == item.faults and card.style is style:
            return
        self.drop(item.name)
        if item.faults:
            card = self.by_node[item.name] = FaultCard(item.name, item.faults, style)
            card.setVisible(False)
            self._scene.addItem(card)

    def settle(self, nodes: dict[str, NodeItem]) -> None:
        """Places all cards: those of a hovered or selected node first, for they may take room further off."""
        for name in [name for name in self.by_node if name not in nodes]:
            self.drop(name)
        if not self.by_node:
            return
        boxes = [item.scene_box for item in nodes.values()]
        taken: list[QRectF] = []
        waiting = [(nodes[name], card) for name, card in self.by_node.items() if name in nodes]
        for item, card in waiting:
            card.called = item.hovered or item.selected

        def free(area: QRectF) -> bool:
            return not any(area.intersects(box) for box in boxes) and not any(area.intersects(box) for box in taken)

        in_sight = self._sight()
        for item, card in sorted(waiting, key=lambda each: not each[1].called):
            card.settle(item.scene_box, item.scenePos() + item.badge_at, free, in_sight)
            if card.isVisible():
                taken.append(card.scene_box)

    def _sight(self) -> Free:
        """Whether the first view shows all of a rectangle, and nothing lies over it such as the map in the corner."""
        view = next(iter(self._scene.views()), None)
        if view is None:
            return lambda area: False
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        above = view.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        covered = [
            view.mapToScene(each.geometry()).boundingRect()
            for each in above
            if each is not view.viewport() and each.isVisible()
        ]
        return lambda area: seen.contains(area) and not any(area.intersects(each) for each in covered)
