"""What joining, cutting and looking up complain of."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.complaints import changing, listing
from core.layers.operation.checks import not_whole, unbatched, wrong_axis
from core.layers.reading import first, sizes, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

MOST_PARTS = 8


def concat_check(inputs: Inputs, params: Params) -> Complaint | None:
    types, dim = inputs["inputs"], whole(params, "dim")
    if len({each.rank for each in types}) > 1:
        return Complaint(
            f"Concat needs the same number of axes at every input, but {listing(types)} arrive.",
            "Put a Flatten or a Reshape before one of them.",
            port="inputs",
        )
    arriving = types[0]
    if (arriving.rank <= 1 and "N" in arriving.shape) or not arriving.rank:
        return Complaint(
            f"Concat joins vectors, but single numbers ({arriving}) arrive.",
            "At the Input, choose the form “number” or “one-hot”.",
            port="inputs",
        )
    if wrong := wrong_axis("Concat", arriving, dim, "dim", port="inputs"):
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


def stack_check(inputs: Inputs, params: Params) -> Complaint | None:
    types, dim = inputs["inputs"], whole(params, "dim")
    if len({each.shape for each in types}) > 1:
        return Complaint(
            f"Stack needs the same shape at every input, but {listing(types)} arrive.",
            "Make the shapes equal, or join along an axis that is there with Concat.",
            port="inputs",
        )
    rank = types[0].rank + 1
    if -rank <= dim < rank and (dim % rank or "N" not in types[0].shape):
        return None
    place = "would stand before the samples" if -rank <= dim < rank else f"is not among 1 to {rank - 1}"
    return Complaint(f"A new axis {dim} of {types[0]} {place}.", "Choose axis −1.", params={"dim": -1})


def parts(params: Params) -> tuple[Port, ...]:
    """The output ports of Split: one for each size, or as many as asked."""
    asked = params["sizes"]
    count = len(asked) if isinstance(asked, tuple) else whole(params, "parts")
    return tuple(
        Port(f"part_{number}", dtype="any", pick=(number - 1,), doc=f"Part {number} along the axis.")
        for number in range(1, count + 1)
    )


def split_sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    asked, count = params["sizes"], whole(params, "parts")
    size = first(inputs).size(whole(params, "dim"))
    return {"split_size_or_sections": asked if isinstance(asked, tuple) else (size // count,) * count}


def split_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, dim, asked = first(inputs), whole(params, "dim"), params["sizes"]
    if wrong := wrong_axis("Split", arriving, dim, "dim"):
        return wrong
    size, count = arriving.size(dim), whole(params, "parts")
    if isinstance(asked, int):
        return Complaint(
            "One size alone splits nothing.", "Give two sizes or more, or none for equal parts.", params={"sizes": None}
        )
    if isinstance(asked, tuple):
        if sum(sizes(params, "sizes")) == size:
            return None
        shown = " + ".join(map(str, asked))
        return Complaint(
            f"The sizes {shown} are {sum(asked)} together, but axis {dim} of {arriving} has {size}.",
            f"Choose sizes that make {size} together, or none for equal parts.",
            params={"sizes": None},
        )
    if size % count == 0:
        return None
    fits = next((number for number in range(count, 1, -1) if size % number == 0), None)
    return Complaint(
        f"Axis {dim} of {arriving} has size {size}, which {count} equal parts cannot share.",
        f"Choose {fits} parts, or give the sizes." if fits else "Give the sizes of the parts.",
        params={"parts": fits} if fits else {},
    )


def slice_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, dim = first(inputs), whole(params, "dim")
    if wrong := wrong_axis("Slice", arriving, dim, "dim"):
        return wrong
    size, stop = arriving.size(dim), params["stop"]
    begin, end, _ = slice(whole(params, "start"), None if stop is None else whole(params, "stop")).indices(size)
    if begin < end:
        return None
    shown = "the end" if stop is None else str(stop)
    return Complaint(
        f"Nothing lies from {whole(params, 'start')} to {shown} on axis {dim} of {arriving} (size {size}).",
        "Start at 0 and leave the stop empty for all of it.",
        params={"start": 0, "stop": None},
    )


def select_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, dim, index = first(inputs), whole(params, "dim"), whole(params, "index")
    if wrong := wrong_axis("Select", arriving, dim, "dim"):
        return wrong
    size = arriving.size(dim)
    if -size <= index < size:
        return None
    return Complaint(
        f"There is no place {index} on axis {dim} of {arriving}: its places are 0 to {size - 1}.",
        "Choose 0 for the first one, −1 for the last one.",
        params={"index": -1},
    )


def gather_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, index, dim = first(inputs), first(inputs, "index"), whole(params, "dim")
    if wrong := not_whole("Gather", index, "index") or wrong_axis("Gather", arriving, dim, "dim"):
        return wrong
    axis = dim % arriving.rank
    others = arriving.shape[:axis] + arriving.shape[axis + 1 :]
    if index.rank == arriving.rank and index.shape[:axis] + index.shape[axis + 1 :] == others:
        return None
    if index.rank == arriving.rank - 1 and index.shape == others:
        return None
    wanted = TensorType(others, index.dtype)
    return Complaint(
        f"Gather along axis {axis} of {arriving} takes places of shape {wanted} (one each), or with an axis {axis} more"
        f" of any size; {index} arrives.",
        "Make the index fit, choose another axis, or use Take steps.",
        port="index",
    )


def take_check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving, index = first(inputs), first(inputs, "index")
    for port, each in (("input", arriving), ("index", index)):
        if wrong := unbatched("Take steps", each, port):
            return wrong
    if wrong := not_whole("Take steps", index, "index"):
        return wrong
    if arriving.rank < 2:
        return Complaint(
            f"Take steps picks along axis 1, but the samples of {arriving} are single numbers.",
            "Wire a sequence, N×T×….",
            port="input",
        )
    if index.rank > 2 or index.shape[0] != arriving.shape[0]:
        return Complaint(
            f"Take steps takes one place a sample (N) or several (N×K) at “index”; {index} arrives.",
            "Put a Flatten before it.",
            port="index",
        )
    return changing("Take steps", arriving, 1)
