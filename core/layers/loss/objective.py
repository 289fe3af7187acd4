"""Losses without a target: numbers that are to fall, and penalties."""

from __future__ import annotations

from core.layers.loss.making import NUMBER, REDUCTION, VECTOR, loss
from core.layers.loss.shapes import real
from core.model.spec import Port

_PENALTY = "core.layers.modules.loss_objective.NormPenaltyLoss"
_ANY = Port("input", "...", doc="An activation, or a free Parameter, of any shape.")

SPECS = (
    loss(
        "mean_loss",
        "Mean loss",
        "Makes whatever arrives small, such as an energy; what arrives at “minus” is made large.",
        r"\ell = \frac{1}{N} \sum_{n} E^{+}_n - \frac{1}{M} \sum_{m} E^{-}_m",
        "LeCun, Chopra, Hadsell, Ranzato & Huang 2006, A tutorial on energy-based learning, §2;"
        " Hinton 2002, Training products of experts by minimizing contrastive divergence",
        "core.layers.modules.loss_objective.ObjectiveLoss",
        "expectation objective energy free energy rbm boltzmann contrastive divergence som minimise maximise",
        real("Mean loss", "plus", "minus"),
        inputs=(
            Port("plus", "...", doc="What shall fall, such as the free energy F(v) of the data."),
            Port("minus", "...", optional=True, doc="What shall rise, such as the free energy F(vₖ) of made samples."),
        ),
        example={"plus": (NUMBER,), "minus": (NUMBER,)},
    ),
    loss(
        "l1_penalty",
        "L1 penalty",
        "Keeps numbers small and many of them at 0: sparse codes. For the weights of layers, see the optimizer.",
        r"\ell = \frac{1}{n} \sum_{i} |x_i|",
        "Tibshirani 1996, Regression shrinkage and selection via the lasso",
        _PENALTY,
        "lasso sparse sparsity regularisation regularization absolute",
        real("L1 penalty", "input"),
        inputs=(_ANY,),
        example={"input": (VECTOR,)},
        derive=lambda inputs, params: {"p": 1},
    ),
    loss(
        "l2_penalty",
        "L2 penalty",
        "Keeps numbers small. For the weights of layers, weight_decay of the optimizer does the same.",
        r"\ell = \frac{1}{n} \sum_{i} x_i^{2}",
        "Hoerl & Kennard 1970, Ridge regression: biased estimation for nonorthogonal problems",
        _PENALTY,
        "ridge tikhonov weight decay regularisation regularization squares",
        real("L2 penalty", "input"),
        params=(REDUCTION,),
        inputs=(_ANY,),
        example={"input": (VECTOR,)},
        derive=lambda inputs, params: {"p": 2},
    ),
)
