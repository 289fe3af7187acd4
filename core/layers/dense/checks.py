"""What may arrive at a dense layer: vectors of real numbers, one for each sample or one for each step."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.complaints import changing, not_real
from core.layers.reading import first
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.values import Params

Check = Callable[[Inputs, Params], Complaint | None]


def features(title: str, inputs: Inputs, port: str = "input") -> Complaint | None:
    """Where no real vectors of a fixed size along the last axis arrive (N×…×F)."""
    arriving = first(inputs, port)
    return not_real(title, arriving, port) or changing(title, arriving, -1, port)


def vectors(title: str, inputs: Inputs, port: str = "input") -> Complaint | None:
    """Where something else than one real vector a sample (N×F) arrives."""
    arriving = first(inputs, port)
    if wrong := not_real(title, arriving, port):
        return wrong
    if arriving.rank == 1:
        return changing(title, arriving, -1, port)
    if arriving.rank > 2:
        return Complaint(
            f"{title} takes one vector a sample (N×F), but {arriving} arrives.",
            "Put a Flatten before it.",
            port=port,
            insert="flatten",
        )
    return changing(title, arriving, 1, port)


def checked(title: str, rule: Callable[[str, Inputs], Complaint | None]) -> Check:
    """A rule that needs no params, as the check of a spec."""
    return lambda inputs, params: rule(title, inputs)
