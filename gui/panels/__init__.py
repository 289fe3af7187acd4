"""The panels around the canvas."""

PANELS: tuple[tuple[str, str, str], ...] = ()
