"""The few parts that panels are put together from, so that they look and behave alike."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.model.fault import Severity
from gui.panels.style import face, mono, scale, sheet
from gui.session import Session
from gui.theme import Theme

MARGIN = 12


class Panel(QWidget):
    """A panel: dressed in the theme, with `body` as its layout.

    `refresh` brings it up to date; `refresh_soon` asks for that once for any number of reasons, and not while the panel
    is hidden.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, *, margin: int = 0) -> None:
        super().__init__(parent)
        self.session = session
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(8)
        self._stale = False
        self._scale = scale()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._refresh_if_seen)
        self._dress()
        session.theme_changed.connect(self._follow_theme)

    @property
    def theme(self) -> Theme:
        return self.session.theme

    def refresh(self) -> None:
        """Shows what the session holds now."""

    def refresh_soon(self) -> None:
        """Refreshes when the event that asks for it is over, or when the panel is looked at again."""
        self._stale = True
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_if_seen()

    def _refresh_if_seen(self) -> None:
        if self._stale and self.isVisible():
            self._stale = False
            self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange and scale() != self._scale:
            self._resize_fonts(scale() / self._scale)

    def _follow_theme(self) -> None:
        # Under a style sheet for the whole program not every widget hears of another font.
        if scale() != self._scale:
            self._resize_fonts(scale() / self._scale)
        else:
            self._dress()

    def _resize_fonts(self, factor: float) -> None:
        """Takes fonts of their own along when the whole program is drawn larger or smaller."""
        self._scale = scale()
        for widget in self.findChildren(QWidget):
            if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and widget.font().pixelSize() > 0:
                font = widget.font()
                font.setPixelSize(round(font.pixelSize() * factor))
                widget.setFont(font)
        self._dress()

    def _dress(self) -> None:
        self.setStyleSheet(sheet(self.theme))


def panel_of(widget: QWidget) -> Panel | None:
    """The panel that a part stands in."""
    around: QWidget | None = widget
    while around is not None and not isinstance(around, Panel):
        around = around.parentWidget()
    return around


class Column(QScrollArea):
    """A column that scrolls up and down and is always as wide as its place; `body` is its layout."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setProperty("role", "column")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.body.setSpacing(6)
        self.setWidget(inside)


def label(text: str = "", role: str = "", *, wrap: bool = False, name: str = "") -> QLabel:
    """A text; role `dim`, `error`, `warning` or `good` colours it. Wrapping texts can be marked and copied."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(face(0.94 if role == "dim" else 1.0))
    if role:
        made.setProperty("role", role)
    if wrap:
        made.setWordWrap(True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if name:
        made.setAccessibleName(name)
    return made


def numbers(text: str = "", role: str = "dim", *, wrap: bool = True) -> QLabel:
    """A text in the monospaced face."""
    made = label(text, role, wrap=wrap)
    made.setFont(mono())
    return made


def heading(text: str, scale: float = 1.0) -> QLabel:
    """A title over a part of a panel."""
    made = label(text, wrap=True)
    made.setFont(face(scale, strong=True))
    made.setContentsMargins(0, 6, 0, 0)
    return made


def rule() -> QFrame:
    """A line between rows."""
    made = QFrame()
    made.setProperty("role", "rule")
    return made


def button(text: str, clicked: Callable[[], object], role: str = "", doc: str = "") -> QPushButton:
    """A button; role `main` for the one that matters most, `link` for one inside a text."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setToolTip(doc)
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.clicked.connect(lambda: clicked())
    return made


def search_field(hint: str) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(hint)
    made.setAccessibleName(hint)
    made.setClearButtonEnabled(True)
    return made


class Explainer(QFrame):
    """A strip at the foot of a panel that says what the setting does that is pointed at; its height never changes."""

    HINT = "Point at a setting to read what it does."
    LEAST = 320
    """In a panel lower than this the room goes to the settings; their tooltips say the same."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._wanted = True
        panel.installEventFilter(self)
        self.setProperty("role", "foot")
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 6, MARGIN, 6)
        self.text = label(self.HINT, "dim", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * 3 + 2)
        column.addWidget(self.text)

    def explain(self, text: str) -> None:
        """Shows an explanation; an empty one brings the hint back."""
        self.text.setText(text or self.HINT)

    def want(self, on: bool) -> None:
        """Whether there is anything to explain."""
        self._wanted = on
        self._appear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._appear()
        return super().eventFilter(watched, event)

    def _appear(self) -> None:
        self.setVisible(self._wanted and self.parentWidget().height() >= self.LEAST * scale())


class Finding(QFrame):
    """A fault as a card: its severity as a sign and a colour, what is wrong, the way out and, if it can, a Fix."""

    def __init__(self, message: str, fix: str, severity: Severity, mend: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setProperty("role", f"fault-{severity}")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(8)
        sign = label("✕" if severity == "error" else "!", severity, name=severity.capitalize())
        sign.setFont(face(strong=True))
        head.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(message, wrap=True), 1)
        column.addLayout(head)
        if fix:
            column.addWidget(label(fix, "dim", wrap=True))
        if mend is not None:
            column.addWidget(button("Fix", mend, "link", fix), 0, Qt.AlignmentFlag.AlignLeft)


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout and lets it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()


def set_role(widget: QWidget, role: str) -> None:
    """Changes the role and with it the look."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
