"""Operations that compare and choose, and those that only change the gradient or the sort of number."""

from __future__ import annotations

from functools import partial

from core.layers.operation.checks import TOKENS, VECTOR, fitting_pair, real
from core.layers.parameters import choice
from core.layers.reading import number
from core.model.spec import LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params

OWN = "core.layers.modules.operation."
_DEEP = "Goodfellow, Bengio & Courville 2016, Deep Learning"
_SIGNS = {
    "greater": ">", "greater or equal": "≥", "less": "<", "less or equal": "≤", "equal": "=", "not equal": "≠",
}  # fmt: skip
_ONE = TensorType(("N", 1))
_ANY = (Port("input", "...", "any", doc="Anything."),)
_SAME = (Port("output", dtype="any", doc="The same shape."),)
_function = partial(LayerSpec, family="operation", call="function")


def _relation(params: Params) -> str:
    return f"{_SIGNS[str(params['relation'])]} {number(params, 'value'):g}".replace("-", "−")


SPECS = (
    _function(
        kind="compare",
        title="Compare",
        doc="Gives 1 where a relation holds and 0 where it does not; the result is a mask without a gradient.",
        formula=r"y = \begin{cases} 1 & a > b \\ 0 & \mathrm{else} \end{cases}",
        source="McCulloch & Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
        target=f"{OWN}compare",
        inputs=(
            Port("input", "...", "any", doc="The left side, a."),
            Port("other", "...", "any", optional=True, doc="The right side, b; the value below where none arrives."),
        ),
        outputs=(Port("output", doc="1 or 0 at each place."),),
        params=(
            choice("relation", "Relation", tuple(_SIGNS), "Which relation is asked for."),
            Param("value", "Value", "float", 0.0, "The right side where none is wired.", low=-1e6, high=1e6),
        ),
        check=fitting_pair("Compare", "input", "other"),
        summary=_relation,
        keywords="greater less equal larger smaller threshold mask logical",
        example=({}, {"input": (VECTOR,), "other": (_ONE,)}),
    ),
    _function(
        kind="where",
        title="Where",
        doc="Takes one tensor where a condition is not 0, and another where it is.",
        formula=r"y = \begin{cases} a & c \ne 0 \\ b & c = 0 \end{cases}",
        source="Huber 1964, Robust estimation of a location parameter, §4",
        target=f"{OWN}choose",
        inputs=(
            Port("condition", "...", "any", doc="0 or not 0 at each place, such as from Compare."),
            Port("input", "...", "any", doc="What is taken where the condition is not 0, a."),
            Port("other", "...", "any", doc="What is taken where the condition is 0, b."),
        ),
        outputs=(Port("output", dtype="any", doc="The shape that all three have in common."),),
        check=fitting_pair("Where", "condition", "input", "other"),
        keywords="if condition mask choose select switch cases",
        example=({}, {"condition": (VECTOR,), "input": (VECTOR,), "other": (_ONE,)}),
    ),
    LayerSpec(
        kind="identity",
        family="operation",
        title="Identity",
        doc="Passes everything on as it is: a name for a value, or a place to look at.",
        formula=r"y = x",
        source="He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, §3",
        target="torch.nn.Identity",
        inputs=_ANY,
        outputs=_SAME,
        keywords="nothing pass skip probe name no-op",
        example=({}, {"input": (VECTOR,)}),
    ),
    _function(
        kind="stop_gradient",
        title="Stop gradient",
        doc="Passes everything on, but no gradient back: what lies before it counts as constant.",
        formula=r"y = \mathrm{sg}(x) = x, \quad \frac{\partial y}{\partial x} = 0",
        source="Chen & He 2021, Exploring simple Siamese representation learning, §3",
        target="torch.detach",
        inputs=_ANY,
        outputs=_SAME,
        keywords="detach constant block freeze sg simsiam target",
        example=({}, {"input": (VECTOR,)}),
    ),
    _function(
        kind="gradient_reversal",
        title="Gradient reversal",
        doc="Passes everything on, and the gradient back with the other sign: what lies before learns the contrary.",
        formula=r"y = x, \quad \frac{\partial y}{\partial x} = -\lambda",
        source="Ganin & Lempitsky 2015, Unsupervised domain adaptation by backpropagation, §3.2",
        target=f"{OWN}reverse_gradient",
        inputs=(Port("input", "...", doc="Real numbers."),),
        outputs=(Port("output", doc="The same."),),
        params=(Param("scale", "Factor λ", "float", 1.0, "How much of the gradient goes back.", low=0, high=1e3),),
        check=real("Gradient reversal"),
        summary=lambda params: f"λ {number(params, 'scale'):g}",
        keywords="adversarial domain adaptation flip sign reverse",
        example=({}, {"input": (VECTOR,)}),
    ),
    _function(
        kind="cast",
        title="Cast",
        doc="Turns whole numbers into real ones, or cuts real ones off to whole ones, which have no gradient.",
        formula=r"y = \mathrm{float}(x) \quad \mathrm{or} \quad y = \mathrm{trunc}(x)",
        source="IEEE 2019, Standard for floating-point arithmetic 754, §5.4",
        target=f"{OWN}cast",
        inputs=_ANY,
        outputs=_SAME,
        params=(choice("dtype", "Sort of number", ("float", "int"), "Real numbers, or whole ones (cut off to 0)."),),
        summary=lambda params: str(params["dtype"]),
        keywords="convert dtype type float int integer whole real number",
        example=({}, {"input": (TOKENS,)}),
    ),
)
