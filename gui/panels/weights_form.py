"""Whose weights a node has: its own, shared with another node, or a copy of another's that follows or begins there."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.compiler.sharing import alike
from core.model.graph import BLOCK, Graph, Node, Weights
from core.model.ops import SetNode
from core.model.spec import Param
from core.model.values import Value
from gui.panels.editors import Choice
from gui.panels.form import Row
from gui.panels.parts import label
from gui.session import Session

MODES = {
    "own": "their own",
    "shared": "shared with",
    "average": "moving average of",
    "copy": "periodic copy of",
    "start": "their own, from those of",
}
_MODE = Param(
    "mode", "Weights", "choice", "own",
    "Whose weights this node uses: its own, those of another node, or a copy of another's that follows it "
    "while that one trains.", choices=tuple(MODES),
)  # fmt: skip
_OF = Param("of", "Of", "choice", "", "The node whose weights are used.")
_SHARE = Param(
    "rate", "Kept at each step", "float", 0.99,
    "The share of its old weights that the average keeps at every step of the optimizer; 0.99 forgets in about a "
    "hundred steps.", low=0.0, below=1.0,
)  # fmt: skip
_STEPS = Param(
    "rate", "Copied every", "int", 100, "How many steps of the optimizer lie between two copies.", low=1,
    high=1_000_000, unit="steps",
)  # fmt: skip
ALONE = "There is no other node of its kind here whose weights could be used."
TIES = {("linear", "embedding")}
"""(kind, kind): the first may share the weights of the second, where they have the same shape."""


def candidates(graph: Graph, node: Node, mode: str) -> list[Node]:
    """The nodes whose weights a node could take: of its kind or block, and for sharing those that can be tied."""
    tied = {first for kind, first in TIES if kind == node.kind} if mode == "shared" else set()
    others = [other for other in graph.nodes.values() if other.id != node.id]
    return [other for other in others if alike(node, other) or other.kind in tied]


class WeightsForm(QWidget):
    """Rows for mode, node and rate; an edit is one undo step."""

    explained = Signal(str)

    def __init__(self, session: Session, within: str, id: str) -> None:
        super().__init__()
        self._session, self._within, self._id = session, within, id
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.mode, self.of, self.share, self.steps = (Row(param) for param in (_MODE, _OF, _SHARE, _STEPS))
        self._name_modes()
        self.note = label("", "dim", wrap=True)
        for row in (self.mode, self.of, self.share, self.steps):
            row.explained.connect(self.explained)
            column.addWidget(row)
        column.addWidget(self.note)
        self.mode.edited.connect(self._set_mode)
        self.of.edited.connect(lambda value: self._set(of=str(value)))
        self.share.edited.connect(lambda value: self._set(rate=float(value)))
        self.steps.edited.connect(lambda value: self._set(rate=float(value)))

    def _name_modes(self) -> None:
        if isinstance(self.mode.editor, Choice):
            self.mode.editor.set_options(list(MODES.items()))
            self.mode.fit_choice()

    def _node(self) -> Node | None:
        return self._session.front.project.inside(self._within).nodes.get(self._id)

    def show_node(self, node: Node) -> None:
        """Brings all rows up to date."""
        graph, weights = self._session.front.project.inside(self._within), node.weights
        possible = candidates(graph, node, weights.mode)
        self.mode.show_value(weights.mode)
        elsewhere = weights.mode != "own"
        for row, on in (
            (self.of, elsewhere),
            (self.share, weights.mode == "average"),
            (self.steps, weights.mode == "copy"),
        ):
            row.setVisible(on)
        if isinstance(self.of.editor, Choice):
            options: list[tuple[Value, str]] = [(other.id, self._called(other)) for other in possible]
            self.of.editor.set_options(options)
            self.of.fit_choice()
        self.of.show_value(weights.of)
        self.share.show_value(weights.rate)
        self.steps.show_value(max(1, round(weights.rate)))
        for row in (self.of, self.share, self.steps):
            row.reset.hide()
        alone = not elsewhere and not candidates(graph, node, "shared")
        self.mode.editor.setEnabled(not alone)
        self.mode.setToolTip(ALONE if alone else _MODE.doc)
        self.note.setText(self._words(weights))
        self.note.setVisible(bool(self.note.text()))

    def _called(self, other: Node) -> str:
        spec = self._session.front.project.spec_of(other)
        name = other.title or (spec.title if spec else other.kind)
        return f"{name} · {other.id}"

    @staticmethod
    def _words(weights: Weights) -> str:
        if weights.mode == "shared":
            return "Both train the same weights; they are counted once."
        if weights.mode == "average":
            return "It does not train: after every step it moves a little towards the other."
        if weights.mode == "copy":
            return "It does not train: now and then it takes over the other's weights."
        if weights.mode == "start":
            return "It has the other's weights until an objective begins that trains it, and then goes its own way."
        return ""

    def _set_mode(self, value: object) -> None:
        node, mode = self._node(), str(value)
        if node is None or mode == node.weights.mode:
            return
        graph = self._session.front.project.inside(self._within)
        if mode == "own":
            self._put(Weights())
            return
        possible = [other.id for other in candidates(graph, node, mode)]
        if not possible:
            what = "instance of this block" if node.kind == BLOCK else f"{node.name} layer"
            self._session.noticed.emit(f"There is no other {what} here whose weights could be used.", "info")
            self.mode.show_value(node.weights.mode)
            return
        of = node.weights.of if node.weights.of in possible else possible[0]
        rate = {"average": _SHARE.default, "copy": _STEPS.default}.get(mode, 0.0)
        self._put(Weights(mode, of, float(rate)))  # type: ignore[arg-type]

    def _set(self, **changes: object) -> None:
        if (node := self._node()) is not None:
            self._put(msgspec.structs.replace(node.weights, **changes))

    def _put(self, weights: Weights) -> None:
        node = self._node()
        if node is not None and weights != node.weights:
            new = msgspec.structs.replace(node, weights=weights)
            self._session.edit(f"Set the weights of {node.id}", [SetNode(new, self._within)])
