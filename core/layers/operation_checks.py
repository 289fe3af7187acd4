"""What operations say about shapes that do not fit, and the shape that Reshape works out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from core.layers.complaints import batch_axis, broadcast, listing, not_real
from core.layers.reading import first, sizes, times, whole
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType
from core.model.values import Params, Value

Check = Callable[[Inputs, Params], Complaint | None]


def flatten_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    start, end = whole(params, "start_dim"), whole(params, "end_dim")
    if arriving.rank == 1:
        return Complaint(
            f"There is nothing to flatten in {arriving}: every sample is one number.", "Take Flatten away."
        )
    for name, axis, better in (("start_dim", start, 1), ("end_dim", end, -1)):
        if wrong := batch_axis("Flatten", axis, arriving, name, better):
            return wrong
    if start % arriving.rank > end % arriving.rank:
        return Complaint(
            f"The first axis ({start}) lies behind the last one ({end}).",
            "Flatten from axis 1 to axis −1.",
            params={"start_dim": 1, "end_dim": -1},
        )
    return None


def _cells(arriving: TensorType) -> int:
    """How many numbers one sample has."""
    return math.prod(arriving.size(axis) for axis in range(1, arriving.rank))


def _filled(shape: tuple[int, ...], cells: int) -> tuple[int, ...]:
    """The shape with its −1 replaced by what is left."""
    rest = math.prod(each for each in shape if each != -1)
    return tuple(cells // rest if each == -1 else each for each in shape)


def reshape_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"shape": (-1, *_filled(sizes(params, "shape"), _cells(first(inputs))))}


def reshape_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, shape = first(inputs), sizes(params, "shape")
    asked = " × ".join(str(each).replace("-", "−") for each in shape)
    if any(isinstance(dim, str) for dim in arriving.sample):
        return Complaint(
            f"{arriving} has a further axis that changes with the batch.", "Reshape it earlier.", port="input"
        )
    cells = _cells(arriving)
    mend: dict[str, Value] = {"shape": -1}
    if 0 in shape:
        return Complaint(f"A size of 0 in {asked} would leave nothing.", "Use sizes of at least 1.", params=mend)
    if shape.count(-1) > 1:
        return Complaint(f"Only one size in {asked} can be worked out (−1).", "Give the other sizes.", params=mend)
    rest = math.prod(each for each in shape if each != -1)
    if (rest != cells) if -1 not in shape else cells % rest:
        return Complaint(
            f"A sample has {cells:,} numbers ({times(arriving.sample) or 'one'}), which do not fill {asked}"
            + (f" ({rest:,})." if -1 not in shape else "."),
            f"Choose sizes whose product is {cells:,}; one of them may be −1.",
            params=mend,
        )
    return None


def concat_check(inputs: Inputs, params: Params) -> Complaint | None:
    types, dim = inputs["inputs"], whole(params, "dim")
    if len({each.rank for each in types}) > 1:
        return Complaint(
            f"Concat needs the same number of axes at every input, but {listing(types)} arrive.",
            "Put a Flatten or a Reshape before one of them.",
            port="inputs",
        )
    arriving = types[0]
    if arriving.rank == 1:
        return Complaint(
            f"Concat joins vectors, but single numbers ({arriving}) arrive.",
            "At the Input, choose the form “number” or “one-hot”.",
            port="inputs",
        )
    if wrong := batch_axis("Concat", dim, arriving, "dim", 1):
        return wrong
    axis = dim % arriving.rank
    differing = [
        other for other in range(arriving.rank) if other != axis and len({each.shape[other] for each in types}) > 1
    ]
    if not differing:
        return None
    alone = len(differing) == 1 and len({each.shape[axis] for each in types}) == 1 and differing[0] != 0
    places = " and ".join(f"axis {other}" for other in differing)
    return Complaint(
        f"Concat along axis {axis} needs equal sizes elsewhere, but {listing(types)} differ at {places}.",
        f"Join along axis {differing[0]}, or make it equal." if alone else f"Make {places} equal.",
        port="inputs",
        params={"dim": differing[0]} if alone else {},
    )


def fitting(title: str) -> Check:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        types = inputs["inputs"]
        if broadcast(types):
            return None
        return Complaint(
            f"{title} works number by number, but {listing(types)} do not fit together.",
            "Make the shapes equal; an axis of size 1 is repeated where needed.",
            port="inputs",
        )

    return check


def matmul_check(inputs: Inputs, params: Params) -> Complaint | None:
    for port in ("input", "other"):
        if wrong := not_real("Matmul", first(inputs, port), port):
            return wrong
    left, right = first(inputs), first(inputs, "other")
    if left.rank < 3 or right.rank != left.rank:
        return Complaint(
            f"Matmul multiplies a matrix of each sample (N×…×n×k) by another (N×…×k×m), but {left} and {right} arrive.",
            "Give both the same number of axes, at least three, with a Reshape; for learned weights use Linear.",
            port="input" if left.rank < 3 else "other",
        )
    if left.shape[-1] != right.shape[-2]:
        turned = right.shape[-1] == left.shape[-1]
        return Complaint(
            f"The rows of the first matrix have {left.shape[-1]} numbers ({left}), the columns of the second"
            f" {right.shape[-2]} ({right}).",
            "Put a Transpose before the second input." if turned else "Make them equal.",
            port="other",
            insert="transpose" if turned and right.rank == 3 else "",
        )
    outer = tuple(TensorType(each.shape[:-2]) for each in (left, right))
    if not broadcast(outer):
        return Complaint(
            f"The matrices of {left} and {right} do not pair up.", "Make their first axes equal.", port="other"
        )
    return None


def transpose_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if arriving.rank < 3:
        return Complaint(
            f"Transpose swaps two axes of a sample, but a sample of {arriving} has fewer than two.",
            "Take Transpose away, or put a Reshape before it.",
            port="input",
        )
    for name, better in (("dim0", 1), ("dim1", 2)):
        if wrong := batch_axis("Transpose", whole(params, name), arriving, name, better):
            return wrong
    if whole(params, "dim0") % arriving.rank == whole(params, "dim1") % arriving.rank:
        return Complaint(
            "Both axes are the same, so Transpose does nothing.",
            "Choose two different axes.",
            severity="warning",
            params={"dim0": 1, "dim1": 2},
        )
    return None


def mean_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Mean", arriving):
        return wrong
    if arriving.rank == 1:
        return Complaint(f"The samples of {arriving} are single numbers already.", "Take Mean away.", port="input")
    axes = sizes(params, "dim")
    for axis in axes:
        if wrong := batch_axis("Mean", axis, arriving, "dim", 1):
            return wrong
    if len({axis % arriving.rank for axis in axes}) < len(axes):
        return Complaint("An axis is named twice.", "Name each axis once.", params={"dim": axes[0]})
    return None
