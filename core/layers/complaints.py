"""Complaints that several layers share, with the shapes that arrive and a way out."""

from __future__ import annotations

from core.layers.reading import first
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType


def not_real(title: str, arriving: TensorType, port: str = "input", embed: bool = True) -> Complaint | None:
    """Where whole numbers (classes, tokens) reach a layer that computes with real ones; `embed`: offer an Embedding."""
    if arriving.is_float:
        return None
    message = f"{title} computes with real numbers, but {arriving} of whole numbers ({arriving.dtype}) arrives."
    if arriving.rank == 2 and embed:
        fix = "Put an Embedding before it, which turns every token into a vector."
        return Complaint(message, fix, port=port, insert="embedding")
    return Complaint(message, "At the Input, choose the form “one-hot” or “number”.", port=port)


def not_sequence(title: str, inputs: Inputs, port: str = "input") -> Complaint | None:
    """Where something else than a sequence of real vectors (N×T×F) arrives."""
    arriving = first(inputs, port)
    if wrong := not_real(title, arriving, port):
        return wrong
    if arriving.rank == 3:
        return changing(title, arriving, 1, port) or changing(title, arriving, 2, port)
    message = f"{title} reads sequences, N×T×F (samples, steps, features), but {arriving} arrives."
    if arriving.rank == 4:
        channels, height, width = arriving.shape[1:]
        return Complaint(
            message,
            f"Put a Reshape before it: row by row, an image is {height} steps of {channels}·{width} numbers.",
            port=port,
        )
    return Complaint(message, "Put a Reshape before it that gives a sample two axes, steps × features.", port=port)


def changing(title: str, arriving: TensorType, axis: int, port: str = "input") -> Complaint | None:
    """Where the size of an axis that a layer is built from changes with the batch."""
    if isinstance(arriving.shape[axis], int):
        return None
    place = "last axis" if axis in (-1, arriving.rank - 1) else f"axis {axis}"
    return Complaint(
        f"{title} needs a fixed size at its {place}, but that of {arriving} changes with the batch.",
        "At the Input, choose the form “number” or “one-hot”, or put a Reshape before it.",
        port=port,
    )


def batch_axis(title: str, axis: int, arriving: TensorType, name: str, better: int) -> Complaint | None:
    """Where an axis does not exist, or is the axis of the samples; `better` is the axis that mends it."""
    rank = arriving.rank
    if not -rank <= axis < rank:
        return Complaint(
            f"{title} is asked for axis {axis}, but {arriving} has axes 0 to {rank - 1}.",
            f"Choose axis {better}.",
            params={name: better},
        )
    if axis % rank == 0:
        return Complaint(
            f"Axis {axis} of {arriving} holds the samples of the batch, which must not be mixed.",
            f"Choose another axis, such as {better}.",
            params={name: better},
        )
    return None


def broadcast(types: tuple[TensorType, ...]) -> bool:
    """Whether shapes fit together element by element: from the last axis on, equal sizes or 1."""
    longest = max(len(each.shape) for each in types)
    for back in range(1, longest + 1):
        found = {each.shape[-back] for each in types if len(each.shape) >= back} - {1}
        if len(found) > 1:
            return False
    return True


def listing(types: tuple[TensorType, ...]) -> str:
    """`N×8 and N×16`."""
    words = [str(each) for each in types]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
