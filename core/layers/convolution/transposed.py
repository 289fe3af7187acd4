"""Transposed convolutions: from few places to more, the way back of a strided convolution's shapes."""

from __future__ import annotations

from core.layers.convolution.checks import Check, groups_complaint, in_channels
from core.layers.convolution.settings import GROUPS, OUT_CHANNELS, dilation, kernel, maps_and_kernel
from core.layers.parameters import BIAS, window
from core.layers.reading import along, first, times
from core.layers.windows import AXES, TAKES, WHAT, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params


def _check(title: str, axes: int) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes):
            return wrong
        arriving = first(inputs)
        if wrong := groups_complaint(arriving.size(1), params):
            return wrong
        return _further_complaint(params, axes) or _nothing_left(arriving, params, axes)

    return check


def _further_complaint(params: Params, axes: int) -> Complaint | None:
    """Where the further rows are as many as a step of the stride or of the dilation: they decide between sizes."""
    further = along(params, "output_padding", axes)
    steps = zip(along(params, "stride", axes), along(params, "dilation", axes), strict=True)
    most = tuple(max(pair) - 1 for pair in steps)
    if all(each <= limit for each, limit in zip(further, most, strict=True)):
        return None
    fitting = tuple(min(each, limit) for each, limit in zip(further, most, strict=True))
    return Complaint(
        f"Output padding {times(further)} must be smaller than the stride or the dilation.",
        f"Use output padding {times(fitting)} at most, or a larger stride.",
        params={"output_padding": fitting[0] if len(set(fitting)) == 1 else fitting},
    )


def _nothing_left(arriving: TensorType, params: Params, axes: int) -> Complaint | None:
    """Where the padding, which a transposed convolution takes away, leaves nothing."""
    wide = tuple(
        (arriving.size(axis + 2) - 1) * step + gap * (width - 1) + 1 + further
        for axis, (step, gap, width, further) in enumerate(
            zip(
                along(params, "stride", axes),
                along(params, "dilation", axes),
                along(params, "kernel_size", axes),
                along(params, "output_padding", axes),
                strict=True,
            )
        )
    )
    padding = along(params, "padding", axes)
    if all(size > 2 * pad for size, pad in zip(wide, padding, strict=True)):
        return None
    fitting = tuple(min(pad, (size - 1) // 2) for size, pad in zip(wide, padding, strict=True))
    return Complaint(
        f"Padding {times(padding)} is taken away on each side of {times(wide)}, which leaves nothing.",
        f"Use padding {times(fitting)} at most.",
        params={"padding": fitting[0] if len(set(fitting)) == 1 else fitting},
    )


def _params(axes: int) -> tuple[Param, ...]:
    step = "How far apart the copies of the kernel are laid: 2 doubles the size."
    less = "What is taken away on each side: the padding of the convolution that this one undoes."
    further = "What is added on one side, for a stride reaches one size from several."
    return (
        OUT_CHANNELS,
        kernel(axes, 2),
        window("stride", "Stride", 2, step, axes),
        window("padding", "Padding", 0, less, axes, low=0),
        window("output_padding", "Output padding", 0, further, axes, low=0),
        dilation(axes),
        GROUPS,
        BIAS,
    )


def _transposed(axes: int, formula: str, sizes: tuple[int, ...]) -> LayerSpec:
    title = f"Transposed conv {axes}D"
    return LayerSpec(
        kind=f"conv_transpose{axes}d",
        family="convolution",
        title=title,
        doc=f"Lays down a kernel for every place of {WHAT[axes]}, and so makes them larger; "
        "the size is (in − 1)·stride − 2·padding + dilation·(kernel − 1) + output padding + 1.",
        formula=formula,
        source="Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning, §4",
        target=f"torch.nn.ConvTranspose{axes}d",
        inputs=(Port("input", AXES[axes], doc=TAKES[axes]),),
        outputs=(Port("output", AXES[axes], doc="As many channels as there are kernels, more places."),),
        params=_params(axes),
        derive=in_channels,
        check=_check(title, axes),
        summary=maps_and_kernel(axes),
        keywords="deconvolution deconv upconvolution convtranspose fractionally strided upsampling decoder generator "
        "dilated atrous grouped",
        example=({"out_channels": 4}, {"input": (TensorType(("N", 3, *sizes)),)}),
    )


SPECS = (
    _transposed(2, r"y_{o,m,n} = b_o + \sum_{c} \sum_{s i + u = m,\; s j + v = n} w_{c,o,u,v} \, x_{c,i,j}", (5, 5)),
    _transposed(1, r"y_{o,m} = b_o + \sum_{c} \sum_{s i + u = m} w_{c,o,u} \, x_{c,i}", (7,)),
    _transposed(
        3,
        r"y_{o,\mathbf{m}} = b_o + \sum_{c} \sum_{s \mathbf{i} + \mathbf{u} = \mathbf{m}} "
        r"w_{c,o,\mathbf{u}} \, x_{c,\mathbf{i}}",
        (3, 3, 3),
    ),
)
