"""Max unpooling: the maxima back to where they were, zeros everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import changing
from core.layers.parameters import window
from core.layers.pooling.windows import Check, sliding
from core.layers.reading import along, first, times
from core.layers.windows import AXES, LAYOUT, TAKES, not_channels_first
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import Dim, TensorType
from core.model.values import Params, Value


def _check(title: str, axes: int) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := not_channels_first(title, inputs, axes, (1, 2)):
            return wrong
        arriving = first(inputs)
        if wrong := _indices_complaint(title, arriving, first(inputs, "indices"), axes):
            return wrong
        if "like" not in inputs:
            wanted = None if params["output_size"] is None else along(params, "output_size", axes)
            return _size_complaint(arriving, wanted, params, axes)
        like = first(inputs, "like")
        return _like_complaint(title, like, axes) or _size_complaint(
            arriving, tuple(like.size(axis + 2) for axis in range(axes)), params, axes, "like"
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


def _like_complaint(title: str, like: TensorType, axes: int) -> Complaint | None:
    if like.rank != axes + 2 or not like.is_float:
        return Complaint(
            f"{title} takes its size from {LAYOUT[axes]}, but {like} ({like.dtype}) arrives as its example.",
            f"Wire what went into the Max pool {axes}D, or nothing.",
            port="like",
        )
    return next((wrong for axis in range(2, like.rank) if (wrong := changing(title, like, axis, "like"))), None)


def _size_complaint(
    arriving: TensorType, wanted: tuple[int, ...] | None, params: Params, axes: int, port: str = ""
) -> Complaint | None:
    """Where the size that is asked for, here or by what arrives at `port`, is none that pools to what arrives."""
    kernel = along(params, "kernel_size", axes)
    stride = kernel if params["stride"] is None else along(params, "stride", axes)
    padding = along(params, "padding", axes)
    usual = tuple(
        (arriving.size(axis + 2) - 1) * step + width - 2 * pad
        for axis, (step, width, pad) in enumerate(zip(stride, kernel, padding, strict=True))
    )
    if wanted is None:
        if min(usual) >= 1:
            return None
        return Complaint(
            f"Padding {times(padding)} is taken away on each side, which leaves nothing.",
            "Use the padding of the Max pool that came before, at most half its kernel.",
            params={"padding": 0},
        )
    if all(abs(size - each) < step for size, each, step in zip(wanted, usual, stride, strict=True)):
        return None
    around = times(usual)
    return Complaint(
        f"{times(wanted)} does not pool to {times(arriving.shape[2:])}: sizes around {around} do, "
        f"by less than the stride ({times(stride)}) away.",
        "Use the window of that Max pool, and wire what went into it." if port else "Give the size of what was pooled.",
        port=port,
        params={} if port else {"output_size": None},
    )


def _size(axes: int) -> Callable[[Inputs, Params], Mapping[str, Value]]:
    """torch wants a size for every axis; what arrives at `like` goes first."""
    return lambda inputs, params: (
        {} if "like" in inputs or params["output_size"] is None else {"output_size": along(params, "output_size", axes)}
    )


def _output_size(axes: int) -> Param:
    doc = "The size of what was pooled, in place of a wire at “like”; none: the smallest that pools to what arrives."
    return window("output_size", "Output size", None, doc, axes, optional=True)


def _unpool(axes: int, formula: str, sizes: tuple[int, ...]) -> LayerSpec:
    title = f"Max unpool {axes}D"
    shape: tuple[Dim, ...] = ("N", 3, *sizes)
    large: tuple[Dim, ...] = ("N", 3, *(2 * size + 1 for size in sizes))
    return LayerSpec(
        kind=f"max_unpool{axes}d",
        family="pooling",
        title=title,
        doc="Puts each maximum back to the place that it was taken from, and zeros everywhere else.",
        formula=formula,
        source="Zeiler & Fergus 2014, Visualizing and understanding convolutional networks, §2.1",
        choose=lambda inputs, params: (
            f"core.layers.modules.pooling.max_unpool{axes}d_like"
            if "like" in inputs
            else f"torch.nn.functional.max_unpool{axes}d"
        ),
        call="function",
        inputs=(
            Port("input", AXES[axes], doc=TAKES[axes]),
            Port("indices", AXES[axes], "int", doc="The indices that come out of a max pool."),
            Port("like", AXES[axes], optional=True, doc="What went into that max pool: its size comes out again."),
        ),
        outputs=(Port("output", AXES[axes], doc="As many channels, as many places as before the pooling."),),
        params=(*sliding(axes), _output_size(axes)),
        settings=("output_size",),
        derive=_size(axes),
        check=_check(title, axes),
        summary=lambda params: times(along(params, "kernel_size", axes)),
        keywords="unpooling switches deconvnet segnet decoder upsampling indices",
        example=(
            {},
            {
                "input": (TensorType(shape),),
                "indices": (TensorType(shape, "int64"),),
                "like": (TensorType(large),),
            },
        ),
    )


SPECS = (
    _unpool(2, r"y_{c,\, p_{c,i,j}} = x_{c,i,j}", (4, 4)),
    _unpool(1, r"y_{c,\, p_{c,i}} = x_{c,i}", (6,)),
)
