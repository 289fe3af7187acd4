"""Arithmetic and complaints of windows that slide over an axis, for convolutions and pooling."""

from __future__ import annotations

from core.layers.complaints import changing
from core.layers.reading import first, times
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType

AXES = {1: "N C L", 2: "N C H W", 3: "N C D H W"}
"""The axes of a port for 1, 2 and 3 spatial axes."""
LAYOUT = {axes: names.replace(" ", "×") for axes, names in AXES.items()}
WHAT = {1: "series", 2: "images", 3: "volumes"}
SPATIAL = {1: "length", 2: "height, width", 3: "depth, height, width"}
TAKES = {axes: f"{what.capitalize()}, channels first." for axes, what in WHAT.items()}
"""What a port of 1, 2 or 3 spatial axes takes."""


def not_channels_first(title: str, inputs: Inputs, axes: int, others: tuple[int, ...] = (1, 2, 3)) -> Complaint | None:
    """Where something else than series (N×C×L), images (N×C×H×W) or volumes (N×C×D×H×W) of real numbers arrives.

    `others` are the numbers of axes for which there is a kind of the same name.
    """
    arriving = first(inputs)
    wanted = f"{title} takes {WHAT[axes]} ({LAYOUT[axes]}: samples, channels, {SPATIAL[axes]})"
    if not arriving.is_float:
        tokens = axes == 1 and arriving.rank == 2
        return Complaint(
            f"{wanted} of real numbers, but {arriving} of whole numbers ({arriving.dtype}) arrives.",
            "Put an Embedding and a Transpose before it." if tokens else "At the Input, choose another field or form.",
            port="input",
        )
    if arriving.rank != axes + 2:
        return _other_rank(wanted, arriving, axes, others)
    for axis in range(1, arriving.rank):
        if wrong := changing(title, arriving, axis):
            return wrong
    return None


def _other_rank(wanted: str, arriving: TensorType, axes: int, others: tuple[int, ...]) -> Complaint:
    message = f"{wanted}, but {arriving} arrives."
    if (other := arriving.rank - 2) in others:
        kind = f"the {other}D kind for {WHAT[other]}"
        return Complaint(message, f"Use {kind}, or put a Reshape before it.", port="input")
    if arriving.rank == 2 and isinstance(features := arriving.shape[1], int):
        side = round(features ** (1 / axes))
        fits = side**axes == features
        example = " × ".join(["1", *[f"{side:,}"] * axes])
        says = f", for example to {example}" if fits else ""
        return Complaint(message, f"Put a Reshape before it{says}.", port="input")
    return Complaint(message, "Put a Reshape before it.", port="input")


def too_wide(
    title: str,
    arriving: TensorType,
    kernel: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    pooling: bool = False,
) -> Complaint | None:
    """Where the window, spread by its dilation, does not fit into the padded input even once."""
    room = tuple(arriving.size(axis + 2) + 2 * pad for axis, pad in enumerate(padding))
    spans = tuple(spread * (width - 1) + 1 for width, spread in zip(kernel, dilation, strict=True))
    if all(span <= space for span, space in zip(spans, room, strict=True)):
        return None
    spread = f", spread to {times(spans)} by its dilation," if spans != kernel else ""
    padded = f", {times(room)} with its padding" if any(padding) else ""
    message = f"The {times(kernel)} window{spread} is larger than what arrives ({times(arriving.shape[2:])}{padded})."
    fitting = tuple(
        min(width, (space - 1) // gap + 1) for width, space, gap in zip(kernel, room, dilation, strict=True)
    )
    if max(fitting) == 1 and pooling:
        return Complaint(message, f"Take {title} away here, or pool or stride less before it.")
    return Complaint(
        message,
        f"Make the kernel at most {times(fitting)}{'' if pooling else ', add padding'}, or pool less before it.",
        params={"kernel_size": fitting[0] if len(set(fitting)) == 1 else fitting},
    )
