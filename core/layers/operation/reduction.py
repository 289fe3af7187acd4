"""Operations that reduce, add up or order the numbers along axes."""

from __future__ import annotations

import math
from functools import partial

from core.layers.complaints import not_real
from core.layers.operation.checks import SEQUENCE, along, as_tuple, axes, axis, reducing, shown_axes, wrong_axes
from core.layers.operation.shape import TENSORS
from core.layers.parameters import flag
from core.layers.reading import first, number, sizes, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params

_KEEP = flag("keepdim", "Keep the axes", False, "Whether each of them stays, with size 1.")
_OVER = axes(1, "Over which axes; 1 is the first one of a sample.")
_ALONG = axis("dim", "Axis", -1, "Along which axis; 1 is the first one of a sample, −1 the last one.")
_BISHOP = "Bishop 2006, Pattern Recognition and Machine Learning"
_DEEP = "Goodfellow, Bengio & Courville 2016, Deep Learning"
_ANY = (Port("input", dtype="any", doc="Real or whole numbers."),)

_reduction = partial(
    LayerSpec,
    family="operation",
    call="function",
    inputs=(Port("input", doc="Real numbers."),),
    outputs=(Port("output", doc="The axes are gone, or have size 1 if they are kept."),),
    params=(_OVER, _KEEP),
    summary=shown_axes,
    example=({}, {"input": (SEQUENCE,)}),
)
"""A kind that makes one number of all those along its axes."""

_ordering = partial(
    LayerSpec,
    family="operation",
    call="function",
    inputs=_ANY,
    summary=lambda params: f"axis {whole(params, 'dim')}".replace("-", "−"),
    example=({}, {"input": (SEQUENCE,)}),
)
"""A kind that works along one axis."""


def _spread_check(title: str, inputs: Inputs, params: Params) -> Complaint | None:
    """Variances divide by the number of numbers less the correction, which must leave something."""
    arriving = first(inputs)
    wrong = not_real(title, arriving) or wrong_axes(title, arriving, sizes(params, "dim"), "dim")
    if wrong:
        return wrong
    count = math.prod(arriving.size(each) for each in sizes(params, "dim"))
    correction = whole(params, "correction")
    if count > correction:
        return None
    return Complaint(
        f"{title} divides by {count} − {correction}, because its axes of {arriving} hold {count:,} numbers.",
        "Choose the correction 0.",
        params={"correction": 0},
    )


def _top_k_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := along("Top k", -1, whole_too=True)(inputs, params):
        return wrong
    arriving, dim, k = first(inputs), whole(params, "dim"), whole(params, "k")
    size = arriving.size(dim)
    if k <= size:
        return None
    return Complaint(
        f"Axis {dim} of {arriving} has {size} numbers, fewer than {k}.", f"Choose at most {size}.", params={"k": size}
    )


_CORRECTION = Param(
    "correction",
    "Correction",
    "int",
    1,
    "Taken from the count: 1 for the unbiased estimate, 0 for the plain mean.",
    low=0,
    high=1,
)

SPECS = (
    _reduction(
        kind="mean",
        title="Mean",
        doc="Averages over one axis or several, such as all steps of a sequence.",
        formula=r"y = \frac{1}{T} \sum_{t} x_t",
        source=TENSORS,
        target="torch.mean",
        check=reducing("Mean"),
        keywords="average reduce pool global",
    ),
    _reduction(
        kind="sum_over",
        title="Sum over axes",
        doc="Adds up the numbers along axes.",
        formula=r"y = \sum_{t} x_t",
        source=TENSORS,
        target="torch.sum",
        inputs=_ANY,
        outputs=(Port("output", dtype="any", doc="The axes are gone, or have size 1 if they are kept."),),
        check=reducing("Sum over axes", whole_too=True),
        keywords="sum total reduce pool",
    ),
    _reduction(
        kind="max_over",
        title="Max over axes",
        doc="The largest number along axes, such as over all points of a cloud.",
        formula=r"y = \max_{t} x_t",
        source="Qi, Su, Mo & Guibas 2017, PointNet: deep learning on point sets, §4.2",
        target="torch.amax",
        inputs=_ANY,
        outputs=(Port("output", dtype="any", doc="The axes are gone, or have size 1 if they are kept."),),
        derive=as_tuple(),
        check=reducing("Max over axes", whole_too=True),
        keywords="maximum largest reduce pool global amax",
    ),
    _reduction(
        kind="min_over",
        title="Min over axes",
        doc="The smallest number along axes.",
        formula=r"y = \min_{t} x_t",
        source=_BISHOP + ", §1.5",
        target="torch.amin",
        inputs=_ANY,
        outputs=(Port("output", dtype="any", doc="The axes are gone, or have size 1 if they are kept."),),
        derive=as_tuple(),
        check=reducing("Min over axes", whole_too=True),
        keywords="minimum smallest reduce pool amin",
    ),
    _reduction(
        kind="variance",
        title="Variance",
        doc="The mean squared distance from the mean along axes.",
        formula=r"y = \frac{1}{T - c} \sum_{t} (x_t - \bar{x})^2",
        source=f"{_BISHOP}, §1.2.4",
        target="torch.var",
        params=(_OVER, _CORRECTION, _KEEP),
        check=partial(_spread_check, "Variance"),
        keywords="var spread statistics collapse",
    ),
    _reduction(
        kind="std",
        title="Standard deviation",
        doc="The root of the variance along axes; where all numbers are equal, its gradient is 0.",
        formula=r"y = \sqrt{\frac{1}{T - c} \sum_{t} (x_t - \bar{x})^2}",
        source=f"{_BISHOP}, §1.2.4",
        target="torch.std",
        params=(_OVER, _CORRECTION, _KEEP),
        check=partial(_spread_check, "Standard deviation"),
        keywords="sigma spread statistics collapse deviation",
    ),
    _reduction(
        kind="norm",
        title="Norm",
        doc="The length of the vectors along axes; p = 2 is the Euclidean one.",
        formula=r"y = \Big( \sum_{t} |x_t|^p \Big)^{1/p}",
        source=f"{_DEEP}, §2.5",
        target="torch.linalg.vector_norm",
        params=(Param("ord", "p", "float", 2.0, "The power p.", low=1, high=16), _OVER, _KEEP),
        check=reducing("Norm"),
        summary=lambda params: f"p {number(params, 'ord'):g}, {shown_axes(params)}",
        keywords="length magnitude euclidean l1 l2 lp gradient penalty",
    ),
    _reduction(
        kind="logsumexp",
        title="Log-sum-exp",
        doc="A smooth maximum along axes, as in the free energy and the softmax's normaliser.",
        formula=r"y = \ln \sum_{t} e^{x_t}",
        source=f"{_DEEP}, §4.1",
        target="torch.logsumexp",
        check=reducing("Log-sum-exp"),
        keywords="logarithm smooth maximum free energy partition normaliser",
    ),
    _ordering(
        kind="cumsum",
        title="Cumulative sum",
        doc="At each place of an axis, the sum of all numbers up to it.",
        formula=r"y_t = \sum_{s \le t} x_s",
        source=TENSORS,
        target="torch.cumsum",
        outputs=(Port("output", dtype="any", doc="The same shape."),),
        params=(_ALONG,),
        check=along("Cumulative sum", -1, whole_too=True),
        keywords="running total prefix integral returns",
    ),
    _ordering(
        kind="argmax",
        title="Argmax",
        doc="The place of the largest number along an axis, such as the predicted class; it has no gradient.",
        formula=r"y = \mathrm{argmax}_{i} \, x_i",
        source=f"{_BISHOP}, §1.5.1",
        target="torch.argmax",
        outputs=(Port("output", dtype="int", doc="Whole numbers; the axis is gone."),),
        params=(_ALONG,),
        check=along("Argmax", -1, whole_too=True),
        keywords="class prediction decision index maximum greedy",
    ),
    _ordering(
        kind="sort",
        title="Sort",
        doc="Orders the numbers along an axis, and tells where each of them was.",
        formula=r"y_1 \le y_2 \le \cdots",
        source="Cuturi, Teboul & Vert 2019, Differentiable ranking and sorting using optimal transport, §1",
        target="torch.sort",
        outputs=(
            Port("values", dtype="any", pick=(0,), doc="The same numbers in order."),
            Port("indices", dtype="int", pick=(1,), doc="Where each of them was."),
        ),
        params=(_ALONG, flag("descending", "Largest first", False, "Whether they fall instead of rise.")),
        check=along("Sort", -1, whole_too=True),
        keywords="order rank ascending descending wasserstein",
    ),
    _ordering(
        kind="top_k",
        title="Top k",
        doc="The k largest numbers along an axis, and where they are, as in a mixture of experts.",
        formula=r"y_1 \ge y_2 \ge \cdots \ge y_k",
        source="Shazeer et al. 2017, Outrageously large neural networks: the sparsely-gated mixture-of-experts, §2.1",
        target="torch.topk",
        outputs=(
            Port("values", dtype="any", pick=(0,), doc="The k numbers, the first ones first."),
            Port("indices", dtype="int", pick=(1,), doc="Where each of them is."),
        ),
        params=(
            Param("k", "k", "int", 1, "How many numbers.", low=1, high=65_536),
            _ALONG,
            flag("largest", "Largest", True, "Whether the largest ones are taken, or the smallest."),
        ),
        check=_top_k_check,
        summary=lambda params: f"{whole(params, 'k'):,} · axis {whole(params, 'dim')}".replace("-", "−"),
        keywords="largest best beam experts gating select kmax",
        example=({"k": 3}, {"input": (SEQUENCE,)}),
    ),
)
