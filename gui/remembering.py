"""What a window leaves for the next start: which projects were open, and how large it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui import settings_store

if TYPE_CHECKING:
    from gui.window import Window


def remember(window: Window) -> None:
    """Keeps what the next start begins with."""
    session, settings = window.session, window.settings
    kept = [d for d in session.documents if d.path or d.project.lecture]
    settings.open = [str(d.path) if d.path else f"preset:{d.project.lecture}" for d in kept]
    settings.front = kept.index(session.document) if session.document in kept else 0
    settings.maximised = window.isMaximized()
    if not window.isMaximized() and not window.isFullScreen():
        settings.size = (window.width(), window.height())
    settings_store.save(settings)
