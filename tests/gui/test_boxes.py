"""A box that is checked bears a tick, one that is checked in part a dash, in every theme, on or off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyleOptionButton, QTableWidget, QTableWidgetItem
from pytestqt.qtbot import QtBot

from gui.boxes import FOLDER
from gui.panels.style import sheet
from gui.style import dress
from gui.theme import DARK, LIGHT, Theme

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
INSIDE = {(x, y) for x in range(2, 10) for y in range(2, 10)}
"""Of the twelfths of a box, those that its edges do not touch."""
STATES = Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked


@pytest.fixture(autouse=True)
def _as_before(qtbot: QtBot) -> Iterator[None]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    face, palette, style = app.font(), app.palette(), app.styleSheet()
    yield
    app.setFont(face)
    app.setPalette(palette)
    app.setStyleSheet(style)


def drawn(box: QCheckBox, ratio: int) -> QImage:
    """The box alone, in device pixels."""
    option = QStyleOptionButton()
    box.initStyleOption(option)
    inner = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    image = QImage(box.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    box.render(image)
    return image.copy(QRect(inner.topLeft() * ratio, inner.size() * ratio))


def marked(image: QImage, sign: str, box: str) -> set[tuple[int, int]]:
    """The places, in twelfths of a side, that are nearer to the colour of a sign than to that of the box."""

    def far(seen: QColor, color: str) -> int:
        return sum(abs(a - b) for a, b in zip(seen.getRgb()[:3], QColor(color).getRgb()[:3], strict=True))

    found = set()
    for x in range(image.width()):
        for y in range(image.height()):
            seen = image.pixelColor(x, y)
            if far(seen, sign) < far(seen, box):
                found.add((12 * x // image.width(), 12 * y // image.height()))
    return found


@THEMES
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("size", [1.0, 2.0])
@pytest.mark.parametrize("on", [True, False])
def test_a_tick_a_dash_and_an_empty_box_are_told_apart(
    qtbot: QtBot, theme: Theme, ratio: int, size: float, on: bool
) -> None:
    dress(QApplication.instance(), theme, size)
    box = QCheckBox("Shuffle")
    qtbot.addWidget(box)
    box.setStyleSheet(sheet(theme))
    box.setTristate(True)
    box.setEnabled(on)
    box.adjustSize()
    sign = theme.on_accent if on else theme.dim
    ground = theme.accent if on else theme.line
    empty = theme.ground if theme.is_dark else theme.raised
    images = []
    for state in STATES:
        box.setCheckState(state)
        images.append(drawn(box, ratio))
    assert images[0].width() == images[0].height() == (round(12 * size) + 2) * ratio
    dash, tick = (marked(image, sign, ground) & INSIDE for image in images[1:])
    assert INSIDE.isdisjoint(marked(images[0], sign, empty))
    # A dash lies flat in the middle; a tick goes down to the left and up to the right.
    assert dash
    assert {y for _, y in dash} <= {5, 6}
    assert len({y for _, y in tick}) >= 4
    lowest = max(tick, key=lambda place: place[1])
    highest = min(tick, key=lambda place: place[1])
    assert lowest[0] < highest[0]


@THEMES
def test_boxes_of_tables_bear_a_tick_too(qtbot: QtBot, theme: Theme) -> None:
    dress(QApplication.instance(), theme)
    table = QTableWidget(1, 1)
    qtbot.addWidget(table)
    table.setStyleSheet(sheet(theme))
    item = QTableWidgetItem("")
    table.setItem(0, 0, item)
    table.show()
    filled = []
    for state in STATES:
        item.setCheckState(state)
        image = table.viewport().grab().toImage()
        accent = QColor(theme.accent).rgb()
        filled.append(sum(image.pixel(x, y) == accent for x in range(image.width()) for y in range(image.height())))
    none, dash, tick = filled
    # The signs take their part of the 196 pixels of a full square.
    assert none == 0
    assert 60 < tick < 190
    assert 60 < dash < 190
    assert dash != tick


@THEMES
def test_every_sign_is_in_a_colour_of_its_theme(theme: Theme) -> None:
    for sign in ("tick", "dash"):
        for name, color in ((theme.name, theme.on_accent), (f"disabled-{theme.name}", theme.dim)):
            assert f'stroke="{color}"' in (FOLDER / f"{sign}-{name}.svg").read_text(encoding="utf-8")
