"""One node in the inspector: title, size, formula, faults, settings, shapes, what it is and where it comes from."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from core.compiler.inference import NodeReport
from core.model.amounts import counted, macs
from core.model.graph import BLOCK, Node
from core.model.ops import SetNode, SetParams
from core.model.spec import Param, registry
from core.model.values import Value
from gui.panels.form import Form, Row
from gui.panels.formula_card import FormulaCard
from gui.panels.parts import Finding, clear, label, numbers, rule
from gui.panels.style import face
from gui.session import Session

TRAINABLE = Param(
    "trainable",
    "Trainable",
    "bool",
    True,
    "Whether training changes this node's weights; switched off, they stay as they are.",
)


class NodeCard(QWidget):
    """It is built for one node and shows that node's present state whenever `show_node` is called."""

    explained = Signal(str)
    """What the setting means that is pointed at."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__()
        self.session, self.id, self.kind = session, node.id, node.kind
        self.spec = registry.get(node.kind)
        self._fields = tuple(session.fields.values())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.title = QLineEdit()
        self.title.setFont(face(1.2, strong=True))
        self.title.setProperty("role", "title")
        self.title.setAccessibleName("Title of the node")
        self.title.setToolTip("The title on the canvas. Empty means the layer's own name.")
        self.title.editingFinished.connect(self._rename)
        self.facts = numbers()
        column.addWidget(self.title)
        column.addWidget(self.facts)
        self.formula = FormulaCard(session.theme)
        column.addWidget(self.formula)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(6)
        column.addLayout(self._findings)
        self._shown_faults: object = ()
        self.form = Form(self.spec.params if self.spec else (), self._fields)
        self.form.edited.connect(self._set_param)
        self.form.left.connect(self._end_step)
        self.form.explained.connect(self.explained)
        column.addWidget(self.form)
        self.trainable = Row(TRAINABLE)
        self.trainable.edited.connect(self._set_trainable)
        self.trainable.explained.connect(self.explained)
        column.addWidget(self.trainable)
        self._shapes = QGridLayout()
        self._shapes.setHorizontalSpacing(10)
        self._shapes.setVerticalSpacing(2)
        self._rule = rule()
        column.addWidget(self._rule)
        column.addLayout(self._shapes)
        self._shown_shapes: object = None
        column.addWidget(label(self.spec.doc if self.spec else "An instance of a block.", "dim", wrap=True))
        if self.spec and self.spec.source:
            column.addWidget(label(f"Source: {self.spec.source}", "dim", wrap=True))

    def is_about(self, node: Node) -> bool:
        """Whether the card still fits: the same node of the same kind, with the same fields to choose from."""
        return (self.id, self.kind, self._fields) == (node.id, node.kind, tuple(self.session.fields.values()))

    def show_node(self, node: Node) -> None:
        """Brings everything up to date."""
        spec, report = self.spec, self.session.inference.nodes.get(node.id)
        own = spec.title if spec else str(node.params.get("block", node.kind))
        self.title.setPlaceholderText(own)
        if not self.title.hasFocus():
            self.title.setText(node.title or own)
            self.title.setCursorPosition(0)
        self.facts.setText(facts(node, report))
        self.formula.show_formula(spec.formula if spec else "", self.session.theme)
        self.form.show_values(node.params)
        self.trainable.show_value(node.trainable)
        self.trainable.setVisible(not node.trainable or bool(report and report.parameters))
        self._rule.setVisible(self.trainable.isVisibleTo(self))
        self._show_faults(node.id)
        self._show_shapes(report)

    def _show_faults(self, id: str) -> None:
        faults = self.session.inference.faults_of(id)
        if faults == self._shown_faults:
            return
        self._shown_faults = faults
        clear(self._findings)
        for fault in faults:
            mend = (lambda fault=fault: self.session.mend(fault)) if fault.mendable else None
            self._findings.addWidget(Finding(fault.message, fault.fix, fault.severity, mend))

    def _show_shapes(self, report: NodeReport | None) -> None:
        rows: list[tuple[str, str]] = []
        if report is not None:
            several_in, several_out = len(report.inputs) > 1, len(report.outputs) > 1
            for port, types in report.inputs.items():
                rows += [(f"in {port}" if several_in else "in", str(type)) for type in types]
            rows += [(f"out {port}" if several_out else "out", str(type)) for port, type in report.outputs.items()]
        else:
            rows = [("shapes", "not known yet")]
        if rows == self._shown_shapes:
            return
        self._shown_shapes = rows
        clear(self._shapes)
        for index, (name, shape) in enumerate(rows):
            self._shapes.addWidget(label(name, "dim"), index, 0)
            self._shapes.addWidget(numbers(shape, ""), index, 1)
        self._shapes.setColumnStretch(1, 1)

    def _set_param(self, name: str, value: Value) -> None:
        param = self.spec.param(name) if self.spec else None
        text = f"Set {param.title.lower() if param else name} of {self.id}"
        done = self.session.edit(text, [SetParams(self.id, {name: value})], merge=f"{self.id}.{name}")
        if not done:
            self.form.complain(name, "The network does not take this value.")

    def _set_trainable(self, value: object) -> None:
        if (node := self._node()) is not None:
            word = "Train" if value else "Freeze"
            self.session.edit(f"{word} {self.id}", [SetNode(msgspec.structs.replace(node, trainable=bool(value)))])

    def _rename(self) -> None:
        if (node := self._node()) is None:
            return
        text = self.title.text().strip()
        own = self.spec.title if self.spec else ""
        title = "" if text == own else text
        if title != node.title:
            self.session.edit(f"Rename {self.id}", [SetNode(msgspec.structs.replace(node, title=title))])
        if not text:
            self.title.setText(own)

    def _node(self) -> Node | None:
        graph = self.session.graph
        return graph.nodes.get(self.id) if graph is not None else None

    def _end_step(self) -> None:
        if self.session.document is not None:
            self.session.document.history.break_merge()


def facts(node: Node, report: NodeReport | None) -> str:
    """`conv2d_1 · 156 parameters · 122 kMAC`."""
    parts = [node.id]
    if node.kind == BLOCK:
        parts.append(f"block {node.params.get('block')}")
    if report is not None and report.parameters:
        parts.append(counted(report.parameters, "parameter"))
    if report is not None and report.macs:
        parts.append(macs(report.macs))
    return " · ".join(parts)
