"""Dotted names of torch classes and functions → the objects, looked up when first needed."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any

from core.layers.user import PREFIX

OWN = "core.layers.modules."
"""Where the modules live that torch lacks; their source is pasted into exported files."""

PASTED = (OWN, PREFIX)
"""What the targets begin with whose source is pasted: the program's own, and those of the user's files."""

ALLOWED = ("torch.", "operator.", *PASTED)
"""The prefixes that a target may have: a project file names kinds, never targets, and a kind reaches no further."""


def resolve(dotted: str) -> Callable[..., Any]:
    """The class or function called `dotted`; raises LookupError for a name that is not allowed or not there."""
    if not dotted.startswith(PREFIX):
        return _fixed(dotted)
    # A file of the user can be loaded anew while the program runs.
    file, name = file_and_name(dotted)
    module = sys.modules.get(file)
    if module is None:
        raise LookupError(f"{file.removeprefix(PREFIX)}.py of your layers folder is not loaded")
    found = getattr(module, name, None)
    if not callable(found):
        raise LookupError(f"{file.removeprefix(PREFIX)}.py of your layers folder has no {name}")
    return found  # type: ignore[no-any-return]


@functools.cache
def _fixed(dotted: str) -> Callable[..., Any]:
    parts = dotted.split(".")
    if not dotted.startswith(ALLOWED) or any(part.startswith("_") for part in parts):
        raise LookupError(f"{dotted} is not among {', '.join(prefix + '*' for prefix in ALLOWED)}")
    # core.layers.modules.loss.DiceLoss: a file of its own; torch.nn.Conv2d: attributes of one package.
    depth = 4 if dotted.startswith(OWN) else 1
    try:
        found: Any = importlib.import_module(".".join(parts[:depth]))
        for part in parts[depth:]:
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"there is no {dotted}") from error
    if not callable(found):
        raise LookupError(f"{dotted} cannot be called")
    return found  # type: ignore[no-any-return]


def file_and_name(dotted: str) -> tuple[str, str]:
    """The module of a target whose source is pasted, and its name there."""
    prefix = next(prefix for prefix in PASTED if dotted.startswith(prefix))
    file, _, name = dotted.removeprefix(prefix).partition(".")
    return prefix + file, name
