"""How the spec of an activation is made: one input in any shape, one output of the same shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import batch_axis, changing, not_real
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Example, Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

Check = Callable[[Inputs, Params], Complaint | None]

DIM = Param("dim", "Axis", "int", -1, "The axis whose numbers compete; −1 is the last one.", low=-8, high=8)
VECTOR: Example = ({}, {"input": (TensorType(("N", 6)),)})
ANY = Port("input", doc="Real numbers in any shape.")
SAME = Port("output", doc="The same shape.")
IMAGE: Example = ({}, {"input": (TensorType(("N", 3, 4, 4)),)})


def real(title: str) -> Check:
    """A check that real numbers arrive."""
    return lambda inputs, params: not_real(title, first(inputs))


def ordered(title: str, low: str, high: str, better: tuple[float, float], equal: bool = False) -> Check:
    """A check that the param `low` lies below `high` (or, with `equal`, not above it); `better` mends both."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        small, large = number(params, low), number(params, high)
        if small > large or (small == large and not equal):
            relation = "above" if equal else "not below"
            shown = " and ".join(f"{each:.4g}".replace("-", "−") for each in better)
            return Complaint(
                f"The lowest value ({small:g}) is {relation} the highest ({large:g}).",
                f"Choose {shown}.",
                params=dict(zip((low, high), better, strict=True)),
            )
        return not_real(title, first(inputs))

    return check


def on_axis(title: str) -> Check:
    """A check that the param `dim` names an axis of fixed size that is not the batch's."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving, dim = first(inputs), whole(params, "dim")
        if wrong := not_real(title, arriving):
            return wrong
        if arriving.rank < 2:
            return changing(title, arriving, -1)
        return batch_axis(title, dim, arriving, "dim", -1) or changing(title, arriving, dim)

    return check


def along_axis(title: str) -> Check:
    """Like `on_axis`, with a warning where a single number would compete with itself."""

    def check(inputs: Inputs, params: Params) -> Complaint | None:
        arriving = first(inputs)
        if wrong := on_axis(title)(inputs, params):
            return wrong
        return alone(title, arriving, whole(params, "dim"))

    return check


def alone(title: str, arriving: TensorType, axis: int) -> Complaint | None:
    """A warning where the axis along which numbers compete holds a single one."""
    if arriving.shape[axis] != 1:
        return None
    return Complaint(
        f"{title} over an axis of size 1 always gives the same number; {arriving} arrives.",
        "For two classes and one output, use Sigmoid.",
        severity="warning",
        port="input",
    )


def activation(
    kind: str,
    title: str,
    doc: str,
    formula: str,
    source: str,
    target: str,
    keywords: str,
    params: tuple[Param, ...] = (),
    settings: tuple[str, ...] = (),
    derive: Callable[[Inputs, Params], Mapping[str, Value]] | None = None,
    check: Check | None = None,
    summary: Callable[[Params], str] | None = None,
    takes: Port = ANY,
    gives: Port = SAME,
    example: Example = VECTOR,
    draws: bool | str = False,
) -> LayerSpec:
    """The spec of an activation; a target without a dot is a class of `torch.nn`."""
    return LayerSpec(
        kind=kind,
        family="activation",
        title=title,
        doc=doc,
        formula=formula,
        source=source,
        target=target if "." in target else f"torch.nn.{target}",
        inputs=(takes,),
        outputs=(gives,),
        params=params,
        settings=settings,
        derive=derive,
        check=check or real(title),
        summary=summary,
        keywords=f"{keywords} nonlinearity",
        example=example,
        draws=draws,
    )
