"""How Qt's own widgets look in a theme: the palette and one style sheet for the whole application."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from gui.boxes import indicators
from gui.fonts import BASE, interface
from gui.theme import Theme


def dress(app: QApplication, theme: Theme, scale: float = 1.0) -> None:
    """Puts palette, font and style sheet on the application; `scale` is 2 for a lecture hall."""
    app.setFont(interface(round(BASE * scale)))
    app.setPalette(palette(theme))
    app.setStyleSheet(sheet(theme, scale))


def palette(theme: Theme) -> QPalette:
    """The theme's tokens in Qt's roles."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    made = QPalette()
    tokens = {
        role.Window: theme.panel, role.WindowText: theme.text, role.Base: theme.panel, role.AlternateBase: theme.raised,
        role.Text: theme.text, role.Button: theme.raised, role.ButtonText: theme.text, role.BrightText: theme.error,
        role.Highlight: theme.accent, role.HighlightedText: theme.on_accent, role.Link: theme.accent,
        role.LinkVisited: theme.accent, role.ToolTipBase: theme.raised, role.ToolTipText: theme.text,
        role.PlaceholderText: theme.dim, role.Light: theme.line, role.Midlight: theme.line, role.Mid: theme.line,
        role.Dark: theme.line, role.Shadow: theme.ground, role.Accent: theme.accent,
    }  # fmt: skip
    for each, color in tokens.items():
        made.setColor(each, QColor(color))
    for each in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(group.Disabled, each, QColor(theme.dim))
    return made


def mixed(first: str, second: str, share: float) -> str:
    """A colour between two, as text; `share` is how much of the second."""
    a, b = QColor(first).getRgb(), QColor(second).getRgb()
    return "#" + "".join(f"{round((1 - share) * x + share * y):02X}" for x, y in zip(a[:3], b[:3], strict=True))


def luminance(color: QColor) -> float:
    """How light a colour is for the eye, 0 … 1 (WCAG 2.2, relative luminance)."""
    parts = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in color.getRgbF()[:3]]  # type: ignore[index]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: QColor, second: QColor) -> float:
    """The contrast of two colours, 1 … 21 (WCAG 2.2)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(ground: QColor) -> QColor:
    """Black or white, whichever can be read better on a colour: one of them always has a contrast of 4.5."""
    return max((QColor("#000000"), QColor("#FFFFFF")), key=lambda ink: contrast(ink, ground))


def sheet(theme: Theme, scale: float = 1.0) -> str:
    """The window's chrome: bars, buttons, tabs, splitters, menus, tips. Panels dress what is inside them."""
    t = theme
    hover = mixed(t.raised, t.text, 0.07)
    edge = mixed(t.line, t.text, 0.16)
    faint = mixed(t.panel, t.dim, 0.62)

    def px(value: float) -> str:
        return f"{round(value * scale)}px"

    return f"""
    QMainWindow, QWidget#middle {{ background: {t.ground}; }}
    QWidget#top {{ background: {t.panel}; border-bottom: 1px solid {t.line}; }}
    QWidget#status {{ background: {t.raised}; border-top: 1px solid {t.line}; }}
    QWidget#pane, QWidget#strip {{ background: {t.panel}; }}
    QWidget#strip {{ border-bottom: 1px solid {t.line}; }}
    QLabel#brand {{ color: {t.text}; font-size: {px(16)}; font-weight: 700; }}
    QLabel#crumb {{ color: {t.dim}; }}
    QLabel#here {{ color: {t.text}; }}
    QLabel#head {{ color: {t.text}; font-weight: 600; }}
    QLabel#empty {{ color: {t.dim}; padding: 24px; }}

    QToolButton#chrome, QPushButton#chrome {{
        color: {t.text}; background: {t.raised}; border: 1px solid {t.line}; border-radius: 5px;
        padding: {px(5)} {px(12)}; }}
    QToolButton#chrome:hover, QPushButton#chrome:hover {{ background: {hover}; border-color: {edge}; }}
    QToolButton#chrome:focus, QPushButton#chrome:focus {{ border-color: {t.accent}; }}
    QToolButton#chrome:pressed, QPushButton#chrome:pressed {{ background: {t.line}; }}
    QToolButton#chrome:disabled, QPushButton#chrome:disabled {{ color: {faint}; }}
    QToolButton#chrome::menu-indicator {{ image: none; width: 0; }}
    QPushButton#primary {{
        color: {t.on_accent}; background: {t.accent}; border: 1px solid {t.accent}; border-radius: 5px;
        padding: {px(5)} {px(13)}; font-weight: 600; }}
    QPushButton#primary:hover {{ background: {mixed(t.accent, t.text, 0.12)}; }}
    QPushButton#primary:focus {{ border-color: {t.text}; }}
    QPushButton#primary:disabled {{ color: {t.dim}; background: {t.raised}; border-color: {t.line}; }}
    QToolButton#quiet {{
        color: {t.dim}; background: transparent; border: 1px solid transparent; border-radius: 5px;
        padding: {px(3)}; }}
    QToolButton#quiet:hover {{ background: {hover}; color: {t.text}; }}
    QToolButton#quiet:focus {{ border-color: {t.accent}; }}
    QToolButton#quiet::menu-indicator {{ image: none; width: 0; }}
    QToolButton#note {{
        color: {t.dim}; background: transparent; border: none; padding: 0 {px(2)}; }}
    QToolButton#note:hover {{ color: {t.text}; }}
    QToolButton#note[level="warning"] {{ color: {t.warning}; }}
    QToolButton#note[level="error"] {{ color: {t.error}; }}

    QWidget#controls QPushButton, QWidget#controls QToolButton {{
        color: {t.text}; background: {t.raised}; border: 1px solid {t.line}; border-radius: 5px;
        padding: {px(3)} {px(9)}; }}
    QWidget#controls QPushButton:hover, QWidget#controls QToolButton:hover {{
        background: {hover}; border-color: {edge}; }}
    QWidget#controls QPushButton:focus, QWidget#controls QToolButton:focus {{ border-color: {t.accent}; }}
    QWidget#controls QPushButton:pressed, QWidget#controls QToolButton:pressed {{ background: {t.line}; }}
    QWidget#controls QComboBox, QWidget#controls QAbstractSpinBox {{
        color: {t.text}; background: {t.raised}; border: 1px solid {t.line}; border-radius: 5px;
        padding: {px(3)} {px(6)}; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QWidget#controls QComboBox:hover, QWidget#controls QAbstractSpinBox:hover {{ border-color: {edge}; }}
    QWidget#controls QComboBox:focus, QWidget#controls QAbstractSpinBox:focus {{ border-color: {t.accent}; }}
    QWidget#controls QComboBox::drop-down {{ width: {px(18)}; border: none; }}
    QWidget#controls QComboBox::down-arrow {{ image: url(icons:down-{t.name}.svg); width: {px(12)}; height: {px(12)}; }}
    QWidget#controls QAbstractSpinBox::up-button, QWidget#controls QAbstractSpinBox::down-button {{
        width: {px(16)}; border: none; background: transparent; }}
    QWidget#controls QAbstractSpinBox::up-arrow {{ image: url(icons:up-{t.name}.svg); }}
    QWidget#controls QAbstractSpinBox::down-arrow {{ image: url(icons:down-{t.name}.svg); }}
    QWidget#controls QAbstractSpinBox::up-arrow, QWidget#controls QAbstractSpinBox::down-arrow {{
        width: {px(10)}; height: {px(10)}; }}
    {indicators(t, "QWidget#controls QCheckBox", "QMenu", ground=t.ground, scale=scale)}
    QWidget#controls QCheckBox:focus {{ color: {t.accent}; }}

    QProgressBar {{ background: {t.line}; border: none; border-radius: 3px; }}
    QProgressBar::chunk {{ background: {t.good}; border-radius: 3px; }}

    QTabBar {{ background: {t.panel}; border: none; qproperty-drawBase: 0; }}
    QTabBar::tab {{
        color: {t.dim}; background: transparent; border: none; border-bottom: 2px solid transparent;
        padding: 0 {px(12)}; margin: 0; }}
    QTabBar[squeezed="true"]::tab {{ padding: 0 {px(5)}; }}
    QTabBar::tab:hover {{ color: {t.text}; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
    QTabBar::tab:selected:focus {{ color: {t.accent}; background: {hover}; }}
    QTabBar#documents::tab:selected {{ background: {t.ground}; }}
    QTabBar::close-button {{ subcontrol-position: right; }}
    QTabBar::scroller {{ width: {px(20)}; }}
    QTabBar QToolButton {{ color: {t.dim}; background: {t.panel}; border: none; }}

    QSplitter::handle {{ background: {t.line}; }}
    QSplitter::handle:hover {{ background: {t.accent}; }}
    QSplitter::handle:horizontal {{ width: 1px; }}
    QSplitter::handle:vertical {{ height: 1px; }}

    QToolTip {{ color: {t.text}; background: {t.raised}; border: 1px solid {edge}; padding: 4px 6px; }}
    QMenu {{ color: {t.text}; background: {t.raised}; border: 1px solid {edge}; padding: 4px; }}
    QMenu::item {{ padding: {px(5)} {px(28)} {px(5)} {px(14)}; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
    QMenu::item:disabled {{ color: {t.dim}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 6px; }}
    QMenu::indicator {{ margin-left: 4px; }}

    QFrame#sheet {{ background: {t.panel}; border: 1px solid {edge}; border-radius: 10px; }}
    QFrame#toast {{ background: {t.raised}; border: 1px solid {edge}; border-radius: 8px; }}
    QFrame#toast[level="error"] {{ border-color: {t.error}; }}
    QFrame#toast[level="warning"] {{ border-color: {t.warning}; }}
    QFrame#notice {{
        background: {t.raised}; border: none; border-left: 4px solid {t.accent}; border-bottom: 1px solid {t.line}; }}
    QFrame#notice[level="error"] {{ border-left-color: {t.error}; }}
    QFrame#sheet QLineEdit {{
        color: {t.text}; background: {t.ground}; border: 1px solid {t.line}; border-radius: 6px;
        padding: {px(7)} {px(10)}; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QFrame#sheet QLineEdit:focus {{ border-color: {t.accent}; }}
    QFrame#sheet QListWidget {{ color: {t.text}; background: transparent; border: none; outline: none; }}
    QFrame#sheet QListWidget::item {{ padding: {px(5)} {px(8)}; border-radius: 5px; }}
    QFrame#sheet QListWidget::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}

    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {edge}; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {t.dim}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """
