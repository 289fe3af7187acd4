"""What operations complain of in common: axes that mix samples, shapes that do not fit, numbers of the wrong sort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.layers.complaints import batch_axis, broadcast, listing, not_real
from core.layers.reading import first, sizes, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, Param
from core.model.tensor import TensorType
from core.model.values import Params, Value

Check = Callable[[Inputs, Params], Complaint | None]

VECTOR = TensorType(("N", 6))
SEQUENCE = TensorType(("N", 5, 8))
IMAGE = TensorType(("N", 3, 8, 8))
TOKENS = TensorType(("N", 5), "int64")
CLASSES = TensorType(("N",), "int64")
"""Types of the examples."""


def axis(name: str, title: str, default: int, doc: str) -> Param:
    """The number of an axis; 1 is the first one of a sample, −1 the last one."""
    return Param(name, title, "int", default, doc, low=-8, high=8)


def axes(default: int, doc: str) -> Param:
    """The numbers of one axis or several."""
    return Param("dim", "Axes", "ints", default, doc, low=-8, high=8, lengths=(1, 2, 3, 4))


def shown_axes(params: Params) -> str:
    """`axis 1, −1`, for a node's header."""
    return f"axis {', '.join(str(each) for each in sizes(params, 'dim'))}".replace("-", "−")


def wrong_axis(
    title: str, arriving: TensorType, number: int, name: str, better: int = 1, port: str = "input"
) -> Complaint | None:
    """Where an axis is not there or holds the samples; a constant has no samples and may use all axes."""
    if not arriving.rank or arriving.shape == ("N",):
        return Complaint(
            f"{title} works along an axis of each sample, but the samples of {arriving} are single numbers already.",
            f"Take {title} away, or put a Reshape before it.",
            port=port,
        )
    if -arriving.rank <= number < arriving.rank and isinstance(arriving.shape[number], int):
        return None
    if not -arriving.rank <= number < arriving.rank or number % arriving.rank == 0:
        return batch_axis(title, number, arriving, name, better)
    return Complaint(
        f"The size of axis {number} of {arriving} changes with the batch, so {title} would mix samples.",
        "Choose another axis.",
        port=port,
    )


def wrong_axes(
    title: str, arriving: TensorType, numbers: Sequence[int], name: str, better: int = 1, port: str = "input"
) -> Complaint | None:
    """As `wrong_axis`, for several axes, each of them named once."""
    for each in numbers:
        if wrong := wrong_axis(title, arriving, each, name, better, port):
            return wrong
    if len({each % arriving.rank for each in numbers}) < len(numbers):
        return Complaint("An axis is named twice.", "Name each axis once.", params={name: numbers[0]})
    return None


def along(title: str, better: int = 1, *, whole_too: bool = False) -> Check:
    """A check of kinds that work along the axis `dim`; `whole_too`: on whole numbers as well."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        wrong = None if whole_too else not_real(title, arriving)
        return wrong or wrong_axis(title, arriving, whole(params, "dim"), "dim", better)

    return check


def reducing(title: str, *, whole_too: bool = False) -> Check:
    """A check of kinds that reduce the axes `dim`."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        wrong = None if whole_too else not_real(title, arriving)
        return wrong or wrong_axes(title, arriving, sizes(params, "dim"), "dim")

    return check


def as_tuple(name: str = "dim") -> Callable[[Inputs, Params], Mapping[str, Value]]:
    """A `derive` for torch functions that insist on several axes."""
    return lambda inputs, params: {name: sizes(params, name)}


def real(title: str, *ports: str) -> Check:
    """A check of kinds that compute with real numbers of any shape."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        found = (not_real(title, first(inputs, port), port) for port in ports or ("input",))
        return next(filter(None, found), None)

    return check


def not_whole(title: str, arriving: TensorType, port: str) -> Complaint | None:
    """Where real numbers reach a port for classes, tokens or places."""
    if not arriving.is_float:
        return None
    return Complaint(
        f"{title} takes whole numbers at “{port}”, but {arriving} of real numbers arrives.",
        "Wire an Input whose field holds classes or tokens, or put a Cast to whole numbers before it.",
        port=port,
        insert="cast" if port != "input" else "",
    )


def unfit(title: str, types: Sequence[TensorType], port: str) -> Complaint | None:
    """Where tensors do not fit number by number, or would pair the samples of one with an axis of another."""
    if not broadcast(tuple(types)):
        return Complaint(
            f"{title} works number by number, but {listing(tuple(types))} do not fit together.",
            "Make the shapes equal; an axis of size 1 is repeated where needed.",
            port=port,
        )
    longest = max(types, key=lambda each: each.rank)
    for each in types:
        if each.rank < longest.rank and any(isinstance(dim, str) for dim in each.shape):
            return Complaint(
                f"{title} pairs axes from the last one on, so {each} and {longest} would mix the samples of the batch.",
                "Give both the same number of axes: put an Unsqueeze or a Reshape before the shorter one.",
                port=port,
            )
    return None


def fitting(title: str) -> Check:
    """A check of kinds that work number by number on any number of wires."""
    return lambda inputs, params: unfit(title, inputs["inputs"], "inputs")


def fitting_pair(title: str, *ports: str) -> Check:
    """A check of kinds that work number by number on ports of one wire each, the last of which may be left open."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        wired = [port for port in ports if port in inputs]
        return unfit(title, [first(inputs, port) for port in wired], wired[-1])

    return check


def differing(title: str, inputs: Inputs, *ports: str) -> Complaint | None:
    """Where ports that need real numbers of one shape get something else."""
    for port in ports:
        if wrong := not_real(title, first(inputs, port), port, embed=False):
            return wrong
    types = tuple(first(inputs, port) for port in ports)
    if len({each.shape for each in types}) == 1 and types[0].rank:
        return None
    return Complaint(
        f"{title} needs the same shape at {' and '.join(f'“{port}”' for port in ports)}, but {listing(types)} arrive.",
        "Make the shapes equal; every sample has its own numbers.",
        port=ports[-1],
    )


def unbatched(title: str, arriving: TensorType, port: str = "input") -> Complaint | None:
    """Where a tensor without a batch axis N in front arrives, such as a constant or a loss."""
    if arriving.rank and isinstance(arriving.shape[0], str):
        return None
    return Complaint(
        f"{title} takes a batch of samples (N×…), but {arriving} without a batch axis arrives.",
        "Wire something that comes from an Input.",
        port=port,
    )
