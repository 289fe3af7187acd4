"""The window: places the bars, the panes, the canvas and the live views, and no more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout

from gui.actions import Actions
from gui.commands import table
from gui.dropping import Dropping
from gui.files import Files
from gui.interrupted import Interrupted
from gui.layout import NARROW, build_places
from gui.notice import Notice
from gui.palette import CommandPalette
from gui.presenting import RightColumn
from gui.recovery import Recovery
from gui.remembering import remember
from gui.session import Session
from gui.settings_store import Settings
from gui.shortcuts import ShortcutSheet
from gui.statusbar import StatusLine
from gui.style import dress
from gui.switches import Switches
from gui.tab_walk import TabWalk
from gui.toast import Toast
from gui.toolbar import TopBar
from gui.user_layers import UserLayers

NAME = "Layerloom"


class Window(QMainWindow):
    """Everything that is heavy is made after the first paint: `wake` does it, and calls what waits for it."""

    painted = Signal()  # for the first time

    def __init__(self, session: Session, settings: Settings | None = None) -> None:
        super().__init__()
        self.session = session
        self.settings = settings or Settings()
        self.switches = Switches(session, self.settings)
        session.kept.on, session.kept.place = self.settings.keep_runs, self.settings.runs
        session.kept.columns = self.settings.run_columns
        self.presenting = False
        self.recovery: Recovery | None = None
        self.setWindowTitle(NAME)
        self.setMinimumSize(900, 560)
        self.setAcceptDrops(True)
        self.dropping = Dropping(session, self)
        self.files = Files(self)
        self.notice = Notice()
        self.user_layers = UserLayers(session, self.notice, self)
        self.offer = Notice()
        Interrupted(session, self.offer, self)
        self.places = build_places(session, self)
        self.right_column = RightColumn(self.places.columns, self.settings.right)
        self.actions_ = Actions(table(self), self)
        self.top = TopBar(session, self.actions_)
        self.status = StatusLine(session)
        self.toast = Toast(self.places.documents)
        self._folded_by_width = self._folded_to_present = False
        self._awake = self._waking = False
        self._when_awake: list[Callable[[], object]] = []
        whole = TabWalk()
        whole.parts = (self.top, self.notice, self.offer, *self.places.in_order(), self.status)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.top, self.notice, self.offer, self.places.columns, self.status):
            layout.addWidget(widget, 1 if widget is self.places.columns else 0)
        self.setCentralWidget(whole)
        self.resize(*self.settings.size)
        self._listen()

    def _listen(self) -> None:
        session = self.session
        session.noticed.connect(self.toast.say)
        self.top.crumbs.hidden.connect(self.places.documents.way.want)
        session.view_requested.connect(self.show_place)
        session.theme_changed.connect(self._dress)
        session.documents_changed.connect(self._title)
        session.document_activated.connect(self._title)
        session.edited.connect(lambda ops: self._title())
        session.inferred.connect(self._count_problems)
        session.edited.connect(lambda ops: self.actions_.refresh())
        session.selection_changed.connect(self.actions_.refresh)
        session.place_changed.connect(self.actions_.refresh)
        self.status.problems_wanted.connect(lambda: self.show_place("problems"))
        self.status.fit_wanted.connect(lambda: self.actions_.run("fit"))
        self.places.documents.close_wanted.connect(self.close_document)

    # The first paint, and what waits for it

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._waking:
            self._waking = True
            self.painted.emit()
            QTimer.singleShot(0, self.wake)

    def after_first_paint(self, do: Callable[[], object]) -> None:
        """Calls `do` once panels, views and canvas are there; at once if they are."""
        if self._awake:
            do()
        else:
            self._when_awake.append(do)

    def wake(self) -> None:
        """Makes the panels, the canvas and the views in front, and begins to load PyTorch."""
        if self._awake:
            return
        self._awake = True
        self.session.engine.start()
        canvas = self.places.documents.make_canvas()
        canvas.zoom_changed.connect(self.status.show_zoom)
        self.session.kinds_changed.connect(canvas.network.rebuild)
        self.actions_.give_to_canvas(canvas)
        canvas.stage.commands = self.actions_
        self.places.wake()
        for do in self._when_awake:
            do()
        self._when_awake.clear()
        canvas.setFocus()

    # Looks

    def _dress(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            dress(app, self.session.theme, 2.0 if self.presenting else 1.0)
        self.top.dress()
        self.status.dress()

    def present(self) -> None:
        """Everything twice as large for the last row of a lecture hall, and back."""
        self.presenting = not self.presenting
        self.switches.present(self.presenting)
        self._dress()
        self.session.theme_changed.emit()
        self.zoom_by(2.0 if self.presenting else 0.5)
        self._fit_crumbs()
        if self.presenting:
            self.right_column.begin()
        if self.is_shown("left") if self.presenting else self._folded_to_present:
            self.fold("left")
            self._folded_to_present = self.presenting
        if self.presenting:
            self.right_column.fit()
        else:
            self.right_column.end()

    def full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _title(self) -> None:
        document = self.session.document
        mark = "" if document is None or document.is_saved else " •"
        self.setWindowTitle(f"{document.project.title}{mark} – {NAME}" if document else NAME)

    def _count_problems(self) -> None:
        count = len(self.session.inference.faults)
        self.places.views.set_text("problems", f"Problems {count}" if count else "Problems")

    # Places

    def show_place(self, id: str) -> None:
        """Brings a view or a panel to the front, unfolding its side."""
        side = self.places.side_of(id)
        if side and not self.is_shown(side):
            self.fold(side)
        self.places.show_tab(id)

    def is_shown(self, side: str) -> bool:
        return not self.places.side(side).isHidden()

    def fold(self, side: str) -> None:
        """Folds a side away, or brings it back."""
        widget = self.places.side(side)
        widget.setVisible(widget.isHidden())
        if side == "right":
            self._folded_by_width = False
            self.right_column.fit()
        if side == "left":
            self._folded_to_present = False
        self.actions_.refresh()

    def canvas_alone(self) -> None:
        """Folds all sides for the canvas, or brings them all back."""
        anything = any(self.is_shown(side) for side in ("left", "right", "bottom"))
        for side in ("left", "right", "bottom"):
            self.places.side(side).setVisible(not anything)
        self.actions_.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._fit_crumbs()
        self.right_column.fit()
        if narrow and self.is_shown("right") and not self._folded_by_width and event.oldSize().width() >= NARROW:
            self.fold("right")
            self._folded_by_width = True
        elif not narrow and self._folded_by_width:
            self.fold("right")

    def _fit_crumbs(self) -> None:
        self.top.set_narrow(self.width() < (NARROW + 220) * (2 if self.presenting else 1))

    # Commands

    def canvas_do(self, verb: str) -> Callable[[], object]:
        """A command of the canvas, which is made later than the table."""

        def do() -> None:
            if self.places.documents.canvas is not None:
                getattr(self.places.documents.canvas, verb)()

        return do

    def zoom_by(self, factor: float) -> None:
        if (canvas := self.places.documents.canvas) is not None:
            canvas.zoom = canvas.zoom * factor

    def insert(self, kind: str) -> None:
        """Adds a layer in the middle of what is seen."""
        if (canvas := self.places.documents.canvas) is not None:
            at = canvas.mapToScene(canvas.viewport().rect().center())
            self.session.add_node(kind, at.x() - 70, at.y() - 60)

    def train_or_pause(self) -> None:
        """The one button: trains, pauses, goes on."""
        run = self.session.run
        if run is not None and run.state in ("starting", "running"):
            self.session.pause()
        elif run is not None and run.state == "paused":
            self.session.resume()
        else:
            self.session.start()

    def open_palette(self) -> CommandPalette:
        palette = CommandPalette(self)
        palette.open()
        return palette

    def show_shortcuts(self) -> ShortcutSheet:
        sheet = ShortcutSheet(self.actions_, self)
        sheet.open()
        return sheet

    def show_about(self) -> None:
        self.session.noticed.emit("Layerloom: build, train, watch and export neural networks. MIT licence.", "info")

    # Files that are dropped anywhere

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.dropping.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.dropping.take(event.mimeData()):
            event.acceptProposedAction()

    # The end

    def close_front(self) -> None:
        if self.session.document is not None:
            self.close_document(self.session.documents.index(self.session.document))

    def close_document(self, index: int) -> None:
        """Closes a tab; asks once where work would be lost."""
        if self.files.may_close(self.session.documents[index]):
            self.session.close_document(index)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not all(self.files.may_close(document) for document in list(self.session.documents)):
            event.ignore()
            return
        remember(self)
        if self.recovery is not None:
            self.recovery.end()
        self.session.close()
        super().closeEvent(event)
