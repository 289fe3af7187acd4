"""Arithmetic of several tensors, number by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from core.layers.operation.checks import VECTOR, Check, fitting, fitting_pair
from core.layers.reading import number
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

OWN = "core.layers.modules.operation."
DEEP = "Goodfellow, Bengio & Courville 2016, Deep Learning"
_ANY = Port("output", dtype="any", doc="The shape that both have in common.")
_PAIR: Inputs = {"input": (VECTOR,), "other": (TensorType(("N", 1)),)}

_several = partial(
    LayerSpec,
    family="operation",
    call="fold",
    inputs=(Port("inputs", "...", "any", variadic=True, doc="Any number of wires, in their order."),),
    example=({}, {"inputs": (VECTOR, VECTOR, VECTOR)}),
)
"""A kind that folds a function of two tensors over all its wires."""

_pair = partial(
    LayerSpec,
    family="operation",
    call="function",
    inputs=(
        Port("input", "...", "any", doc="The first tensor, a."),
        Port("other", "...", "any", doc="The second tensor, b; an axis of size 1 is repeated where needed."),
    ),
    outputs=(_ANY,),
    example=({}, _PAIR),
)
"""A kind of two tensors in a fixed order."""


def eps(doc: str) -> Param:
    return Param("eps", "Epsilon", "float", 0.0, doc, low=0, high=1)


def guard(plain: str, guarded: str) -> Callable[[Inputs, Params], str]:
    """torch's own function where epsilon is 0, else the one that adds it."""
    return lambda inputs, params: OWN + guarded if number(params, "eps") else plain


def guarding(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"eps": number(params, "eps")} if number(params, "eps") else {}


def shown_eps(params: Params) -> str:
    return f"ε {number(params, 'eps'):g}" if number(params, "eps") else ""


def _fits(title: str) -> Check:
    return fitting_pair(title, "input", "other")


SPECS = (
    _several(
        kind="add",
        title="Add",
        doc="Adds tensors number by number, as in a residual connection.",
        formula=r"y = x_1 + x_2 + \cdots",
        source="He, Zhang, Ren & Sun 2016, Deep residual learning for image recognition, §3.2",
        target="torch.add",
        outputs=(Port("output", dtype="any", doc="The sum."),),
        check=fitting("Add"),
        keywords="sum plus residual skip connection shortcut",
    ),
    _several(
        kind="multiply",
        title="Multiply",
        doc="Multiplies tensors number by number, as a gate does; of 0 and 1 it is a logical and.",
        formula=r"y = x_1 \odot x_2 \odot \cdots",
        source="Hochreiter & Schmidhuber 1997, Long short-term memory, §4",
        target="torch.mul",
        outputs=(Port("output", dtype="any", doc="The product."),),
        check=fitting("Multiply"),
        keywords="times product hadamard gate mask and",
    ),
    _pair(
        kind="subtract",
        title="Subtract",
        doc="Takes the second tensor from the first, number by number.",
        formula=r"y = a - b",
        source=f"{DEEP}, §2.1",
        target="torch.sub",
        check=_fits("Subtract"),
        keywords="minus difference sub error residual",
    ),
    _pair(
        kind="divide",
        title="Divide",
        doc="Divides the first tensor by the second, number by number.",
        formula=r"y = \frac{a}{b \pm \varepsilon}",
        source=f"{DEEP}, §4.1",
        choose=guard("torch.div", "safe_divide"),
        outputs=(Port("output", doc="The quotient, always of real numbers."),),
        params=(eps("Moves the denominator away from zero, up or down by its sign; 0 leaves it as it is."),),
        settings=("eps",),
        derive=guarding,
        check=_fits("Divide"),
        summary=shown_eps,
        keywords="quotient ratio div fraction normalise",
    ),
    _several(
        kind="minimum",
        title="Minimum",
        doc="The smaller number at each place of several tensors.",
        formula=r"y = \min(x_1, x_2, \ldots)",
        source="Schulman et al. 2017, Proximal policy optimization algorithms, eq. 7",
        target="torch.minimum",
        outputs=(Port("output", dtype="any", doc="The smallest number at each place."),),
        check=fitting("Minimum"),
        keywords="min smaller least elementwise and",
    ),
    _several(
        kind="maximum",
        title="Maximum",
        doc="The larger number at each place of several tensors, as in a maxout unit.",
        formula=r"y = \max(x_1, x_2, \ldots)",
        source="Goodfellow et al. 2013, Maxout networks, §2",
        target="torch.maximum",
        outputs=(Port("output", dtype="any", doc="The largest number at each place."),),
        check=fitting("Maximum"),
        keywords="max larger greatest elementwise maxout or",
    ),
)
