"""The parameters of pooling windows, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.parameters import flag, window
from core.layers.reading import along, first, times
from core.layers.windows import not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs, Param
from core.model.tensor import TensorType
from core.model.values import Params

Check = Callable[[Inputs, Params], Complaint | None]

CEIL = flag("ceil_mode", "Round up", False, "Whether a window that hangs over the edge counts as well.")
INCLUDE = flag("count_include_pad", "Count padding", True, "Whether the zeros of the padding count in the mean.")
INDICES = flag("return_indices", "Indices", False, "Whether the places of the largest numbers come out, for unpooling.")


def kernel_and_stride(axes: int) -> tuple[Param, ...]:
    return (
        window("kernel_size", "Kernel", 2, "The size of the window.", axes),
        window("stride", "Stride", None, "How far the window moves; none: as far as it is wide.", axes, optional=True),
    )


def sliding(axes: int) -> tuple[Param, ...]:
    padding = "What is added on each side, at most half the kernel."
    return (*kernel_and_stride(axes), window("padding", "Padding", 0, padding, axes, low=0))


def spread(axes: int) -> Param:
    return window("dilation", "Dilation", 1, "How far apart the cells of the window are.", axes)


def sliding_check(title: str, axes: int, others: tuple[int, ...], unpadded: bool = False) -> Check:
    """For every pooling with a window; padding and dilation are checked where the kind has them.

    `unpadded`: the window must fit without the padding, as torch's mean of volumes wants it.
    """

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes, others):
            return wrong
        kernel = along(params, "kernel_size", axes)
        padding = along(params, "padding", axes) if "padding" in params else (0,) * axes
        if any(pad > width // 2 for pad, width in zip(padding, kernel, strict=True)):
            fitting = min(width // 2 for width in kernel)
            return Complaint(
                f"Padding {times(padding)} is more than half of the {times(kernel)} window, so some would be empty.",
                f"Use padding {fitting} at most.",
                params={"padding": fitting},
            )
        dilation = along(params, "dilation", axes) if "dilation" in params else (1,) * axes
        room = (0,) * axes if unpadded else padding
        return too_wide(title, first(inputs), kernel, room, dilation, pooling=True)

    return check


def arriving(axes: int) -> TensorType:
    """What the examples of the family pool."""
    return TensorType(("N", 3, *{1: (12,), 2: (8, 8), 3: (4, 6, 6)}[axes]))
