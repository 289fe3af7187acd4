"""The upper half of the data panel: source, its settings, the columns of a table, parts and standardising."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.registry import GROUPS, DataSource, sources
from core.data.seeding import seed_idle
from core.data.table import TABLES, Preview
from core.model.settings import BOUNDS, Data, Split
from core.model.spec import Param
from core.model.tensor import Field
from core.model.values import Value
from gui.panels.columns import ColumnList
from gui.panels.data_fetch import DataFetch
from gui.panels.data_preview import TablePreview
from gui.panels.data_transforms import TransformList
from gui.panels.editors import Choice
from gui.panels.form import Form, Row
from gui.panels.parts import clear, heading, label

MOST_HELD_OUT = 95.0
_HELD_OUT = "Share of the samples that judges a run while it trains; the weights with the lowest loss there are kept."
SPLIT = (
    Param("validation", "Validation", "float", 15.0, _HELD_OUT, low=0.0, high=90.0, unit="%"),
    Param("test", "Test", "float", 15.0, "Share of the samples kept for the end.", low=0.0, high=90.0, unit="%"),
    Param("seed", "Seed", "int", 0, "Fixes which samples go to which part.", low=0, high=BOUNDS["seed"][1]),
)


class DataForm(QWidget):
    """Shows `Data` and tells every change whole: the new data, the text of the edit and its merge key."""

    explained = Signal(str)

    def __init__(self, change: Callable[[Data, str, str], object], end_step: Callable[[], object]) -> None:
        super().__init__()
        self._change, self._end_step = change, end_step
        self._data = Data()
        self._built: object = None
        self.table: Preview | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.chooser = Row(
            Param("source", "Data", "choice", "digits", "What the network learns from.", choices=tuple(sources))
        )
        if isinstance(self.chooser.editor, Choice):
            fill_sources(self.chooser.editor)
            self.chooser.fit_choice()
            # The source has no usual value to go back to; in a narrow panel its title needs the room.
            policy = self.chooser.reset.sizePolicy()
            policy.setRetainSizeWhenHidden(False)
            self.chooser.reset.setSizePolicy(policy)
            self.chooser.reset.hide()
        self.chooser.edited.connect(self._set_source)
        column.addWidget(self.chooser)
        self.doc = label("", "dim", wrap=True)
        column.addWidget(self.doc)
        self._place = QVBoxLayout()
        self._place.setSpacing(8)
        column.addLayout(self._place)
        self.fetch = DataFetch()
        column.addWidget(self.fetch)
        self.form: Form | None = None
        self.columns: ColumnList | None = None
        column.addWidget(heading("Parts"))
        self.split = Form(SPLIT)
        self.split.place_at("data.split.")
        self.split.edited.connect(self._set_split)
        self.split.left.connect(end_step)
        self.split.explained.connect(self.explained)
        self.chooser.explained.connect(self.explained)
        column.addWidget(self.split)
        self.transforms = TransformList()
        self.transforms.changed.connect(self._set_transforms)
        self.transforms.left.connect(end_step)
        self.transforms.explained.connect(self.explained)
        column.addWidget(self.transforms)

    def show_data(self, data: Data, stored: Mapping[str, Field]) -> None:
        """Brings the form up to date; it is built anew for another source, other columns or other fields.

        `stored` are the fields of the source before any transform; none while they are not known.
        """
        self._data = data
        source = sources.get(data.source)
        self.chooser.show_value(data.source)
        self.chooser.reset.setVisible(False)
        built = (data.source, self.table if data.source in TABLES else None)
        if built != self._built or self.form is None:
            self._built = built
            self._build(source)
        if self.form is not None:
            self.form.show_values(data.params)
        if self.columns is not None:
            self.columns.show_choice(data.params)
        split = data.split
        self.split.show_values(
            {"validation": percent(split.validation), "test": percent(split.test), "seed": split.seed}
        )
        self.split.rows["seed"].show_effect(seed_idle(data))
        self.transforms.show_list(data, stored)

    def show_table(self, table: Preview | None) -> None:
        """Takes the columns of the chosen table, so that they can be chosen from."""
        self.table = table

    def complain(self, name: str, reason: str) -> bool:
        """Shows an error under the setting or the transform that it is about; False where there is none."""
        if self.transforms.complain(name, reason):
            return True
        if self.form is None or name not in self.form.rows:
            return False
        self.form.complain(name, reason)
        return True

    def _build(self, source: DataSource | None) -> None:
        clear(self._place)
        self.form = self.columns = None
        if source is None:
            self.doc.setText(f"There is no data source “{self._data.source}” here. Choose another.")
            return
        self.doc.setText(f"{source.doc} Source: {source.source.rstrip('.')}.")
        table = self.table if source.id in TABLES else None
        params = [param for param in source.params if table is None or param.name != "features"]
        self.form = Form(params, files=source.files)
        if table is not None:
            offer_columns(self.form.rows["target"], table)
        self.form.place_at("data.")
        self.form.edited.connect(self._set_param)
        self.form.left.connect(self._end_step)
        self.form.explained.connect(self.explained)
        self._place.addWidget(self.form)
        if table is not None:
            self.columns = ColumnList(table)
            self.columns.changed.connect(lambda text: self._set_param("features", text))
            self._place.addWidget(TablePreview(table))
            self._place.addWidget(self.columns)

    def _set_transforms(self, data: Data, text: str, merge: str) -> None:
        self._data = data
        self._change(data, text, merge)

    def _set_source(self, id: object) -> None:
        source = sources[str(id)]
        if source.id != self._data.source:
            data = Data(source.id, {}, self._data.split, source.standardise)
            self._change(data, f"Use {source.title}", "")

    def _set_param(self, name: str, value: Value) -> None:
        source = sources[self._data.source]
        params = {**self._data.params, name: value}
        kept = {key: each for key, each in params.items() if each != source.param(key).default}
        data = msgspec.structs.replace(self._data, params=kept)
        self._change(data, f"Set {source.param(name).title.lower()} of the data", f"data.{name}")

    def _set_split(self, name: str, value: Value) -> None:
        split = self._data.split
        shown = {"validation": percent(split.validation), "test": percent(split.test), "seed": split.seed, name: value}
        held_out = float(str(shown["validation"])) + float(str(shown["test"]))
        if held_out > MOST_HELD_OUT:
            self.split.complain(name, f"Validation and test together take {held_out:g} %; at most {MOST_HELD_OUT:g} %.")
            return
        new = Split(fraction(shown["validation"]), fraction(shown["test"]), int(str(shown["seed"])))
        self._change(msgspec.structs.replace(self._data, split=new), f"Set {name} of the data", f"data.split.{name}")


def fill_sources(choice: Choice) -> None:
    """All sources in their groups; the groups' titles cannot be chosen."""
    choice.clear()
    for group, title in GROUPS.items():
        choice.add_group(title)
        for source in sources.values():
            if source.group == group:
                choice.addItem(source.title, source.id)
    choice.fit_popup()


def offer_columns(row: Row, table: Preview) -> None:
    """Turns the target's text field into a choice of the table's columns."""
    last = table.columns[-1].name
    row.replace_editor(Choice([("", f"{last} (last)"), *((each.name, each.name) for each in table.columns)]))


def percent(share: float) -> float:
    return round(share * 100, 6)


def fraction(value: Value) -> float:
    return round(float(str(value)) / 100, 8)
