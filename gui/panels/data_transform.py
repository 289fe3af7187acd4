"""One transform of the data as a card: switched on or off, moved, taken off, and opened for its fields and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout

from core.data.registry import Given
from core.data.transforms.spec import TransformSpec, transforms
from core.model.fault import ProjectError
from core.model.settings import Transform
from core.model.tensor import Field
from core.model.values import show_value
from gui.panels.form import Form
from gui.panels.parts import label
from gui.panels.style import face, scale

MOST_FACTS = 3
TOOL = 21
"""Pixels of a button with a sign."""


class TransformCard(QFrame):
    """Shows one `Transform` and tells what is wished of it; it holds nothing but whether it is open."""

    edited = Signal(object, str, str)
    """The transform as it should be, the text of the edit and its merge key."""
    moved = Signal(int)
    """One place up (−1) or down (1)."""
    removed = Signal()
    toggled = Signal()
    left = Signal()
    explained = Signal(str)

    def __init__(self, transform: Transform, fields: Mapping[str, Field], opened: bool) -> None:
        super().__init__()
        self.transform = transform
        self.spec = transforms.get(transform.kind)
        self.form: Form | None = None
        self.chosen: dict[str, QCheckBox] = {}
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 4, 7)
        column.setSpacing(3)
        column.addLayout(self._head(opened))
        self.facts = label("", "dim", wrap=True)
        column.addWidget(self.facts)
        self.error = label("", "error", wrap=True, name=f"{self.title} is wrong")
        self.error.hide()
        column.addWidget(self.error)
        if opened and self.spec is not None:
            self._open(column, self.spec, fields)
        self.show_transform(transform)

    @property
    def title(self) -> str:
        return self.spec.title if self.spec else self.transform.kind

    def _head(self, opened: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(1)
        self.switch = QCheckBox()
        self.switch.setAccessibleName(f"{self.title} is on")
        self.switch.setToolTip("Switches the transform on or off")
        self.switch.clicked.connect(self._turn)
        row.addWidget(self.switch)
        word = "Close" if opened else "Open"
        self.fold = self._tool("▾" if opened else "▸", f"{word} {self.title}", self.toggled.emit)
        row.addWidget(self.fold)
        name = label(self.title)
        name.setFont(face(strong=True))
        name.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        name.setCursor(Qt.CursorShape.PointingHandCursor)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        name.installEventFilter(self)
        row.addWidget(name, 1)
        self.up = self._tool("↑", f"Move {self.title} up", lambda: self.moved.emit(-1))
        self.down = self._tool("↓", f"Move {self.title} down", lambda: self.moved.emit(1))
        self.off = self._tool("✕", f"Take {self.title} off", self.removed.emit)
        for tool in (self.up, self.down, self.off):
            row.addWidget(tool)
        return row

    @staticmethod
    def _tool(sign: str, name: str, clicked: Callable[[], object]) -> QToolButton:
        made = QToolButton()
        made.setText(sign)
        made.setFixedWidth(round(TOOL * scale()))
        made.setToolTip(name)
        made.setAccessibleName(name)
        made.clicked.connect(lambda: clicked())
        return made

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click on the title is one on the arrow beside it."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.toggled.emit()
            return True
        return super().eventFilter(watched, event)

    def _open(self, column: QVBoxLayout, spec: TransformSpec, fields: Mapping[str, Field]) -> None:
        column.addWidget(label(f"{spec.doc} Source: {spec.source.rstrip('.')}.", "dim", wrap=True))
        given = Given({param.name: self.transform.params.get(param.name, param.default) for param in spec.params})
        for field in fields.values():
            if not self._fits(spec, field, given) and field.name not in self.transform.fields:
                continue
            box = self.chosen[field.name] = QCheckBox(field.name)
            box.setAccessibleName(f"{spec.title} {field.name}")
            box.setToolTip(f"Whether the field {field.name} is changed")
            box.clicked.connect(lambda on, name=field.name: self._choose(name, on))
        if self.chosen:
            row = QHBoxLayout()
            row.addWidget(label("Fields"))
            row.addStretch(1)
            for box in self.chosen.values():
                row.addWidget(box)
            column.addLayout(row)
        if spec.params:
            self.form = Form(spec.params)
            self.form.edited.connect(self._set)
            self.form.left.connect(self.left)
            self.form.explained.connect(self.explained)
            column.addWidget(self.form)

    @staticmethod
    def _fits(spec: TransformSpec, field: Field, given: Given) -> bool:
        try:
            return not spec.refuse(field, given)
        except (ProjectError, TypeError, ValueError):
            # A setting that is wrong is told below its field; here it only cannot say whether it fits.
            return True

    def show_transform(self, transform: Transform) -> None:
        """Brings the card up to date with a transform of the same kind."""
        self.transform = transform
        self.switch.setChecked(transform.on)
        names = ", ".join(transform.fields) or "no field"
        known = {param.name: param for param in self.spec.params} if self.spec else {}
        told = [
            f"{known[name].title.lower()} {show_value(value)}"
            for name, value in transform.params.items()
            if name in known
        ]
        when = "each batch anew" if self.spec and self.spec.when == "training" else ""
        self.facts.setText(" · ".join(filter(None, (names, *told[:MOST_FACTS], when))))
        for name, box in self.chosen.items():
            box.setChecked(name in transform.fields)
        if self.form is not None:
            self.form.show_values(transform.params)
        self.complain("", "")

    def complain(self, param: str, reason: str) -> None:
        """Shows what is wrong, under the setting that it is about where there is one."""
        if self.form is not None and param in self.form.rows:
            self.form.complain(param, reason)
            reason = ""
        self.error.setText(reason)
        self.error.setVisible(bool(reason))

    def _turn(self, on: bool) -> None:
        self.edited.emit(
            Transform(self.transform.kind, self.transform.fields, self.transform.params, on),
            f"Switch {self.title.lower()} {'on' if on else 'off'}",
            "",
        )

    def _choose(self, name: str, on: bool) -> None:
        wanted = [*self.transform.fields, name] if on else [each for each in self.transform.fields if each != name]
        order = [each for each in self.chosen if each in wanted]
        if not order:
            self.chosen[name].setChecked(True)
            self.complain("", "It needs a field; take it off, or switch it off.")
            return
        new = Transform(self.transform.kind, tuple(order), self.transform.params, self.transform.on)
        self.edited.emit(new, f"Choose fields to {self.title.lower()}", "")

    def _set(self, name: str, value: object) -> None:
        if self.spec is None:
            return
        param = next(each for each in self.spec.params if each.name == name)
        params = {**self.transform.params, name: value}
        kept = {
            each.name: params[each.name]
            for each in self.spec.params
            if params.get(each.name, each.default) != each.default
        }
        new = Transform(self.transform.kind, self.transform.fields, kept, self.transform.on)
        self.edited.emit(new, f"Set {param.title.lower()} of {self.title.lower()}", name)
