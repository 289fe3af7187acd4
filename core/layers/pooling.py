"""Pooling: fewer places, the same features."""

from __future__ import annotations

from collections.abc import Callable

from core.layers.parameters import WIDEST, flag, window
from core.layers.reading import along, first, times
from core.layers.windows import not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params

Check = Callable[[Inputs, Params], Complaint | None]
_AXES = {1: "N C L", 2: "N C H W"}


def _check(title: str, axes: int) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes):
            return wrong
        kernel, padding = along(params, "kernel_size", axes), along(params, "padding", axes)
        if any(pad > width // 2 for pad, width in zip(padding, kernel, strict=True)):
            fitting = min(width // 2 for width in kernel)
            return Complaint(
                f"Padding {times(padding)} is more than half of the {times(kernel)} window, so some would be empty.",
                f"Use padding {fitting} at most.",
                params={"padding": fitting},
            )
        dilation = along(params, "dilation", axes) if "dilation" in params else (1,) * axes
        return too_wide(title, first(inputs), kernel, padding, dilation, pooling=True)

    return check


def _adaptive_check(title: str, axes: int) -> Check:
    return lambda inputs, params: not_channels_first(title, inputs, axes)


_CEIL = flag("ceil_mode", "Round up", False, "Whether a window that hangs over the edge counts as well.")
_INCLUDE = flag("count_include_pad", "Count padding", True, "Whether the zeros of the padding count in the mean.")


def _windows(axes: int) -> tuple[Param, ...]:
    return (
        window("kernel_size", "Kernel", 2, "The size of the window.", axes),
        window("stride", "Stride", None, "How far the window moves; none: as far as it is wide.", axes, optional=True),
        window("padding", "Padding", 0, "What is added on each side, at most half the kernel.", axes, low=0),
    )


def _spread(axes: int) -> Param:
    return window("dilation", "Dilation", 1, "How far apart the cells of the window are.", axes)


def _pool(
    kind: str, title: str, axes: int, doc: str, formula: str, source: str, target: str, params: tuple[Param, ...]
) -> LayerSpec:
    adaptive = kind.startswith("adaptive")
    key = "output_size" if adaptive else "kernel_size"
    return LayerSpec(
        kind=kind,
        family="pooling",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target=target,
        inputs=(Port("input", _AXES[axes], doc="Series, channels first." if axes == 1 else "Images, channels first."),),
        outputs=(Port("output", _AXES[axes], doc="As many channels, fewer places."),),
        params=params,
        check=(_adaptive_check if adaptive else _check)(title, axes),
        summary=lambda params: times(along(params, key, axes)),
        keywords=f"pool subsampling downsampling {'global ' if adaptive else ''}"
        + ("maximum" if "max" in kind else "average mean"),
    )


_SCHERER = "Scherer, Müller & Behnke 2010, Evaluation of pooling operations in convolutional architectures, §3"
_LENET = "LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition, §II.A"
_OUTPUT_SIZE = Param(
    "output_size",
    "Output size",
    "ints",
    1,
    "The height and width that come out, whatever the size of the input; 1 is global pooling.",
    low=1,
    high=WIDEST,
    lengths=(2,),
)

SPECS = (
    _pool(
        "max_pool2d",
        "Max pool 2D",
        2,
        "Keeps the largest number of each window of an image.",
        r"y_{c,i,j} = \max_{u,v} \, x_{c,\, s i + u,\, s j + v}",
        _SCHERER,
        "torch.nn.MaxPool2d",
        (*_windows(2), _spread(2), _CEIL),
    ),
    _pool(
        "avg_pool2d",
        "Average pool 2D",
        2,
        "Gives the mean of each window of an image.",
        r"y_{c,i,j} = \frac{1}{k^{2}} \sum_{u,v} x_{c,\, s i + u,\, s j + v}",
        _LENET,
        "torch.nn.AvgPool2d",
        (*_windows(2), _CEIL, _INCLUDE),
    ),
    _pool(
        "adaptive_avg_pool2d",
        "Adaptive average pool 2D",
        2,
        "Divides an image into a fixed number of regions and gives the mean of each.",
        r"y_{c,i,j} = \frac{1}{|R_{ij}|} \sum_{(u,v) \in R_{ij}} x_{c,u,v}",
        "Lin, Chen & Yan 2014, Network in network, §3.2",
        "torch.nn.AdaptiveAvgPool2d",
        (_OUTPUT_SIZE,),
    ),
    _pool(
        "adaptive_max_pool2d",
        "Adaptive max pool 2D",
        2,
        "Divides an image into a fixed number of regions and keeps the largest number of each.",
        r"y_{c,i,j} = \max_{(u,v) \in R_{ij}} x_{c,u,v}",
        "He, Zhang, Ren & Sun 2014, Spatial pyramid pooling in deep convolutional networks, §2.2",
        "torch.nn.AdaptiveMaxPool2d",
        (_OUTPUT_SIZE,),
    ),
    _pool(
        "max_pool1d",
        "Max pool 1D",
        1,
        "Keeps the largest number of each window of a series.",
        r"y_{c,i} = \max_{u} \, x_{c,\, s i + u}",
        _SCHERER,
        "torch.nn.MaxPool1d",
        (*_windows(1), _spread(1), _CEIL),
    ),
    _pool(
        "avg_pool1d",
        "Average pool 1D",
        1,
        "Gives the mean of each window of a series.",
        r"y_{c,i} = \frac{1}{k} \sum_{u} x_{c,\, s i + u}",
        _LENET,
        "torch.nn.AvgPool1d",
        (*_windows(1), _CEIL, _INCLUDE),
    ),
)
