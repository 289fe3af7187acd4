"""What can be wrong with a convolution, said before torch does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from core.layers.reading import along, first, sizes, times, whole
from core.layers.windows import not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType
from core.model.values import Params, Value

Check = Callable[[Inputs, Params], Complaint | None]


def in_channels(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    """The size that a convolution takes from what arrives."""
    return {"in_channels": first(inputs).size(1)}


def convolution_check(title: str, axes: int, others: tuple[int, ...] = (1, 2, 3)) -> Check:
    """For every convolution that slides over what arrives; groups are checked where the kind has them."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes, others):
            return wrong
        arriving = first(inputs)
        grouped = groups_complaint(arriving.size(1), params) if "groups" in params else None
        return grouped or _window_complaint(title, arriving, params, axes)

    return check


def groups_complaint(channels: int, params: Params) -> Complaint | None:
    """Where groups do not divide the channels on both sides."""
    groups, outputs = whole(params, "groups"), whole(params, "out_channels")
    if channels % groups == 0 and outputs % groups == 0:
        return None
    fitting = math.gcd(channels, outputs, groups)
    return Complaint(
        f"{groups:,} groups cannot share {channels:,} input and {outputs:,} output channels evenly.",
        f"Choose a number that divides both, such as {fitting:,}.",
        params={"groups": fitting},
    )


def _window_complaint(title: str, arriving: TensorType, params: Params, axes: int) -> Complaint | None:
    """Where the padded input has no room for the window, or the padding does not fit its mode."""
    kernel, dilation = along(params, "kernel_size", axes), along(params, "dilation", axes)
    if params["padding"] == "same":
        if set(sizes(params, "stride")) != {1}:
            return Complaint(
                "Padding “same” keeps the size, which a stride above 1 cannot.",
                "Set the stride to 1, or give the padding as a number.",
                params={"stride": 1},
            )
        total = tuple(spread * (width - 1) for width, spread in zip(kernel, dilation, strict=True))
        return _mode_complaint(arriving, tuple(each - each // 2 for each in total), params)
    padding = (0,) * axes if params["padding"] == "valid" else along(params, "padding", axes)
    return _mode_complaint(arriving, padding, params) or too_wide(title, arriving, kernel, padding, dilation)


def _mode_complaint(arriving: TensorType, padding: tuple[int, ...], params: Params) -> Complaint | None:
    mode = params["padding_mode"]
    most = {"reflect": -1, "circular": 0}.get(str(mode))
    if most is None or all(pad <= arriving.size(axis + 2) + most for axis, pad in enumerate(padding)):
        return None
    return Complaint(
        f"Padding {times(padding)} in the mode “{mode}” is more than what arrives has ({times(arriving.shape[2:])}).",
        "Use less padding, or the mode “zeros”.",
        params={"padding_mode": "zeros"},
    )
