"""The live views below the canvas."""

VIEWS: tuple[tuple[str, str, str], ...] = ()
