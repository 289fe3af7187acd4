"""What the network learns from: the source and its settings, the parts, standardising, and a look at the samples."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

import core.data  # noqa: F401 - fills the list of sources
from core.data.dataset import source_fields
from core.data.download import Download
from core.data.registry import source_of
from core.data.table import Preview
from core.model.fault import ProjectError
from core.model.ops import Op, SetData
from core.model.settings import Data
from core.model.tensor import Field
from gui.background import Background
from gui.dropping import Dropping
from gui.panels.data_form import DataForm
from gui.panels.data_look import Look, look_at, look_at_table
from gui.panels.data_preview import DataPreview
from gui.panels.parts import Column, Explainer, Panel, label
from gui.session import Session

Seen = tuple[Preview | None, dict[str, Field], Look | ProjectError, tuple[Download, ...]]

CLOSED = "No project is open. Open one, or choose a lecture at the left: its data are chosen here."


class DataPanel(Panel):
    """Form and preview. Data are loaded in a thread; the form stays usable meanwhile."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.setAcceptDrops(True)
        self.dropping = Dropping(session, self)
        self.column = Column()
        self.body.setSpacing(0)
        self.body.addWidget(self.column)
        self.explainer = Explainer(self)
        self.body.addWidget(self.explainer)
        self.closed = label(CLOSED, "dim", wrap=True)
        self.form = DataForm(self._set_data, self._end_step)
        self.form.explained.connect(self.explainer.explain)
        self.fetch = self.form.fetch
        self.fetch.arrived.connect(self._load_again)
        self.preview = DataPreview()
        for part in (self.closed, self.form, self.preview):
            self.column.body.addWidget(part)
        self.column.body.addStretch(1)
        self._wanted: Data | None = None
        self._stored: dict[str, Field] = {}
        self._number = 1
        self.seen: Data | None = None
        """The data that `look` is of."""
        self.look: Look | ProjectError | None = None
        self.preview.again.connect(self._draw_again)
        self._loader = Background("data", self)
        self._loader.finished.connect(self._show_seen)
        session.document_activated.connect(self.refresh_soon)
        session.edited.connect(self._take_edit)
        session.theme_changed.connect(self._redraw)
        self.refresh_soon()

    @property
    def is_loading(self) -> bool:
        return self._loader.is_busy

    def refresh(self) -> None:
        """Shows the project's data; they are loaded again only where they changed."""
        document = self.session.document
        data = document.project.data if document is not None else None
        self.closed.setVisible(data is None)
        self.form.setVisible(data is not None)
        self.preview.setVisible(data is not None)
        if data is None:
            self._wanted = None
            self.fetch.show_missing(())
            return
        if self._wanted is None or data.source != self._wanted.source or data.params != self._wanted.params:
            self._stored = {}
        self.form.show_data(data, self._stored)
        if data != self._wanted:
            self._wanted = data
            self.preview.show_waiting()
            self._load(data)

    def _load(self, data: Data) -> None:
        seed, number = self.session.front.project.training.seed, self._number
        self._loader.start(lambda: _see(data, seed, number))

    def _load_again(self) -> None:
        """What was missing is here now."""
        if self._wanted is not None:
            self.preview.show_waiting()
            self._load(self._wanted)

    def _draw_again(self) -> None:
        """What is shown stays until the next batch is there."""
        if self._wanted is not None:
            self._number += 1
            self._load(self._wanted)

    def _show_seen(self, seen: Seen) -> None:
        table, self._stored, self.look, missing = seen
        self.seen = self._wanted
        self.fetch.show_missing(missing)
        if self._wanted is None:
            return
        self.form.show_table(table)
        self.form.show_data(self._wanted, self._stored)
        self._redraw()

    def _redraw(self) -> None:
        if isinstance(self.look, ProjectError):
            self._show_error(self.look)
        elif self.look is not None and self._wanted is not None and not self._loader.is_busy:
            rows = self.form.table.count if self.form.table is not None else 0
            self.preview.show_look(self.look, self.theme, self._number, rows)

    def _show_error(self, error: ProjectError) -> None:
        """Under the setting that it is about where there is one, else in place of the preview."""
        given = self._wanted.params if self._wanted is not None else {}
        # “scores.csv, line 3” belongs under the setting that holds the path of scores.csv.
        file = error.place.partition(", ")[0]
        named = next(
            (name for name, value in given.items() if error.place and _whole(value) == _whole(error.place)), ""
        )
        held = next((name for name, value in given.items() if file and Path(str(value)).name == file), "")
        param = named or held or error.place.removeprefix("data.params.")
        where = f"{error.place}: " if held and not named else ""
        if self.form.complain(param, f"{where}{error.message} {error.fix}".strip()):
            self.preview.show_nothing()
        else:
            self.preview.show_error(f"{error.place}: {error.message}".lstrip(": "), error.fix)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.session.document is not None and self.dropping.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.dropping.take(event.mimeData()):
            event.acceptProposedAction()

    def _set_data(self, data: Data, text: str, merge: str) -> None:
        self.session.edit(text, [SetData(data)], merge=merge)

    def _end_step(self) -> None:
        if self.session.document is not None:
            self.session.document.history.break_merge()

    def _take_edit(self, ops: list[Op]) -> None:
        if any(isinstance(op, SetData) for op in ops):
            self.refresh_soon()


def _see(data: Data, seed: int, number: int) -> Seen:
    """The look and, for a table, its columns; a table is shown even where its use is not possible yet. Files that have
    to be fetched first come last."""
    table: Preview | None = None
    stored: dict[str, Field] = {}
    try:
        table = look_at_table(data)
        stored = source_fields(data)
        return table, stored, look_at(data, seed, number), ()
    except ProjectError as error:
        return table, stored, error, _missing(data)


def _whole(path: object) -> Path:
    """A path from the root on, as messages name it."""
    return Path(str(path)).absolute()


def _missing(data: Data) -> tuple[Download, ...]:
    """What can be fetched so that the data are there; nothing where something else is wrong."""
    try:
        return source_of(data.source).missing(data.params)
    except ProjectError:
        return ()
