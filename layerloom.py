"""The front door: a sub-command runs headless; no argument, or a project file, opens the app."""

from __future__ import annotations

import os
import sys

# Waiting OpenMP threads must not spin: with another program on a core they take most of the speed.
os.environ.setdefault("GOMP_SPINCOUNT", "0")


def main() -> int:
    """Runs the command line; returns the exit status (0 done, 1 a problem was found, 2 wrong usage)."""
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from core.cli import main as command

        return command(arguments)
    from gui.app import main as app

    return app(arguments)


COMMANDS = (
    "presets", "kinds", "layers", "check", "train", "continue", "runs", "tensorboard", "rates", "sweep", "export",
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
