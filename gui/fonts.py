"""The two faces of the program, shipped with it so that it looks the same everywhere: Inter and JetBrains Mono."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "fonts"
FACE, MONO = "Inter", "JetBrains Mono"
BASE = 13
"""Pixels of the interface's face."""


def load_fonts() -> None:
    """Makes the shipped faces known to Qt; where a file is missing, the system's own faces serve."""
    if FACE in QFontDatabase.families():
        return
    for file in sorted(FOLDER.glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))


def interface(pixels: int = BASE) -> QFont:
    """The face of labels and sentences."""
    font = QFont(QApplication.font())
    font.setFamilies([FACE, *QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).families()])
    font.setPixelSize(pixels)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def scale() -> float:
    """How much larger than usual everything is: 2 in a lecture hall."""
    pixels = QApplication.font().pixelSize()
    return pixels / BASE if pixels > 0 else 1.0


def mono(pixels: int = 12) -> QFont:
    """The face of numbers, shapes and source, whose digits do not dance; arrows in code stay two characters."""
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font = QFont(fixed)
    font.setFamilies([MONO, *fixed.families()])
    font.setPixelSize(pixels)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("calt"), 0)
    return font
