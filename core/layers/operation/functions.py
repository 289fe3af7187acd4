"""Functions of each number of one tensor, and arithmetic with constants."""

from __future__ import annotations

from functools import partial

from core.layers.complaints import not_real
from core.layers.operation.arithmetic import DEEP, OWN, eps, guard, guarding, shown_eps
from core.layers.operation.checks import VECTOR, real
from core.layers.reading import first, number
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params

_BISHOP = "Bishop 2006, Pattern Recognition and Machine Learning"

_unary = partial(
    LayerSpec,
    family="operation",
    call="function",
    inputs=(Port("input", "...", doc="Real numbers."),),
    outputs=(Port("output", doc="The same shape."),),
    example=({}, {"input": (VECTOR,)}),
)
"""A function of each number."""


def _clamp_check(inputs: Inputs, params: Params) -> Complaint | None:
    low, high = params["min"], params["max"]
    if low is None and high is None:
        return Complaint(
            "Clamp has neither a lowest nor a highest value.", "Choose 0 and 1.", params={"min": 0.0, "max": 1.0}
        )
    if low is not None and high is not None and number(params, "min") > number(params, "max"):
        return Complaint(
            f"The lowest value ({number(params, 'min'):g}) is above the highest ({number(params, 'max'):g}).",
            "Choose 0 and 1.",
            params={"min": 0.0, "max": 1.0},
        )
    return not_real("Clamp", first(inputs))


def _bounds(params: Params) -> str:
    low, high = ("∞" if params[name] is None else f"{number(params, name):g}" for name in ("min", "max"))
    return f"{'−' if low == '∞' else ''}{low} … {high}".replace("-", "−")


SPECS = (
    _unary(
        kind="scale",
        title="Scale",
        doc="Multiplies everything by one constant number.",
        formula=r"y = c \, x",
        source="Vaswani et al. 2017, Attention is all you need, §3.2.1",
        target="torch.mul",
        params=(Param("factor", "Factor", "float", 0.5, "The constant c.", low=-1e5, high=1e5),),
        settings=("factor",),
        derive=lambda inputs, params: {"other": number(params, "factor")},
        check=real("Scale"),
        summary=lambda params: f"× {number(params, 'factor'):g}".replace("-", "−"),
        keywords="constant factor multiply temperature divide",
    ),
    _unary(
        kind="affine",
        title="Affine",
        doc="Multiplies everything by one constant number and adds another.",
        formula=r"y = a \, x + b",
        source=f"{DEEP}, §6.1",
        target=f"{OWN}affine",
        params=(
            Param("scale", "Factor", "float", 1.0, "The factor a.", low=-1e5, high=1e5),
            Param("shift", "Shift", "float", 0.0, "The number b that is added.", low=-1e5, high=1e5),
        ),
        check=real("Affine"),
        summary=lambda params: f"{number(params, 'scale'):g}x + {number(params, 'shift'):g}".replace("-", "−"),
        keywords="scale shift constant add bias normalise standardise",
    ),
    _unary(
        kind="negate",
        title="Negate",
        doc="Turns the sign of each number.",
        formula=r"y = -x",
        source=f"{DEEP}, §2.1",
        target="torch.neg",
        check=real("Negate"),
        keywords="minus negative sign opposite",
    ),
    _unary(
        kind="absolute",
        title="Absolute",
        doc="The size of each number without its sign.",
        formula=r"y = |x|",
        source=f"{DEEP}, §2.5",
        target="torch.abs",
        check=real("Absolute"),
        keywords="abs magnitude value",
    ),
    _unary(
        kind="square",
        title="Square",
        doc="Each number times itself.",
        formula=r"y = x^2",
        source=f"{DEEP}, §2.5",
        target="torch.square",
        check=real("Square"),
        keywords="power two squared energy",
    ),
    _unary(
        kind="power",
        title="Power",
        doc="Raises each number to a constant power; below 0, only whole powers are defined.",
        formula=r"y = x^p",
        source=f"{DEEP}, §5.2",
        target="torch.pow",
        params=(Param("exponent", "Exponent", "float", 2.0, "The power p.", low=-16, high=16),),
        check=real("Power"),
        summary=lambda params: f"p {number(params, 'exponent'):g}".replace("-", "−"),
        keywords="pow exponent cube polynomial",
    ),
    _unary(
        kind="sqrt",
        title="Square root",
        doc="The square root of each number; below 0 it is not defined.",
        formula=r"y = \sqrt{x + \varepsilon}",
        source=f"{_BISHOP}, §1.2.4",
        choose=guard("torch.sqrt", "safe_sqrt"),
        params=(eps("Added before the root, so that the slope at 0 is finite; 0 leaves it out."),),
        settings=("eps",),
        derive=guarding,
        check=real("Square root"),
        summary=shown_eps,
        keywords="sqrt root standard deviation",
    ),
    _unary(
        kind="reciprocal",
        title="Reciprocal",
        doc="One divided by each number; at 0 it is infinite.",
        formula=r"y = \frac{1}{x}",
        source=f"{_BISHOP}, §2.3.1",
        target="torch.reciprocal",
        check=real("Reciprocal"),
        keywords="inverse one over divide precision",
    ),
    _unary(
        kind="exp",
        title="Exponential",
        doc="Raises e to the power of each number: turns log-variances into variances, scores into weights.",
        formula=r"y = e^x",
        source=f"{DEEP}, §4.1",
        target="torch.exp",
        check=real("Exponential"),
        keywords="exp e power boltzmann",
    ),
    _unary(
        kind="log",
        title="Logarithm",
        doc="The natural logarithm of each number; below 0 it is not defined, at 0 it is −∞.",
        formula=r"y = \ln(x + \varepsilon)",
        source=f"{DEEP}, §3.13",
        choose=guard("torch.log", "safe_log"),
        params=(eps("Added before the logarithm, so that it is finite at 0; 0 leaves it out."),),
        settings=("eps",),
        derive=guarding,
        check=real("Logarithm"),
        summary=shown_eps,
        keywords="log ln natural likelihood entropy",
    ),
    _unary(
        kind="sin",
        title="Sine",
        doc="The sine of each number, in radians.",
        formula=r"y = \sin x",
        source="Sitzmann et al. 2020, Implicit neural representations with periodic activation functions, §3",
        target="torch.sin",
        check=real("Sine"),
        keywords="sin periodic wave siren fourier",
    ),
    _unary(
        kind="cos",
        title="Cosine",
        doc="The cosine of each number, in radians.",
        formula=r"y = \cos x",
        source="Tancik et al. 2020, Fourier features let networks learn high frequency functions, §4",
        target="torch.cos",
        check=real("Cosine"),
        keywords="cos periodic wave fourier",
    ),
    _unary(
        kind="clamp",
        title="Clamp",
        doc="Keeps each number between a lowest and a highest one; beyond them the gradient is 0.",
        formula=r"y = \min(\max(x, a), b)",
        source="Schulman et al. 2017, Proximal policy optimization algorithms, eq. 7",
        target="torch.clamp",
        params=(
            Param("min", "Lowest", "float", 0.0, "The lowest value a, if any.", low=-1e6, high=1e6, optional=True),
            Param("max", "Highest", "float", 1.0, "The highest value b, if any.", low=-1e6, high=1e6, optional=True),
        ),
        check=_clamp_check,
        summary=_bounds,
        keywords="clip limit bound range clamp",
    ),
)
