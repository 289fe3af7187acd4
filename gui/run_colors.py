"""The colour of each run, the same for its curves and in the table of runs."""

from __future__ import annotations

from gui.documents import Document, LiveRun
from gui.theme import CURVES, Theme


def color_of(run: LiveRun, document: Document, theme: Theme) -> str:
    """A run drawn alone has the accent; of several each keeps its own."""
    alone = sum(each.shown for each in document.runs) <= 1
    number = document.number_of(run)
    return theme.accent if alone or number == 0 else CURVES[number % len(CURVES)]
