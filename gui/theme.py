"""All colours, sizes and fonts in one place, for Qt, the canvas and pyqtgraph alike."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

# Okabe–Ito, safe for colour-blind eyes. Never the only carrier of a meaning.
FAMILY_DARK: dict[str, str] = {
    "data": "#56B4E9", "convolution": "#E69F00", "pooling": "#CC79A7", "activation": "#F0E442", "dense": "#009E73",
    "recurrent": "#0072B2", "attention": "#9467BD", "normalisation": "#7F8FA6", "graph": "#44AA99", "loss": "#D55E00",
    "operation": "#8892A6", "block": "#8892A6", "own": "#8BC34A",
}  # fmt: skip
FAMILY_LIGHT = {**FAMILY_DARK, "activation": "#B8A800", "own": "#5F9420"}


@dataclass(frozen=True)
class Theme:
    """The tokens of one look."""

    name: str
    ground: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str
    good: str
    warning: str
    error: str
    families: dict[str, str]

    def color(self, token: str) -> QColor:
        """A token or a family by name, as Qt wants it."""
        return QColor(self.families.get(token) or getattr(self, token))

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"


DARK = Theme(
    "dark", ground="#15171C", panel="#1C1F26", raised="#232731", line="#2E3340", text="#E6E8EE", dim="#98A0B0",
    accent="#5AA9FF", on_accent="#0B1220", good="#3DCC85", warning="#FFB84D", error="#FF6B6B", families=FAMILY_DARK,
)  # fmt: skip
LIGHT = Theme(
    "light", ground="#F4F5F8", panel="#FFFFFF", raised="#F0F2F6", line="#D9DDE6", text="#1C2230", dim="#5A6375",
    accent="#1F6FEB", on_accent="#FFFFFF", good="#138A3E", warning="#B45309", error="#C62828", families=FAMILY_LIGHT,
)  # fmt: skip

CURVES = ("#5AA9FF", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#8A94A6", "#9467BD", "#B8A800")
"""Colours of curves, in turn."""
