"""Max unpooling: the maxima back to where they were, zeros everywhere else."""

from __future__ import annotations

from core.layers.parameters import window
from core.layers.pooling.windows import Check, sliding
from core.layers.reading import along, first, times
from core.layers.windows import AXES, TAKES, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import Dim, TensorType
from core.model.values import Params


def _check(title: str, axes: int) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes, (1, 2)):
            return wrong
        return _indices_complaint(title, first(inputs), first(inputs, "indices"), axes) or _size_complaint(
            first(inputs), params, axes
        )

    return check


def _indices_complaint(title: str, arriving: TensorType, indices: TensorType, axes: int) -> Complaint | None:
    if indices.shape == arriving.shape and indices.dtype == "int64":
        return None
    what = "of real numbers" if indices.is_float else f"({indices.dtype})"
    return Complaint(
        f"{title} needs a place for every number of {arriving}, but {indices} {what} arrives as indices.",
        f"Wire the indices of the Max pool {axes}D that made it, whose setting “Indices” brings them out.",
        port="indices",
    )


def _size_complaint(arriving: TensorType, params: Params, axes: int) -> Complaint | None:
    """Where the size that is asked for is none that pools to what arrives."""
    kernel = along(params, "kernel_size", axes)
    stride = kernel if params["stride"] is None else along(params, "stride", axes)
    padding = along(params, "padding", axes)
    usual = tuple(
        (arriving.size(axis + 2) - 1) * step + width - 2 * pad
        for axis, (step, width, pad) in enumerate(zip(stride, kernel, padding, strict=True))
    )
    if params["output_size"] is None:
        if min(usual) >= 1:
            return None
        return Complaint(
            f"Padding {times(padding)} is taken away on each side, which leaves nothing.",
            "Use the padding of the Max pool that came before, at most half its kernel.",
            params={"padding": 0},
        )
    wanted = along(params, "output_size", axes)
    if all(abs(size - each) < step for size, each, step in zip(wanted, usual, stride, strict=True)):
        return None
    around = times(usual)
    return Complaint(
        f"{times(wanted)} does not pool to {times(arriving.shape[2:])}: sizes around {around} do, "
        f"by less than the stride ({times(stride)}) away.",
        "Give the size of what was pooled, or none.",
        params={"output_size": None},
    )


def _output_size(axes: int) -> Param:
    doc = "The size of what was pooled, where a stride reaches this one from several; none: the smallest."
    return window("output_size", "Output size", None, doc, axes, optional=True)


def _unpool(axes: int, formula: str, sizes: tuple[int, ...]) -> LayerSpec:
    title = f"Max unpool {axes}D"
    shape: tuple[Dim, ...] = ("N", 3, *sizes)
    return LayerSpec(
        kind=f"max_unpool{axes}d",
        family="pooling",
        title=title,
        doc="Puts each maximum back to the place that it was taken from, and zeros everywhere else.",
        formula=formula,
        source="Zeiler & Fergus 2014, Visualizing and understanding convolutional networks, §2.1",
        target=f"torch.nn.functional.max_unpool{axes}d",
        call="function",
        inputs=(
            Port("input", AXES[axes], doc=TAKES[axes]),
            Port("indices", AXES[axes], "int", doc="The indices that come out of a max pool."),
        ),
        outputs=(Port("output", AXES[axes], doc="As many channels, as many places as before the pooling."),),
        params=(*sliding(axes), _output_size(axes)),
        check=_check(title, axes),
        summary=lambda params: times(along(params, "kernel_size", axes)),
        keywords="unpooling switches deconvnet segnet decoder upsampling indices",
        example=({}, {"input": (TensorType(shape),), "indices": (TensorType(shape, "int64"),)}),
    )


SPECS = (
    _unpool(2, r"y_{c,\, p_{c,i,j}} = x_{c,i,j}", (4, 4)),
    _unpool(1, r"y_{c,\, p_{c,i}} = x_{c,i}", (6,)),
)
