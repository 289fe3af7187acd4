"""One node in the inspector: title, size, formula, faults, settings, shapes, what it is and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.compiler.inference import NodeReport
from core.model.amounts import flops, size
from core.model.graph import BLOCK, Node
from core.model.ops import SetNode, SetParams
from core.model.spec import LayerSpec, Param
from core.model.values import Value
from gui.costs import ONE, Cost, part
from gui.panels.form import Form, Row
from gui.panels.formula_card import FormulaCard
from gui.panels.parts import Finding, button, clear, label, numbers, rule
from gui.panels.title_field import TitleField
from gui.panels.weights_form import WeightsForm
from gui.place import place_of, way_to
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

    def __init__(self, session: Session, path: str) -> None:
        """`path` leads to the node from the place that is shown."""
        super().__init__()
        self.session, self.path = session, path
        self.within, node = session.node_at(path)
        if node is None:
            raise KeyError(path)
        self.id = node.id
        project = session.front.project
        self.spec = project.spec_of(node)
        self.block = project.block_of(node)
        self._about = self._facts_of(node)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.title = TitleField("Title of the node", self._title_tip())
        self.title.editingFinished.connect(self._rename)
        self.facts = numbers()
        column.addWidget(self.title)
        column.addWidget(self.facts)
        self.where = label("", "dim", wrap=True)
        column.addWidget(self.where)
        if self.block is not None:
            row = QHBoxLayout()
            row.setSpacing(2)
            doc = "Goes inside: what changes there changes in every instance."
            row.addWidget(button("Edit block", lambda: session.enter(path), "link", doc))
            self.fold = button("", lambda: session.blocks.toggle(path), "link", "Shows the inside in place (Ctrl+B).")
            row.addWidget(self.fold)
            row.addStretch(1)
            column.addLayout(row)
        self.formula = FormulaCard(session.theme)
        column.addWidget(self.formula)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(6)
        column.addLayout(self._findings)
        self._shown_faults: object = ()
        self.form = Form(shown_params(self.spec, self.within), tuple(session.fields.values()), scope=self._scope())
        self.form.edited.connect(self._set_param)
        self.form.place_at(f"{self.within}/{self.id}." if self.within else f"{self.id}.")
        self.form.left.connect(self._end_step)
        self.form.explained.connect(self.explained)
        column.addWidget(self.form)
        self.trainable = Row(TRAINABLE)
        self.trainable.edited.connect(self._set_trainable)
        self.trainable.explained.connect(self.explained)
        column.addWidget(self.trainable)
        self.weights = WeightsForm(session, self.within, self.id)
        self.weights.explained.connect(self.explained)
        column.addWidget(self.weights)
        self._shapes = QGridLayout()
        self._shapes.setHorizontalSpacing(10)
        self._shapes.setVerticalSpacing(2)
        self._rule = rule()
        column.addWidget(self._rule)
        column.addLayout(self._shapes)
        self._shown_shapes: object = None
        column.addWidget(label(self.spec.doc if self.spec else "A block that is not there.", "dim", wrap=True))
        if self.spec and self.spec.source:
            column.addWidget(label(f"Source: {self.spec.source}", "dim", wrap=True))

    def _scope(self) -> Mapping[str, Value]:
        """The parameters of the block around the node, as they are where one looks."""
        steps, _ = way_to(self.session.front.project, self.path, self.session.place.steps)
        return dict(place_of(self.session.front.project, steps).names)

    def _facts_of(self, node: Node) -> object:
        """What the rows of the card follow from."""
        spec = self.session.front.project.spec_of(node)
        params = spec.params if spec else ()
        return node.id, node.kind, node.params.get(BLOCK), params, tuple(self.session.fields.values()), self._scope()

    def is_about(self, path: str, node: Node) -> bool:
        """Whether the card still fits: the same node with the same settings and the same fields to choose from."""
        same = path == self.path and self.within == self.session.node_at(path)[0]
        return same and self._about == self._facts_of(node)

    def _title_tip(self) -> str:
        if self.block is None:
            return "The title on the canvas. Empty means the layer's own name."
        if len(self.session.blocks.instances_of(self.block.name)) == 1:
            return "The title of the block."
        return "The title of this instance. Empty means the block's own."

    def show_node(self, node: Node) -> None:
        """Brings everything up to date."""
        here, project = self.session.here, self.session.front.project
        spec, report = self.spec, here.nodes.get(self.path)
        own = self._own_title(node)
        self.title.setPlaceholderText(own)
        self.title.show_title(node.title or own)
        cost = here.cost(self.path)
        self.facts.setText(facts(node, cost))
        self.where.setText(self._where(node))
        self.where.setVisible(bool(self.where.text()))
        if self.block is not None:
            self.fold.setText("Fold" if node.open else "Open in place")
        self.formula.show_formula(spec.formula if spec else "", self.session.theme)
        self.form.show_values(node.params)
        self.trainable.show_value(node.trainable)
        self.trainable.setVisible(not node.trainable or bool(cost.parameters))
        elsewhere = node.weights.mode != "own"
        owned = bool(cost.parameters) and bool(project.outputs_of(node))
        self.weights.setVisible(elsewhere or owned)
        self.weights.show_node(node)
        self._rule.setVisible(self.trainable.isVisibleTo(self))
        self._show_faults()
        self._show_shapes(report, [*_costs(cost, here.whole)])

    def _own_title(self, node: Node) -> str:
        if self.block is not None:
            return self.block.title
        return self.spec.title if self.spec else str(node.params.get(BLOCK, node.kind))

    def _where(self, node: Node) -> str:
        """What a block is, and that a change inside one counts for all its instances."""
        blocks, project = self.session.blocks, self.session.front.project
        if self.within:
            count = len(blocks.instances_of(self.within))
            title = project.blocks[self.within].title
            if count > 1:
                return f"Inside {title}: a change here counts in all {count} instances."
            if "/" in self.path:
                return f"Inside {title}."
        if self.block is not None:
            count = len(blocks.instances_of(self.block.name))
            named = f"An instance of {self.block.title}" if node.title else "A block"
            return f"{named}, used {count} times." if count > 1 else f"{named}, used once."
        return ""

    def _show_faults(self) -> None:
        faults = self.session.here.faults_of(self.path)
        if faults == self._shown_faults:
            return
        self._shown_faults = faults
        clear(self._findings)
        for fault in faults:
            mend = (lambda fault=fault: self.session.mend(fault)) if fault.mendable else None
            self._findings.addWidget(Finding(fault.message, fault.fix, fault.severity, mend))

    def _show_shapes(self, report: NodeReport | None, costs: list[tuple[str, str]]) -> None:
        rows: list[tuple[str, str]] = []
        if report is not None:
            several_in, several_out = len(report.inputs) > 1, len(report.outputs) > 1
            for port, types in report.inputs.items():
                rows += [(f"in {port}" if several_in else "in", str(type)) for type in types]
            rows += [(f"out {port}" if several_out else "out", str(type)) for port, type in report.outputs.items()]
        else:
            rows = [("shapes", "not known yet")]
        shapes = len(rows)
        rows += costs
        if rows == self._shown_shapes:
            return
        self._shown_shapes = rows
        clear(self._shapes)
        for index, (name, shape) in enumerate(rows):
            for place, shown in enumerate((label(name, "dim"), numbers(shape, ""))):
                shown.setToolTip(ONE if index >= shapes else "")
                self._shapes.addWidget(shown, index, place)
        self._shapes.setColumnStretch(1, 1)

    def _set_param(self, name: str, value: Value) -> None:
        param = self.spec.param(name) if self.spec else None
        text = f"Set {param.title.lower() if param else name} of {self.id}"
        op = SetParams(self.id, {name: value}, self.within)
        if not self.session.edit(text, [op], merge=f"{self.within}/{self.id}.{name}"):
            self.form.complain(name, "The network does not take this value.")

    def _set_trainable(self, value: object) -> None:
        if (node := self._node()) is not None:
            changed = msgspec.structs.replace(node, trainable=bool(value))
            self.session.edit(f"{'Train' if value else 'Freeze'} {self.id}", [SetNode(changed, self.within)])

    def _rename(self) -> None:
        if (node := self._node()) is None:
            return
        text, own = self.title.text().strip(), self._own_title(node)
        if self.block is not None:
            self.session.blocks.rename(node, self.within, text)
            return
        title = "" if text == own else text
        if title != node.title:
            self.session.edit(f"Rename {self.id}", [SetNode(msgspec.structs.replace(node, title=title), self.within)])
        if not text:
            self.title.setText(own)

    def _node(self) -> Node | None:
        return self.session.front.project.inside(self.within).nodes.get(self.id)

    def _end_step(self) -> None:
        if self.session.document is not None:
            self.session.document.history.break_merge()


def shown_params(spec: LayerSpec | None, within: str) -> tuple[Param, ...]:
    """The settings of a node that count where it stands: inside a block an Input is a port and reads no field."""
    if spec is None:
        return ()
    if spec.kind != "input":
        return spec.params
    hidden = ("field", "form") if within else ("optional",)
    return tuple(param for param in spec.params if param.name not in hidden)


def facts(node: Node, cost: Cost) -> str:
    """`conv2d_1 · 156 parameters · 235 kFLOP`; memory has its row below."""
    return " · ".join([node.id, *cost._replace(memory=0).words])


def _costs(cost: Cost, whole: Cost) -> Iterator[tuple[str, str]]:
    """Rows: `compute` and `memory` for one example, each with its part of the network."""
    if cost.flops:
        yield "compute", f"{flops(cost.flops)} · {part(cost.flops, whole.flops)}"
    if cost.memory:
        yield "memory", f"{size(cost.memory)} · {part(cost.memory, whole.memory)}"
