"""Windows as columns and back: what a convolution does before it multiplies."""

from __future__ import annotations

import math

from core.layers.complaints import changing, not_real
from core.layers.parameters import WIDEST, window
from core.layers.reading import along, first, times
from core.layers.windows import not_channels_first, too_wide
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params

_PARAMS = (
    window("kernel_size", "Kernel", 2, "The size of the window.", 2),
    window("dilation", "Dilation", 1, "How far apart the cells of the window are.", 2),
    window("padding", "Padding", 0, "The zeros that stand on each side of the image.", 2, low=0),
    window("stride", "Stride", 1, "How far the window moves; as far as the kernel is wide, windows are patches.", 2),
)
_OUTPUT_SIZE = Param(
    "output_size", "Output size", "ints", 8, "Height and width of the image.", low=1, high=WIDEST, lengths=(2,)
)


def _unfold_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_channels_first("Unfold", inputs, 2, ()):
        return wrong
    window, padding, dilation = (along(params, name, 2) for name in ("kernel_size", "padding", "dilation"))
    return too_wide("Unfold", first(inputs), window, padding, dilation)


def _fold_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Fold", arriving, embed=False):
        return wrong
    if arriving.rank != 3:
        return Complaint(
            f"Fold takes windows as columns (N×C·k·k×L, as Unfold gives them), but {arriving} arrives.",
            "Put an Unfold or a Transpose before it.",
            port="input",
        )
    if wrong := changing("Fold", arriving, 1) or changing("Fold", arriving, 2):
        return wrong
    kernel = along(params, "kernel_size", 2)
    if arriving.size(1) % math.prod(kernel):
        return Complaint(
            f"{arriving.size(1):,} numbers a column do not divide into {times(kernel)} windows.",
            "Use the kernel of the Unfold before it.",
        )
    return _count_complaint(arriving.size(2), kernel, params)


def _count_complaint(columns: int, kernel: tuple[int, ...], params: Params) -> Complaint | None:
    """Where as many windows as there are columns do not fit into the output."""
    size, dilation, padding, stride = (
        along(params, name, 2) for name in ("output_size", "dilation", "padding", "stride")
    )
    spans = tuple(gap * (width - 1) + 1 for width, gap in zip(kernel, dilation, strict=True))
    room = tuple(each + 2 * pad - span for each, pad, span in zip(size, padding, spans, strict=True))
    counts = tuple(max(0, space // step + 1) for space, step in zip(room, stride, strict=True))
    if math.prod(counts) == columns:
        return None
    message = f"{times(size)} has room for {times(counts)} windows, but {columns:,} columns arrive."
    side = math.isqrt(columns)
    rows = (side, side) if side * side == columns else (1, columns)
    fitting = tuple(
        (count - 1) * step + span - 2 * pad for count, step, span, pad in zip(rows, stride, spans, padding, strict=True)
    )
    if min(fitting) < 1 or max(fitting) > WIDEST:
        return Complaint(message, "Use the settings of the Unfold before it, and the size of what it unfolds.")
    return Complaint(
        message,
        f"Use the settings of the Unfold before it; {times(fitting)} fits.",
        params={"output_size": fitting[0] if fitting[0] == fitting[1] else fitting},
    )


SPECS = (
    LayerSpec(
        kind="unfold",
        family="convolution",
        title="Unfold",
        doc="Writes every window of an image as a column; with a stride as wide as the kernel, cuts it into patches.",
        formula=r"y_{(c,u,v),\, l} = x_{c,\, s i_l + u,\, s j_l + v}",
        source="Chellapilla, Puri & Simard 2006, High performance convolutional networks for document processing",
        target="torch.nn.Unfold",
        inputs=(Port("input", "N C H W", doc="Images, channels first."),),
        outputs=(Port("output", "N K L", doc="A column of C·k·k numbers for each of the L places."),),
        params=_PARAMS,
        check=_unfold_check,
        summary=lambda params: times(along(params, "kernel_size", 2)),
        keywords="im2col patches windows columns sliding blocks",
        example=({}, {"input": (TensorType(("N", 3, 8, 8)),)}),
    ),
    LayerSpec(
        kind="fold",
        family="convolution",
        title="Fold",
        doc="Puts windows that are columns back into an image, and adds them up where they overlap.",
        formula=r"y_{c,i,j} = \sum_{s i_l + u = i,\; s j_l + v = j} x_{(c,u,v),\, l}",
        source="Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning, §4.1",
        target="torch.nn.Fold",
        inputs=(Port("input", "N K L", doc="A column of C·k·k numbers for each of the L places, as Unfold gives."),),
        outputs=(Port("output", "N C H W", doc="Images, channels first."),),
        params=(_OUTPUT_SIZE, *_PARAMS),
        check=_fold_check,
        summary=lambda params: times(along(params, "output_size", 2)),
        keywords="col2im patches windows overlap add columns unpatchify",
        example=({"stride": 2}, {"input": (TensorType(("N", 12, 16)),)}),
    ),
)
