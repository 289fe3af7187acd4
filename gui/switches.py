"""What a person switches on and off for the whole window, and what of it is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui import settings_store

if TYPE_CHECKING:
    from gui.session import Session
    from gui.settings_store import Settings


class Switches:
    """Sets the session as the settings say, and both when something is switched."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session, self._settings = session, settings
        self._presenting = False
        session.costs_shown = settings.costs
        session.control.isolate(settings.isolated)
        self._pace()

    @property
    def is_fluent(self) -> bool:
        """Whether pictures matter more than the training's speed."""
        return self._settings.fluent or self._presenting

    def why_fluent(self) -> str:
        """Why fluent pictures cannot be switched off now; empty when they can."""
        return "Pictures are always fluent in presentation." if self._presenting else ""

    def turn_theme(self) -> None:
        """Dark becomes light, light dark."""
        self._settings.theme = "light" if self._session.theme.is_dark else "dark"
        self._session.set_theme(self._settings.theme)

    def turn_costs(self) -> None:
        """Every node tells what it costs, or the selected ones only."""
        self._settings.costs = not self._session.costs_shown
        self._session.show_costs(self._settings.costs)

    def turn_isolated(self) -> None:
        """Runs that begin from now on have a process of their own, or none."""
        self._settings.isolated = not self._settings.isolated
        self._session.control.isolate(self._settings.isolated)
        settings_store.save(self._settings)

    def turn_fluent(self) -> None:
        """Live views follow a run closely and slow it down, or keep out of its way."""
        self._settings.fluent = not self._settings.fluent
        settings_store.save(self._settings)
        self._pace()

    def present(self, on: bool) -> None:
        """In presentation pictures are fluent: a lecture hall watches and does not wait."""
        self._presenting = on
        self._pace()

    def _pace(self) -> None:
        self._session.control.set_fluent(self.is_fluent)
