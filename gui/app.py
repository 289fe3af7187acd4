"""The desktop program: the application, its look, what opens first, and what happens where there is no display."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

MISSING = """Layerloom needs system libraries that are missing here:
  {error}
On Debian and Ubuntu install them with
  apt-get install {packages}
"""
ALWAYS = "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libfreetype6 libglib2.0-0"
"""Packages that Qt needs to be imported at all."""
FOR_X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Libraries that Qt's X11 part loads, with their packages. Without one of them Qt aborts without a chance to speak."""


def has_display() -> bool:
    """Whether a window can be shown."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    return bool(os.environ.get("DISPLAY")) and _x11_answers()


def _x11_answers() -> bool:
    """Whether there is a server behind DISPLAY: Qt would abort without a chance to speak."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = not xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return answers


def missing_for_x11() -> dict[str, str]:
    """The libraries that a window on X11 would need and that are not there, with their packages."""
    x11 = os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY")
    if not sys.platform.startswith("linux") or not x11 or os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return {}
    return {library: package for library, package in FOR_X11.items() if not _loads(library)}


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Opens the window, with a project file if one is given; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from gui.start import run, without_display
    except ImportError as error:
        if "lib" not in str(error):
            raise
        print(MISSING.format(error=error, packages=ALWAYS), file=sys.stderr)
        return 1
    if missing := missing_for_x11():
        print(MISSING.format(error=", ".join(missing), packages=" ".join(missing.values())), file=sys.stderr)
        return 1
    return run(given) if has_display() else without_display(Path("layerloom.png"))
