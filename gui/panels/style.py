"""How everything inside a panel looks: one style sheet from the theme's tokens, and the fonts."""

from __future__ import annotations

from PySide6.QtGui import QFont

from gui import fonts
from gui.boxes import indicators
from gui.fonts import scale
from gui.style import mixed
from gui.theme import Theme

__all__ = ["face", "mono", "scale", "sheet"]


def mono(size: float = 1.0) -> QFont:
    """The monospaced face for numbers and shapes, in proportion to the interface's face."""
    return fonts.mono(max(9, round(fonts.BASE * 0.93 * size * scale())))


def face(size: float = 1.0, *, strong: bool = False) -> QFont:
    """The interface's face; strong is weight 600."""
    font = fonts.interface(max(9, round(fonts.BASE * size * scale())))
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def sheet(theme: Theme) -> str:
    """The style sheet of a panel."""
    t = theme
    hover = mixed(t.raised, t.text, 0.06)
    edge = mixed(t.line, t.text, 0.18)
    inner, outer = round(18 * scale()), round(24 * scale())
    box = t.ground if t.is_dark else t.raised
    return f"""
    QFrame[role="foot"] {{ background: {t.panel}; border: none; border-top: 1px solid {t.line}; }}
    QWidget[role="panel"], QWidget[role="column"], QScrollArea {{ background: {t.panel}; border: none; }}
    QLabel {{ color: {t.text}; background: transparent; }}
    QLabel:disabled, QLabel[role="dim"], QLabel[role="unit"] {{ color: {t.dim}; }}
    QLabel[role="error"] {{ color: {t.error}; }}
    QLabel[role="warning"] {{ color: {t.warning}; }}
    QLabel[role="good"] {{ color: {t.good}; }}
    QLabel[role="formula"], QFrame[role="card"] {{
        background: {box}; border: 1px solid {t.line}; border-radius: 6px; }}
    QFrame[role="fault-error"] {{ background: {t.raised}; border: 1px solid {t.error}; border-radius: 6px; }}
    QFrame[role="fault-warning"] {{ background: {t.raised}; border: 1px solid {t.warning}; border-radius: 6px; }}
    QFrame[role="rule"] {{ background: {t.line}; border: none; max-height: 1px; min-height: 1px; }}
    QFrame[role="tick"] {{ border: none; border-radius: 2px; }}

    QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit {{
        color: {t.text}; background: {box}; border: 1px solid {t.line}; border-radius: 5px;
        padding: 3px 8px; min-height: {inner}px;
        selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QLineEdit[role="title"], QLineEdit[role="title"]:hover, QLineEdit[role="title"]:focus {{
        background: transparent; border: none; border-bottom: 1px solid transparent; border-radius: 0;
        padding: 2px 0; }}
    QLineEdit[role="title"]:hover {{ border-bottom-color: {edge}; }}
    QLineEdit[role="title"]:focus {{ border-bottom-color: {t.accent}; }}
    QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover {{ border-color: {edge}; }}
    QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{ border-color: {t.accent}; }}
    QLineEdit[wrong="true"], QAbstractSpinBox[wrong="true"], QComboBox[wrong="true"] {{ border-color: {t.error}; }}
    QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{ color: {t.dim}; }}
    QAbstractSpinBox {{ padding: 0 2px 0 8px; min-height: {outer}px; max-height: {outer}px; }}
    QAbstractSpinBox QLineEdit {{ border: none; background: transparent; padding: 0; min-height: 0; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        width: 16px; border: none; background: transparent; subcontrol-origin: border; }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
    QComboBox::drop-down {{ width: 18px; border: none; subcontrol-position: center right; }}
    QComboBox QAbstractItemView {{
        color: {t.text}; background: {t.raised}; border: 1px solid {edge}; outline: none; padding: 3px;
        selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}

    QCheckBox {{ color: {t.text}; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}

    {indicators(t, "QCheckBox", "QTableView", "QMenu", ground=box, scale=scale())}

    QPushButton {{
        color: {t.text}; background: {t.raised}; border: 1px solid {t.line}; border-radius: 5px; padding: 4px 12px; }}
    QPushButton:hover {{ background: {hover}; border-color: {edge}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:pressed {{ background: {t.line}; }}
    QPushButton:disabled {{ color: {t.dim}; }}
    QPushButton[role="main"] {{
        color: {t.on_accent}; background: {t.accent}; border-color: {t.accent}; font-weight: 600; }}
    QPushButton[role="main"]:disabled {{ color: {t.dim}; background: {t.raised}; border-color: {t.line}; }}
    QPushButton[role="link"], QToolButton {{
        color: {t.accent}; background: transparent; border: 1px solid transparent; border-radius: 4px;
        padding: 1px 4px; }}
    QPushButton[role="link"]:hover, QToolButton:hover {{ background: {hover}; }}
    QPushButton[role="link"]:focus, QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton {{ color: {t.dim}; }}
    QToolButton:disabled {{ color: {mixed(t.panel, t.dim, 0.35)}; }}

    QTreeView, QTableView, QTextBrowser {{
        color: {t.text}; background: {t.panel}; border: none; outline: none; gridline-color: {t.line};
        alternate-background-color: {t.raised};
        selection-background-color: {t.raised}; selection-color: {t.text}; }}
    QTextBrowser {{ selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QTableView::item {{ padding: 0 2px; }}
    QHeaderView {{ background: {t.panel}; border: none; }}
    QHeaderView::section {{
        color: {t.dim}; background: {t.panel}; border: none; border-bottom: 1px solid {t.line}; padding: 4px 6px; }}
    QTableCornerButton::section {{ background: {t.panel}; border: none; }}
    QToolTip {{ color: {t.text}; background: {t.raised}; border: 1px solid {edge}; padding: 4px; }}
    QMenu {{ color: {t.text}; background: {t.raised}; border: 1px solid {edge}; padding: 4px; }}
    QMenu::item {{ padding: 4px 18px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
    QMenu::item:disabled {{ color: {t.dim}; }}

    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {edge}; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {t.dim}; }}
    QScrollBar::handle:disabled {{ background: transparent; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """
