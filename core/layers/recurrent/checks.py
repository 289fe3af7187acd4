"""What can be wrong with sequences, their lengths and their initial states, said before torch does."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.complaints import changing, not_real, not_sequence
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType
from core.model.values import Params

MOST_UNITS = 16_384


def directions(params: Params) -> int:
    """How many states a layer carries: one for each layer and direction."""
    return whole(params, "num_layers") * (2 if params["bidirectional"] else 1)


def lengths_complaint(title: str, inputs: Inputs) -> Complaint | None:
    """Where something else than one whole number a sample arrives as lengths."""
    if not inputs.get("lengths"):
        return None
    arriving, samples = first(inputs, "lengths"), first(inputs).shape[0]
    if arriving.dtype not in ("int64", "int32"):
        return Complaint(
            f"{title} takes lengths as whole numbers, but {arriving} of {arriving.dtype} arrives.",
            "Wire a field that holds whole numbers in the form “as stored”, or Sequence lengths of the tokens.",
            port="lengths",
        )
    if arriving.shape != (samples,):
        return Complaint(
            f"{title} takes one length for each sample ({samples}), but {arriving} arrives.",
            "Wire a field with one whole number a sample, or Sequence lengths of the tokens.",
            port="lengths",
        )
    return None


def state_complaint(title: str, inputs: Inputs, params: Params, port: str) -> Complaint | None:
    """Where an initial state does not fit: (N, H), or (N, layers·directions, H)."""
    if not inputs.get(port):
        return None
    arriving, samples, count = first(inputs, port), first(inputs).shape[0], directions(params)
    size = whole(params, "hidden_size")
    if wrong := not_real(title, arriving, port):
        return wrong
    stacked = f", or {samples}×{count}×{size} with one for each" if count > 1 else ""
    message = f"{title} starts from a state {samples}×{size}{stacked}, but {arriving} arrives at “{port}”."
    if arriving.shape[:1] != (samples,) or arriving.rank not in (2, 3):
        return Complaint(message, "Wire one vector a sample into it.", port=port)
    if arriving.rank == 3 and arriving.shape[1] != count:
        return Complaint(
            message,
            f"Give the layer that it comes from {count} states too (layers times directions), or wire one vector.",
            port=port,
        )
    if arriving.shape[-1] != size:
        if wrong := changing(title, arriving, -1, port):
            return wrong
        width = arriving.size(-1)
        return Complaint(
            message,
            f"Set the hidden size to {width:,}, or put a Linear with {size:,} outputs before it.",
            port=port,
            params={"hidden_size": width} if width <= MOST_UNITS else {},
        )
    return None


def sequence_check(title: str, *states: str) -> Callable[[Inputs, Params], Complaint | None]:
    """For the stacked layers: the sequence, its lengths, the states at the ports `states`, dropout without effect."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_sequence(title, inputs) or lengths_complaint(title, inputs):
            return wrong
        for port in states:
            if wrong := state_complaint(title, inputs, params, port):
                return wrong
        if number(params, "dropout") and whole(params, "num_layers") == 1:
            return Complaint(
                "Dropout works between layers, and there is only one.",
                "Use two layers, or set the dropout to 0.",
                severity="warning",
                params={"dropout": 0.0},
            )
        return None

    return check


def vector_complaint(title: str, arriving: TensorType, port: str = "input") -> Complaint | None:
    """Where something else than real vectors (N×F) of a known size arrives."""
    if wrong := not_real(title, arriving, port):
        return wrong
    if arriving.rank == 2:
        return changing(title, arriving, 1, port)
    fix = "Wire the RNN, LSTM or GRU of that name for whole sequences, or Last step" if arriving.rank == 3 else ""
    return Complaint(
        f"{title} takes vectors (N×F), but {arriving} arrives.", f"{fix or 'Put a Reshape before it'}.", port=port
    )


def steps_complaint(title: str, inputs: Inputs) -> Complaint | None:
    """Where something without an axis of steps behind the samples arrives; numbers of any sort will do."""
    arriving = first(inputs)
    if arriving.rank >= 2:
        return changing(title, arriving, 1)
    return Complaint(
        f"{title} works on the steps of a sequence (N×T×…), but {arriving} arrives.",
        "Put a Reshape before it that gives a sample the axes steps × features.",
        port="input",
    )
