"""More or fewer places without weights: upsampling and the exchange of channels for places."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import MOST, choice, flag
from core.layers.reading import first, number, sizes, times, whole
from core.layers.windows import WHAT, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_MODES = {axes: ("nearest", linear, *(("bicubic",) if axes == 2 else ())) for axes, linear in _LINEAR.items()}


def _upsample_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Upsample", arriving, embed=False):
        return wrong
    axes = arriving.rank - 2
    if axes not in WHAT:
        return Complaint(
            f"Upsample takes series, images or volumes (N×C and 1 to 3 further axes), but {arriving} arrives.",
            "Put a Reshape before it.",
            port="input",
        )
    for axis in range(1, arriving.rank):
        if wrong := changing("Upsample", arriving, axis):
            return wrong
    return _mode_complaint(axes, str(params["mode"])) or _size_complaint(arriving, params)


def _mode_complaint(axes: int, mode: str) -> Complaint | None:
    if mode in _MODES[axes]:
        return None
    return Complaint(
        f"“{mode}” does not work on {WHAT[axes]}; {' and '.join(_MODES[axes])} do.",
        f"Choose “{_LINEAR[axes]}”.",
        params={"mode": _LINEAR[axes]},
    )


def _size_complaint(arriving: TensorType, params: Params) -> Complaint | None:
    before = tuple(arriving.size(axis) for axis in range(2, arriving.rank))
    if params["size"] is None:
        scale = number(params, "scale_factor")
        if all(math.floor(each * scale) >= 1 for each in before):
            return None
        return Complaint(
            f"A factor of {scale:g} leaves nothing of {times(before)}.",
            "Choose a larger factor.",
            params={"scale_factor": 1.0},
        )
    wanted = sizes(params, "size")
    if len(wanted) in (1, len(before)):
        return None
    return Complaint(
        f"{times(wanted)} are {len(wanted)} sizes, but {arriving} has {len(before)} axes behind its channels.",
        "Give one size for all axes, or one for each.",
        params={"size": wanted[0]},
    )


def _upsample_settings(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    """torch takes a size or a factor, and the corners where it interpolates alone."""
    nearest = params["mode"] == "nearest"
    settings: dict[str, Value] = {"align_corners": True if params["align_corners"] and not nearest else None}
    if params["size"] is not None:
        settings["scale_factor"] = None
    return settings


def _upsample_summary(params: Params) -> str:
    by = f"×{number(params, 'scale_factor'):g}" if params["size"] is None else times(sizes(params, "size"))
    return f"{by} · {params['mode']}"


def _shuffle_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_channels_first("Pixel shuffle", inputs, 2, ()):
        return wrong
    channels, factor = first(inputs).size(1), whole(params, "upscale_factor")
    if channels % factor**2 == 0:
        return None
    return Complaint(
        f"{channels:,} channels do not divide into {factor}×{factor} places each.",
        f"Let a multiple of {factor**2:,} channels arrive, or choose a smaller factor.",
        params={"upscale_factor": max(each for each in range(1, factor) if channels % each**2 == 0)},
    )


def _unshuffle_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_channels_first("Pixel unshuffle", inputs, 2, ()):
        return wrong
    arriving, factor = first(inputs), whole(params, "downscale_factor")
    height, width = arriving.size(2), arriving.size(3)
    if height % factor == 0 and width % factor == 0:
        return None
    fitting = max(each for each in range(1, factor) if math.gcd(height, width) % each == 0)
    return Complaint(
        f"{height:,}×{width:,} does not divide into squares of {factor}×{factor}.",
        f"Choose a factor that divides both, such as {fitting}.",
        params={"downscale_factor": fitting},
    )


def _factor(name: str, title: str, doc: str) -> Param:
    return Param(name, title, "int", 2, doc, low=1, high=64)


_IMAGES = Port("input", "N C H W", doc="Images, channels first.")

SPECS = (
    LayerSpec(
        kind="upsample",
        family="convolution",
        title="Upsample",
        doc="Makes series, images or volumes larger by a factor or to a size, from what is nearest or in between.",
        formula=r"y_{c,i,j} = \sum_{u,v} k(i/s - u) \, k(j/s - v) \, x_{c,u,v}",
        source="Keys 1981, Cubic convolution interpolation for digital image processing",
        target="torch.nn.Upsample",
        inputs=(Port("input", "N C ...", doc="Series, images or volumes, channels first."),),
        outputs=(Port("output", "N C ...", doc="As many channels, more places."),),
        params=(
            Param(
                "scale_factor", "Factor", "float", 2.0, "How many times as long each axis becomes.", above=0, high=64
            ),
            Param(
                "size",
                "Size",
                "ints",
                None,
                "What comes out along each axis, in place of the factor; none: by the factor.",
                low=1,
                high=MOST,
                lengths=(2, 3),
                optional=True,
            ),
            choice(
                "mode", "Mode", ("nearest", "bilinear", "bicubic", "linear", "trilinear"), "What is put in between."
            ),
            flag("align_corners", "Align corners", False, "Whether the corners keep their values, not the borders."),
        ),
        derive=_upsample_settings,
        check=_upsample_check,
        summary=_upsample_summary,
        keywords="interpolate resize enlarge unpool nearest bilinear bicubic decoder u-net super-resolution",
        example=({"mode": "bilinear"}, {"input": (TensorType(("N", 3, 4, 4)),)}),
    ),
    LayerSpec(
        kind="pixel_shuffle",
        family="convolution",
        title="Pixel shuffle",
        doc="Lays r·r channels side by side as the r×r pixels of one that is r times as high and wide.",
        formula=r"y_{c,\, r i + a,\, r j + b} = x_{c r^2 + a r + b,\, i,\, j}",
        source="Shi et al. 2016, Real-time super-resolution using an efficient sub-pixel convolutional network, §3.2",
        target="torch.nn.PixelShuffle",
        inputs=(_IMAGES,),
        outputs=(Port("output", "N C H W", doc="Fewer channels, more places."),),
        params=(_factor("upscale_factor", "Factor", "How many times as high and wide the image becomes."),),
        check=_shuffle_check,
        summary=lambda params: f"×{whole(params, 'upscale_factor')}",
        keywords="sub-pixel subpixel depth to space super-resolution upsampling espcn",
        example=({}, {"input": (TensorType(("N", 8, 3, 3)),)}),
    ),
    LayerSpec(
        kind="pixel_unshuffle",
        family="convolution",
        title="Pixel unshuffle",
        doc="Makes the r×r pixels of every square channels of their own; the way back of the pixel shuffle.",
        formula=r"y_{c r^2 + a r + b,\, i,\, j} = x_{c,\, r i + a,\, r j + b}",
        source="Sajjadi, Vemulapalli & Brown 2018, Frame-recurrent video super-resolution, §3",
        target="torch.nn.PixelUnshuffle",
        inputs=(_IMAGES,),
        outputs=(Port("output", "N C H W", doc="More channels, fewer places."),),
        params=(_factor("downscale_factor", "Factor", "How many times smaller the height and the width become."),),
        check=_unshuffle_check,
        summary=lambda params: f"÷{whole(params, 'downscale_factor')}",
        keywords="space to depth downsampling squeeze patches",
        example=({}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    ),
)
