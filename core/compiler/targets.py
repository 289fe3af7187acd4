"""Dotted names of torch classes and functions → the objects, looked up when first needed."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

OWN = "core.layers.modules."
"""Where the modules live that torch lacks; their source is pasted into exported files."""

ALLOWED = ("torch.", "operator.", OWN)
"""The prefixes that a target may have: a project file names kinds, never targets, and a kind reaches no further."""


@functools.cache
def resolve(dotted: str) -> Callable[..., Any]:
    """The class or function called `dotted`; raises LookupError for a name that is not allowed or not there."""
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
