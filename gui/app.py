"""The desktop program: the application, its look, what opens first, and what happens where there is no display."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MISSING = """Layerloom needs system libraries that are missing here:
  {error}
On Debian and Ubuntu install them with
  apt-get install libgl1 libegl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libfreetype6 \\
    libglib2.0-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0 \\
    libxcb-randr0 libxcb-xinerama0 libxcb-xkb1
"""


def has_display() -> bool:
    """Whether a window can be shown."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: list[str] | None = None) -> int:
    """Opens the window, with a project file if one is given; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from gui.start import run, without_display
    except ImportError as error:
        if "lib" not in str(error):
            raise
        print(MISSING.format(error=error), file=sys.stderr)
        return 1
    return run(given) if has_display() else without_display(Path("layerloom.png"))
