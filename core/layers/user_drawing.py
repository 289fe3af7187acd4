"""What a kind of the user's own is asked while the canvas is drawn: its `summary` and `spread`.

There nothing may be raised: a failure counts as no answer, and the kind's `check` tells it as a finding on the node.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace

from core.layers.user_targets import Found
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.values import Params

Check = Callable[[Inputs, Params], Complaint | None]


def made_safe(found: Found, spec: LayerSpec) -> LayerSpec:
    """The kind with a `summary` and a `spread` that never raise, and a `check` that tells where they fail."""
    if not spec.summary and not spec.spread:
        return spec
    return replace(
        spec,
        summary=_safe_summary(spec.summary) if spec.summary else None,
        spread=_safe_spread(spec.spread, spec.outputs) if spec.spread else None,
        check=_telling_check(found, spec),
    )


def _safe_summary(summary: Callable[[Params], str]) -> Callable[[Params], str]:
    def safe(params: Params) -> str:
        try:
            return str(summary(params))
        except Exception:
            # A user's function may raise anything while the canvas is painted; `_trouble` tells it and where.
            return ""

    return safe


def _safe_spread(
    spread: Callable[[Params], tuple[Port, ...]], ports: tuple[Port, ...]
) -> Callable[[Params], tuple[Port, ...]]:
    """Where it fails, the outputs are those of the spec."""

    def safe(params: Params) -> tuple[Port, ...]:
        try:
            found = tuple(spread(params))
        except Exception:
            # A user's function may raise anything while the canvas is painted; `_trouble` tells it and where.
            return ports
        return found if all(isinstance(port, Port) for port in found) else ports

    return safe


def _telling_check(found: Found, spec: LayerSpec) -> Check:
    own, title = spec.check, spec.title or spec.kind

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if own is not None and (complaint := own(inputs, params)):
            return complaint
        return _trouble(found, spec, title, params)

    return check


def _trouble(found: Found, spec: LayerSpec, title: str, params: Params) -> Complaint | None:
    """What is wrong with `spread` or `summary` for these parameters."""
    try:
        ports = tuple(spec.spread(params)) if spec.spread else ()
        wrong = "" if all(isinstance(port, Port) for port in ports) else "it gives something that is no Port"
        place = found.file
    except Exception as error:
        wrong, place = _said(error), _place(found, error)
    if wrong:
        fix = "Mend it there; until then the node has the outputs that its LayerSpec lists."
        return Complaint(f"The spread of {title} fails in {place}: {wrong}.", fix, "warning")
    try:
        if spec.summary:
            str(spec.summary(params))
    except Exception as error:
        fix = "Mend it there; until then the header of the node stays without it."
        return Complaint(f"The summary of {title} fails in {_place(found, error)}: {_said(error)}.", fix, "warning")
    return None


def _said(error: Exception) -> str:
    said = " ".join(str(error).split())[:300].rstrip(".")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _place(found: Found, error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == getattr(found.module, "__file__", None)]
    return f"{found.file}, line {lines[-1]}" if lines else found.file
