"""A softmax over very many classes, of which the rare ones share narrow layers."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.activation.making import activation
from core.layers.complaints import changing, not_real
from core.layers.parameters import MOST, flag, size
from core.layers.reading import first, number, sizes, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value


def _cutoffs(params: Params) -> tuple[int, ...]:
    given = params.get("cutoffs")
    return (given,) if isinstance(given, int) else sizes(params, "cutoffs")


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_features": first(inputs).size(-1), "cutoffs": _cutoffs(params)}


def _check(inputs: Inputs, params: Params) -> Complaint | None:
    arriving = first(inputs)
    if wrong := not_real("Adaptive log-softmax", arriving) or changing("Adaptive log-softmax", arriving, -1):
        return wrong
    cutoffs, classes = _cutoffs(params), whole(params, "n_classes")
    rising = tuple(sorted({cutoff for cutoff in cutoffs if cutoff < classes}))
    shown = ", ".join(f"{cutoff:,}" for cutoff in cutoffs)
    if rising != cutoffs:
        better = rising or (classes // 2,)
        return Complaint(
            f"The classes are cut at {shown}: cuts must rise and stay below the number of classes ({classes:,}).",
            f"Choose {', '.join(f'{cutoff:,}' for cutoff in better)}.",
            params={"cutoffs": better},
        )
    features, divisor = arriving.size(-1), number(params, "div_value")
    narrowest = features // divisor ** len(cutoffs)
    if narrowest >= 1:
        return None
    return Complaint(
        f"Each cluster is {divisor:g} times narrower than the one before: of {features:,} features, nothing is left "
        f"for cluster {len(cutoffs)}.",
        "Choose a narrowing of 1, or fewer cuts.",
        params={"div_value": 1.0},
    )


ADAPTIVE_LOG_SOFTMAX = activation(
    "adaptive_log_softmax",
    "Adaptive log-softmax",
    "Log-probabilities of very many classes, sorted by how common they are: the common ones have scores of their own, "
    "the rare ones share clusters behind narrow layers, which saves parameters and work. With the NLL loss behind it, "
    "it is torch's AdaptiveLogSoftmaxWithLoss.",
    r"\log p(y \mid x) = \log p(c_y \mid x) + \log p(y \mid c_y, x)",
    "Grave, Joulin, Cissé, Grangier & Jégou 2017, Efficient softmax approximation for GPUs",
    "core.layers.modules.activation.AdaptiveLogSoftmax",
    "adaptive softmax hierarchical vocabulary words rare frequency zipf clusters cutoffs with loss language model",
    params=(
        size("n_classes", "Classes", 1000, "How many classes there are; class 0 is the most common one."),
        Param(
            "cutoffs",
            "Cuts",
            "ints",
            (100,),
            "Where clusters begin: with 100 × 500, classes 0–99 stand in the head, 100–499 in the first cluster, the "
            "others in the second.",
            low=1,
            high=MOST,
            lengths=(1, 2, 3, 4, 5, 6),
        ),
        Param(
            "div_value",
            "Narrowing",
            "float",
            4.0,
            "How many times narrower the layer of each further cluster is.",
            low=1.0,
            high=64.0,
        ),
        flag("head_bias", "Bias", False, "Whether the scores of the head have a bias."),
    ),
    derive=_sizes,
    check=_check,
    summary=lambda params: f"{whole(params, 'n_classes'):,}",
    takes=Port("input", "N ... F", doc="Features of each sample, or of each step."),
    gives=Port("output", "N ... F", doc="The log-probability of every class."),
    example=({"n_classes": 12, "cutoffs": (4, 8), "div_value": 2.0}, {"input": (TensorType(("N", 8)),)}),
)
SPECS = (ADAPTIVE_LOG_SOFTMAX,)
