"""Convolutions that treat the channels apart from the places: depthwise, separable."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.convolution.checks import convolution_check, in_channels
from core.layers.convolution.settings import MULTIPLIER, OUT_CHANNELS, PADDING_MODE, maps_and_kernel, sliding
from core.layers.parameters import BIAS
from core.layers.reading import along, first, times, whole
from core.layers.windows import AXES, TAKES
from core.model.spec import Inputs, LayerSpec, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value


def _own_channels(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    channels = first(inputs).size(1)
    outputs = channels * whole(params, "channel_multiplier")
    return {"in_channels": channels, "out_channels": outputs, "groups": channels}


def _depthwise_summary(params: Params, axes: int) -> str:
    multiplier = whole(params, "channel_multiplier")
    shown = times(along(params, "kernel_size", axes))
    return shown if multiplier == 1 else f"{shown} · ×{multiplier:,}"


def _depthwise(axes: int, formula: str, sizes: tuple[int, ...]) -> LayerSpec:
    title = f"Depthwise conv {axes}D"
    return LayerSpec(
        kind=f"depthwise_conv{axes}d",
        family="convolution",
        title=title,
        doc="Slides a kernel of its own over every channel, without mixing channels: as many groups as channels.",
        formula=formula,
        source="Howard et al. 2017, MobileNets: efficient convolutional neural networks for mobile vision, §3.1",
        target=f"torch.nn.Conv{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="As many maps for each channel as the multiplier says."),),
        params=(MULTIPLIER, *sliding(axes), BIAS, PADDING_MODE),
        settings=("channel_multiplier",),
        derive=_own_channels,
        check=convolution_check(title, axes, (1, 2)),
        summary=lambda params: _depthwise_summary(params, axes),
        keywords="depth-wise convolution channelwise grouped groups mobilenet convnext dilated atrous",
        example=({"channel_multiplier": 2}, {"input": (TensorType(("N", 3, *sizes)),)}),
    )


SPECS = (
    _depthwise(2, r"y_{c,i,j} = b_c + \sum_{u,v} w_{c,u,v} \, x_{c,\, i+u,\, j+v}", (8, 8)),
    _depthwise(1, r"y_{c,i} = b_c + \sum_{u} w_{c,u} \, x_{c,\, i+u}", (12,)),
    LayerSpec(
        kind="separable_conv2d",
        family="convolution",
        title="Separable conv 2D",
        doc="A depthwise convolution and then a 1×1 convolution: places first, channels after, with far fewer weights.",
        formula=r"y_{o,i,j} = b_o + \sum_{c} p_{o,c} \sum_{u,v} d_{c,u,v} \, x_{c,\, i+u,\, j+v}",
        source="Chollet 2017, Xception: deep learning with depthwise separable convolutions, §1.1",
        target="core.layers.modules.convolution.SeparableConv2d",
        inputs=(Port("input", AXES[2], doc=TAKES[2]),),
        outputs=(Port("output", AXES[2], doc="A feature map for each output channel."),),
        params=(OUT_CHANNELS, *sliding(2), MULTIPLIER, BIAS, PADDING_MODE),
        derive=in_channels,
        check=convolution_check("Separable conv 2D", 2, ()),
        summary=maps_and_kernel(2),
        keywords="depthwise pointwise convolution xception mobilenet factorised dilated atrous",
        example=({"out_channels": 4, "padding": 1}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    ),
)
