"""Convolutions: one small kernel for every place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from core.layers.parameters import BIAS, choice, size, window
from core.layers.reading import along, first, sizes, times, whole
from core.layers.windows import not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value


def _channels(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_channels": first(inputs).size(1)}


def _check(title: str, axes: int) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes):
            return wrong
        arriving = first(inputs)
        if wrong := _groups_complaint(arriving.size(1), params):
            return wrong
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

    return check


def _groups_complaint(channels: int, params: Params) -> Complaint | None:
    groups, outputs = whole(params, "groups"), whole(params, "out_channels")
    if channels % groups == 0 and outputs % groups == 0:
        return None
    fitting = math.gcd(channels, outputs, groups)
    return Complaint(
        f"{groups:,} groups cannot share {channels:,} input and {outputs:,} output channels evenly.",
        f"Choose a number that divides both, such as {fitting:,}.",
        params={"groups": fitting},
    )


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


def _params(axes: int) -> tuple[Param, ...]:
    padding = window("padding", "Padding", 0, "", axes, low=0)
    return (
        size("out_channels", "Output channels", 8, "How many feature maps come out: one for each kernel."),
        window("kernel_size", "Kernel", 3, "The size of the window that slides over the input.", axes),
        window("stride", "Stride", 1, "How far the window moves at each step.", axes),
        Param(
            "padding",
            "Padding",
            padding.type,
            0,
            "What is added on each side; “same” keeps the size, “valid” adds nothing.",
            low=padding.low,
            high=padding.high,
            words=("same", "valid"),
            lengths=padding.lengths,
        ),
        window("dilation", "Dilation", 1, "How far apart the kernel's cells look; 1 is next to each other.", axes),
        size("groups", "Groups", 1, "Into how many parts the channels are split that do not see each other."),
        BIAS,
        choice(
            "padding_mode",
            "Padding mode",
            ("zeros", "reflect", "replicate", "circular"),
            "What the added border holds.",
        ),
    )


def _summary(axes: int) -> Callable[[Params], str]:
    return lambda params: f"{whole(params, 'out_channels'):,} · {times(along(params, 'kernel_size', axes))}"


SPECS = (
    LayerSpec(
        kind="conv2d",
        family="convolution",
        title="Conv 2D",
        doc="Slides small learned kernels over an image; each gives a map of where its pattern is.",
        formula=r"y_{o,i,j} = b_o + \sum_{c,u,v} w_{o,c,u,v} \, x_{c,\, i+u,\, j+v}",
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition, §II.A",
        target="torch.nn.Conv2d",
        inputs=(Port("input", "N C H W", doc="Images, channels first."),),
        outputs=(Port("output", "N C H W", doc="A feature map for each output channel."),),
        params=_params(2),
        derive=_channels,
        check=_check("Conv 2D", 2),
        summary=_summary(2),
        keywords="convolution convolutional cnn filter kernel image feature map",
    ),
    LayerSpec(
        kind="conv1d",
        family="convolution",
        title="Conv 1D",
        doc="Slides small learned kernels along a series; each gives a curve of where its pattern is.",
        formula=r"y_{o,i} = b_o + \sum_{c,u} w_{o,c,u} \, x_{c,\, i+u}",
        source="Waibel, Hanazawa, Hinton, Shikano & Lang 1989, Phoneme recognition using time-delay neural networks",
        target="torch.nn.Conv1d",
        inputs=(Port("input", "N C L", doc="Series, channels first; swap the axes of N×T×F with Transpose."),),
        outputs=(Port("output", "N C L", doc="A filtered series for each output channel."),),
        params=_params(1),
        derive=_channels,
        check=_check("Conv 1D", 1),
        summary=_summary(1),
        keywords="convolution convolutional temporal filter kernel series signal tdnn",
    ),
)
