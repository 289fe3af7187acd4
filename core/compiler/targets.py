"""Dotted names of torch classes and functions → the objects, looked up when first needed."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

ALLOWED = ("torch.", "operator.", "core.layers.modules.")
"""The prefixes that a target may have: a project file names kinds, never targets, and a kind reaches no further."""

OWN = "core.layers.modules."
"""Where the few modules live that torch lacks; their source is pasted into exported files."""


@functools.cache
def resolve(dotted: str) -> Callable[..., Any]:
    """The class or function called `dotted`; raises LookupError for a name that is not allowed or not there."""
    parts = dotted.split(".")
    if not dotted.startswith(ALLOWED) or any(part.startswith("_") for part in parts):
        raise LookupError(f"{dotted} is not among {', '.join(prefix + '*' for prefix in ALLOWED)}")
    found: Any = importlib.import_module("core.layers.modules" if dotted.startswith(OWN) else parts[0])
    for part in dotted.removeprefix(OWN).split(".") if dotted.startswith(OWN) else parts[1:]:
        if not hasattr(found, part):
            raise LookupError(f"there is no {dotted}")
        found = getattr(found, part)
    if not callable(found):
        raise LookupError(f"{dotted} cannot be called")
    return found  # type: ignore[no-any-return]
