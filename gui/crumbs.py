"""Where I am: the lecture, the project and the blocks that one is inside of, beside the program's name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

import presets
from gui.fonts import BASE
from gui.place import place_of
from gui.session import Session

ROOM = 190
"""Pixels that a title may take before it is cut."""
LONG, SHORT = 330, 150
"""Width that is kept with and without the lecture, at the usual size of letters."""
LEAST = 24
"""Pixels that are left to a title however short the room is."""
MOST = 3
"""Blocks that are named; of more, the middle ones are one `…`."""


class Crumb(QLabel):
    """A place on the way that a click or Enter leads back to."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="crumb")
        self.leads = False

    def lead(self, on: bool, to: str) -> None:
        """Whether there is a way back to here."""
        self.leads = on
        self.setCursor(Qt.CursorShape.PointingHandCursor if on else Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if on else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"Back to {to}" if on else to)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.leads and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.leads and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


class Crumbs(QWidget):
    """`› lecture › title › block › block`, each cut where the room is short; all but the last are ways back."""

    hidden = Signal(bool)
    """There is no room for it any more where it stands, or there is again."""

    def __init__(self, session: Session, parent: QWidget | None = None, *, lent: bool = False) -> None:
        """`lent`: it takes what room others leave, and is there as the way out of a block only."""
        super().__init__(parent)
        self._session = session
        self._lent, self._wanted = lent, not lent
        if lent:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(7)
        self.signs = [QLabel("›", objectName="crumb") for _ in range(2)]
        self.lecture = QLabel(objectName="crumb")
        self.title = Crumb()
        self.title.setObjectName("here")
        self.title.pressed.connect(lambda: session.leave(len(session.place.steps)))
        for widget in (self.signs[0], self.lecture, self.signs[1], self.title):
            self._row.addWidget(widget)
        self.blocks: list[Crumb] = []
        self._between: list[QLabel] = []
        self._row.addStretch(1)
        self.narrow = False
        for signal in (session.documents_changed, session.document_activated, session.theme_changed):
            signal.connect(self.refresh)
        session.place_changed.connect(self.refresh)
        session.edited.connect(lambda ops: self.refresh())
        self.refresh()

    def want(self, on: bool) -> None:
        """Whether it is needed where it is lent a place."""
        self._wanted = on
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._lent:
            self.refresh()

    def setVisible(self, visible: bool) -> None:
        super().setVisible(visible)
        self.hidden.emit(not visible)

    def set_narrow(self, narrow: bool) -> None:
        """Leaves the lecture out where the window is narrow."""
        if narrow != self.narrow:
            self.narrow = narrow
            self.refresh()

    def refresh(self) -> None:
        document = self._session.document
        steps = self._session.place.steps if document else ()
        lecture = lecture_of(document.project.lecture) if document and not steps and not self._lent else ""
        if self._lent:
            self.setVisible(self._wanted and bool(steps))
        self.signs[0].setVisible(bool(document))
        self.signs[1].setVisible(bool(lecture) and not self.narrow)
        self.lecture.setVisible(bool(lecture) and not self.narrow)
        _put(self.lecture, lecture)
        title = document.project.title if document else ""
        scale = max(1.0, self.font().pixelSize() / BASE)
        # In a narrow window no more is kept than SHORT, of which the sign takes some.
        alone = round((SHORT - 20) * scale) if self.narrow else ROOM
        _put(self.title, title, self._room(len(steps)) if steps else alone)
        self.title.lead(bool(steps), title)
        _name(self.title, "crumb" if steps else "here")
        self._name_blocks()
        # What stands to the right does not move when another project comes to the front.
        if not self._lent:
            self.setMinimumWidth(round((SHORT if self.narrow else LONG) * scale))

    def _room(self, steps: int) -> int:
        """Pixels for the title, or for one of several blocks."""
        if not self._lent:
            return ROOM // 2
        shown = 1 + min(steps, MOST)
        return max(LEAST, self.width() // shown - 2 * self._row.spacing() - self.signs[0].sizeHint().width())

    def _name_blocks(self) -> None:
        """One crumb for each block that one is inside of."""
        session = self._session
        steps = session.place.steps if session.document else ()
        while len(self.blocks) < len(steps):
            self._add()
        cut = range(1, len(steps) - MOST + 1) if len(steps) > MOST else range(0)
        room = ROOM if len(steps) == 1 and not self._lent else self._room(len(steps))
        for index, (crumb, sign) in enumerate(zip(self.blocks, self._between, strict=True)):
            there = index < len(steps)
            crumb.setVisible(there and index not in cut[1:])
            sign.setVisible(there and index not in cut[1:])
            if not there:
                continue
            block, last = session.front.project.blocks.get(steps[index].block), index == len(steps) - 1
            title = self._called(index) or (block.title if block else steps[index].block)
            _put(crumb, title, room)
            if block and not title.startswith(block.title):
                crumb.setToolTip(f"{title}, an instance of {block.title}")
            if index in cut:
                crumb.setText("…")
            crumb.lead(not last, title)
            _name(crumb, "here" if last else "crumb")

    def _called(self, index: int) -> str:
        """The title of the instance through which one went, with its repetition: `Stage 1 · 2 of 3`."""
        project, steps = self._session.front.project, self._session.place.steps
        around, step = project.inside(steps[index - 1].block if index else ""), steps[index]
        node = around.nodes.get(step.instance)
        title = (node.title if node else "") or project.blocks[step.block].title if step.block in project.blocks else ""
        repeat = place_of(project, steps[: index + 1]).repeat
        return f"{title} · {step.repetition + 1} of {repeat}" if title and repeat > 1 else title

    def _add(self) -> None:
        crumb, sign, index = Crumb(), QLabel("›", objectName="crumb"), len(self.blocks)
        crumb.pressed.connect(lambda: self._session.leave(len(self._session.place.steps) - 1 - index))
        place = self._row.count() - 1
        self._row.insertWidget(place, sign)
        self._row.insertWidget(place + 1, crumb)
        self._between.append(sign)
        self.blocks.append(crumb)


def lecture_of(preset: str) -> str:
    """The lecture that a preset belongs to, without its number; empty for a project of one's own."""
    found = next((info.lecture for info in presets.catalogue() if info.id == preset), "") if preset else ""
    number, _, name = found.partition(" ")
    return name if number.isdigit() else found


def _put(label: QLabel, text: str, room: int = ROOM) -> None:
    label.setText(label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))
    label.setToolTip(text)


def _name(label: QLabel, name: str) -> None:
    """Takes the look of that name."""
    if label.objectName() != name:
        label.setObjectName(name)
        label.style().unpolish(label)
        label.style().polish(label)
