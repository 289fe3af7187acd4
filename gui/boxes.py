"""How boxes that can be checked look: a tick where one is, a dash where only some of what it stands for is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir

from gui.theme import Theme

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "icons"
SIDE = 12
"""Pixels inside of the border of a box."""


def indicators(theme: Theme, *widgets: str, ground: str, scale: float = 1.0) -> str:
    """Rules of a style sheet for the boxes of some classes of widgets; an empty box has the colour `ground`."""
    # A prefix instead of a path: a style sheet cannot read every path.
    QDir.setSearchPaths("icons", [str(FOLDER)])
    t, side = theme, round(SIDE * scale)

    def boxes(*states: str) -> str:
        return ", ".join(f"{widget}::indicator{state}" for widget in widgets for state in states)

    full = f"background: {t.accent}; border-color: {t.accent};"
    off = f"background: {t.line}; border-color: {t.line};"
    return f"""
    {boxes("")} {{
        width: {side}px; height: {side}px; background: {ground}; border: 1px solid {t.dim}; border-radius: 3px; }}
    {boxes(":checked")} {{ {full} image: url(icons:tick-{t.name}.svg); }}
    {boxes(":indeterminate")} {{ {full} image: url(icons:dash-{t.name}.svg); }}
    {boxes(":disabled")} {{ border-color: {t.line}; }}
    {boxes(":checked:disabled")} {{ {off} image: url(icons:tick-disabled-{t.name}.svg); }}
    {boxes(":indeterminate:disabled")} {{ {off} image: url(icons:dash-disabled-{t.name}.svg); }}
    """
