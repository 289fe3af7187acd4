"""The masked convolution of autoregressive models of images."""

from __future__ import annotations

from core.layers.convolution.checks import in_channels
from core.layers.convolution.settings import OUT_CHANNELS, dilation, kernel
from core.layers.parameters import BIAS, WIDEST, choice, size
from core.layers.reading import along, first, times, whole
from core.layers.windows import not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Port
from core.model.tensor import TensorType
from core.model.values import Params

_TITLE = "Masked conv 2D"


def _check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_channels_first(_TITLE, inputs, 2, ()):
        return wrong
    window = along(params, "kernel_size", 2)
    if any(width % 2 == 0 for width in window):
        odd = tuple(width if width % 2 else min(width + 1, WIDEST - 1) for width in window)
        return Complaint(
            f"A {times(window)} kernel has no cell in its middle, where the mask begins.",
            f"Choose odd sizes, such as {times(odd)}.",
            params={"kernel_size": odd[0] if odd[0] == odd[1] else odd},
        )
    colors, channels = whole(params, "colors"), first(inputs).size(1)
    if window == (1, 1) and params["mask_type"] == "A" and colors == 1:
        return Complaint(
            "A 1×1 kernel with a mask of type A sees nothing at all.",
            "Choose a larger kernel, or type B.",
            params={"kernel_size": 3},
        )
    outputs = whole(params, "out_channels")
    if channels % colors or outputs % colors:
        return Complaint(
            f"{colors} colours cannot share {channels:,} input and {outputs:,} output channels evenly.",
            "Choose output channels that they divide, or 1 colour where the channels are not colours.",
            params={"colors": 1},
        )
    return None


def _summary(params: Params) -> str:
    return f"{params['mask_type']} · {whole(params, 'out_channels'):,} · {times(along(params, 'kernel_size', 2))}"


SPECS = (
    LayerSpec(
        kind="masked_conv2d",
        family="convolution",
        title=_TITLE,
        doc="A convolution that sees the pixels above and to the left alone, and keeps the size: a pixel is predicted "
        "from those before it.",
        formula=r"y_{o,i,j} = b_o + \sum_{c,u,v} m_{o,c,u,v} \, w_{o,c,u,v} \, x_{c,\, i+u,\, j+v}",
        source="van den Oord, Kalchbrenner & Kavukcuoglu 2016, Pixel recurrent neural networks, §3.4",
        target="core.layers.modules.convolution.MaskedConv2d",
        inputs=(Port("input", "N C H W", doc="Images, channels first."),),
        outputs=(Port("output", "N C H W", doc="A map for each output channel, as large as the image."),),
        params=(
            OUT_CHANNELS,
            kernel(2),
            choice("mask_type", "Mask", ("B", "A"), "A hides the pixel itself (the first layer), B shows it."),
            dilation(2),
            BIAS,
            size("colors", "Colours", 1, "Parts of the channels in order: each sees the parts before it, too.", 256),
        ),
        derive=in_channels,
        check=_check,
        summary=_summary,
        keywords="pixelcnn autoregressive causal mask convolution generative type A B pixel",
        example=({"out_channels": 4, "mask_type": "A"}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    ),
)
