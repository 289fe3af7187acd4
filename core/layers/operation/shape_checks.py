"""What operations on shapes complain of, and the sizes that they work out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.layers.complaints import batch_axis
from core.layers.operation.checks import wrong_axes, wrong_axis
from core.layers.reading import first, sizes, times, whole
from core.model.fault import Complaint
from core.model.spec import Inputs
from core.model.tensor import TensorType
from core.model.values import Params, Value

MOST_CELLS = 999_999


def flatten_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    start, end = whole(params, "start_dim"), whole(params, "end_dim")
    if arriving.rank <= 1:
        return Complaint(
            f"There is nothing to flatten in {arriving}: every sample is one number.", "Take Flatten away."
        )
    for name, number, better in (("start_dim", start, 1), ("end_dim", end, -1)):
        if wrong := batch_axis("Flatten", number, arriving, name, better):
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


def transpose_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if arriving.rank < (3 if "N" in arriving.shape else 2):
        return Complaint(
            f"Transpose swaps two axes of a sample, but a sample of {arriving} has fewer than two.",
            "Take Transpose away, or put a Reshape before it.",
            port="input",
        )
    for name, better in (("dim0", 1), ("dim1", 2 % arriving.rank)):
        if wrong := wrong_axis("Transpose", arriving, whole(params, name), name, better):
            return wrong
    if whole(params, "dim0") % arriving.rank == whole(params, "dim1") % arriving.rank:
        return Complaint(
            "Both axes are the same, so Transpose does nothing.",
            "Choose two different axes.",
            severity="warning",
            params={"dim0": 1, "dim1": 2 % arriving.rank},
        )
    return None


def permute_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, order = first(inputs), sizes(params, "dims")
    if arriving.rank < 3:
        return Complaint(
            f"Permute orders the axes of a sample, but a sample of {arriving} has fewer than two.",
            "Take Permute away, or put a Reshape before it.",
            port="input",
        )
    wanted = tuple(range(1, arriving.rank))
    there = all(-arriving.rank < each < arriving.rank for each in order)
    if there and sorted(each % arriving.rank for each in order) == list(wanted):
        return None
    listed = ", ".join(map(str, wanted))
    return Complaint(
        f"The order {' × '.join(map(str, order))} does not name each axis of a sample of {arriving} once.",
        f"Name the axes {listed} in the order wanted; the samples (axis 0) stay in front.",
        params={"dims": tuple(reversed(wanted))},
    )


def permuted(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    rank = first(inputs).rank
    return {"dims": (0, *(each % rank for each in sizes(params, "dims")))}


def _single(arriving: TensorType) -> tuple[int, ...]:
    """The axes of size 1 of a sample."""
    return tuple(axis for axis, size in enumerate(arriving.shape) if size == 1 and axis)


def squeezed(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"dim": _single(first(inputs)) if params["dim"] is None else sizes(params, "dim")}


def squeeze_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if params["dim"] is None:
        if _single(arriving):
            return None
        return Complaint(
            f"A sample of {arriving} has no axis of size 1, so Squeeze does nothing.",
            "Take Squeeze away.",
            severity="warning",
            port="input",
        )
    numbers = sizes(params, "dim")
    if arriving.rank > 1 and (wrong := wrong_axes("Squeeze", arriving, numbers, "dim", -1)):
        return wrong
    larger = [number for number in numbers if arriving.rank <= 1 or arriving.shape[number] != 1]
    if not larger:
        return None
    return Complaint(
        f"Squeeze takes axes of size 1 away, but axis {larger[0]} of {arriving} is not one.",
        "Leave the axes empty: all axes of size 1 go.",
        params={"dim": None},
    )


def unsqueeze_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, number = first(inputs), whole(params, "dim")
    rank = arriving.rank + 1
    batched = "N" in arriving.shape
    if -rank <= number < rank and (number % rank or not batched):
        return None
    place = "would stand before the samples" if -rank <= number < rank else f"is not among 1 to {rank - 1}"
    return Complaint(f"A new axis {number} of {arriving} {place}.", "Choose axis −1.", params={"dim": -1})


def _sizes_wrong(title: str, arriving: TensorType, given: tuple[int, ...], name: str, neutral: int) -> Complaint | None:
    """Where there is not one number for each axis of a sample."""
    axes = arriving.rank - 1
    if axes < 1:
        return Complaint(
            f"{title} needs an axis in each sample, but {arriving} arrives.",
            "Put an Unsqueeze before it.",
            port="input",
        )
    if len(given) == axes:
        return None
    return Complaint(
        f"{title} needs {axes} number{'s' if axes > 1 else ''} for {arriving}, one for each axis of a sample;"
        f" there {'is 1' if len(given) == 1 else f'are {len(given)}'}.",
        f"Give {axes}.",
        params={name: (neutral,) * axes},
    )


def repeat_check(inputs: Inputs, params: Params) -> Complaint | None:
    return _sizes_wrong("Repeat", first(inputs), sizes(params, "dims"), "dims", 1)


def repeated(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"dims": (1, *sizes(params, "dims"))}


def expand_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, asked = first(inputs), sizes(params, "size")
    if wrong := _sizes_wrong("Expand", arriving, asked, "size", -1):
        return wrong
    for number, (size, wanted) in enumerate(zip(arriving.sample, asked, strict=True), 1):
        if wanted != -1 and size not in (1, wanted):
            return Complaint(
                f"Expand repeats axes of size 1, but axis {number} of {arriving} has size {size} and cannot become"
                f" {wanted}.",
                "Keep it with −1, or use Repeat.",
                params={"size": tuple(-1 if n == number else each for n, each in enumerate(asked, 1))},
            )
    if 0 in asked:
        return Complaint(
            "A size of 0 would leave nothing.",
            "Use sizes of at least 1, or −1.",
            params={"size": tuple(each or -1 for each in asked)},
        )
    return None


def expanded(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"size": (-1, *sizes(params, "size"))}


def flip_check(inputs: Inputs, params: Params) -> Complaint | None:
    return wrong_axes("Flip", first(inputs), sizes(params, "dims"), "dims", -1)


def roll_check(inputs: Inputs, params: Params) -> Complaint | None:
    shifts, numbers = sizes(params, "shifts"), sizes(params, "dims")
    if wrong := wrong_axes("Roll", first(inputs), numbers, "dims", -1):
        return wrong
    if len(shifts) == len(numbers):
        return None
    return Complaint(
        f"There {'is 1 shift' if len(shifts) == 1 else f'are {len(shifts)} shifts'} for {len(numbers)}"
        f" {'axis' if len(numbers) == 1 else 'axes'}.",
        "Give one shift for each axis.",
        params={"shifts": (shifts * 4)[: len(numbers)]},
    )
