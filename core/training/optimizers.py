"""The optimizers as declarative specs: forms, checks and the torch optimizer all follow from them.

Nothing here imports torch before an optimizer is made.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.model.spec import Param
from core.model.values import Params, Value
from core.training.spec import ChoiceSpec

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer

Group = dict[str, Any]
"""Parameters that have settings of their own: `params`, and what differs, such as `weight_decay`."""


def _lr(default: float) -> Param:
    doc = "Step size. Too large and the loss jumps or grows; too small and it hardly falls."
    return Param("lr", "Learning rate", "float", default, doc, above=0.0)


def _decay(default: float, doc: str) -> Param:
    return Param("weight_decay", "Weight decay", "float", default, doc, low=0.0)


def _share(name: str, title: str, default: float, doc: str) -> Param:
    return Param(name, title, "float", default, doc, low=0.0, below=1.0)


_L2 = "Factor of the weights that is added to the gradient (an L2 penalty)."
_EPS = Param("eps", "Epsilon", "float", 1e-8, "Small number in the denominator that avoids a division by 0.", above=0.0)
_BETAS = (
    _share("beta1", "β₁", 0.9, "How much of the mean gradient is kept from step to step."),
    _share("beta2", "β₂", 0.999, "How much of the mean squared gradient is kept from step to step."),
)


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(ChoiceSpec):
    """An optimizer; `target` is torch's class, `fused` whether torch has it as one kernel for the CPU and CUDA.

    One that `closes` computes the loss several times in a step. `states` are the numbers that it keeps for every
    parameter, momentum aside.
    """

    target: str
    fused: bool = True
    closes: bool = False
    states: int = 2

    def make(self, parameters: Iterable[Parameter] | Sequence[Group], **params: Value) -> Optimizer:
        """The torch optimizer over parameters, or over groups of them; defaults stand for what is not given."""
        settings: dict[str, Any] = self.complete(params)
        if "beta1" in settings:
            settings["betas"] = (settings.pop("beta1"), settings.pop("beta2"))
        if settings.get("line_search_fn") == "none":
            settings["line_search_fn"] = None
        if self.closes:
            # torch's has none: whoever computes the loss adds the penalty to it.
            settings.pop("weight_decay")
        moved: list[Any] = list(parameters)
        each = [p for one in moved for p in (one["params"] if isinstance(one, dict) else [one])]
        if self.fused and all(parameter.device.type in ("cpu", "cuda") for parameter in each):
            settings["fused"] = True
        module, _, name = self.target.rpartition(".")
        made: Optimizer = getattr(importlib.import_module(module), name)(moved, **settings)
        return made


def _nesterov_needs_momentum(params: Params) -> str:
    if params["nesterov"] and not params["momentum"]:
        return "Nesterov's step looks ahead along the momentum, which is 0; set a momentum such as 0.9."
    return ""


_ALL = (
    OptimizerSpec(
        kind="sgd",
        title="SGD",
        doc="Gradient descent on batches: a step against the gradient; momentum adds up past steps and smooths them.",
        formula=r"v \leftarrow \mu v + g, \quad \theta \leftarrow \theta - \eta v",
        source="Robbins & Monro 1951; momentum: Polyak 1964; Sutskever et al. 2013",
        target="torch.optim.SGD",
        states=0,
        params=(
            _lr(0.01),
            _share("momentum", "Momentum", 0.0, "How much of the last step is kept; 0 is plain gradient descent."),
            Param("nesterov", "Nesterov", "bool", False, "Takes the gradient where the momentum leads to (NAG)."),
            _decay(0.0, _L2),
        ),
        check=_nesterov_needs_momentum,
    ),
    OptimizerSpec(
        kind="adam",
        title="Adam",
        doc="Steps by the mean gradient over the root of its mean square: an own step size for every weight.",
        formula=r"m \leftarrow \beta_1 m + (1-\beta_1) g,\; v \leftarrow \beta_2 v + (1-\beta_2) g^2,\; "
        r"\theta \leftarrow \theta - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)",
        source="Kingma & Ba 2015, arXiv:1412.6980",
        target="torch.optim.Adam",
        params=(_lr(1e-3), *_BETAS, _EPS, _decay(0.0, _L2)),
    ),
    OptimizerSpec(
        kind="adamw",
        title="AdamW",
        doc="Adam whose weight decay shrinks the weights directly, apart from the gradient.",
        formula=r"\theta \leftarrow \theta - \eta \lambda \theta - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)",
        source="Loshchilov & Hutter 2019, arXiv:1711.05101",
        target="torch.optim.AdamW",
        params=(_lr(1e-3), *_BETAS, _EPS, _decay(1e-2, "Share η·λ by which every weight shrinks in a step.")),
    ),
    OptimizerSpec(
        kind="rmsprop",
        title="RMSprop",
        doc="Divides the gradient by the root of its running mean square.",
        formula=r"v \leftarrow \alpha v + (1-\alpha) g^2, \quad "
        r"\theta \leftarrow \theta - \eta\, g / (\sqrt{v} + \epsilon)",
        source="Tieleman & Hinton 2012, Neural Networks for Machine Learning, lecture 6e",
        target="torch.optim.RMSprop",
        states=1,
        fused=False,
        params=(
            _lr(0.01),
            _share("alpha", "α", 0.99, "How much of the mean squared gradient is kept from step to step."),
            _EPS,
            _share("momentum", "Momentum", 0.0, "How much of the last step is kept."),
            _decay(0.0, _L2),
        ),
    ),
    OptimizerSpec(
        kind="adagrad",
        title="Adagrad",
        doc="Divides by the root of the sum of all squared gradients: weights that moved much move ever less.",
        formula=r"v \leftarrow v + g^2, \quad \theta \leftarrow \theta - \eta\, g / (\sqrt{v} + \epsilon)",
        source="Duchi, Hazan & Singer 2011, JMLR 12",
        target="torch.optim.Adagrad",
        states=1,
        params=(
            _lr(0.01),
            Param("lr_decay", "Rate decay", "float", 0.0, "Divides the rate by 1 + decay · steps.", low=0.0),
            Param("eps", "Epsilon", "float", 1e-10, _EPS.doc, above=0.0),
            _decay(0.0, _L2),
        ),
    ),
    OptimizerSpec(
        kind="adadelta",
        title="Adadelta",
        doc="Divides the gradient by its running size and multiplies with that of the last steps.",
        formula=r"\Delta\theta = -\eta\, \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}}\, g, \quad "
        r"v \leftarrow \rho v + (1-\rho) g^2, \quad u \leftarrow \rho u + (1-\rho) \Delta\theta^2",
        source="Zeiler 2012, arXiv:1212.5701",
        target="torch.optim.Adadelta",
        fused=False,
        params=(
            _lr(1.0),
            _share("rho", "ρ", 0.9, "How much of the mean squares is kept from step to step."),
            Param("eps", "Epsilon", "float", 1e-6, _EPS.doc, above=0.0),
            _decay(0.0, _L2),
        ),
    ),
    OptimizerSpec(
        kind="nadam",
        title="NAdam",
        doc="Adam that looks ahead along its momentum, as Nesterov does.",
        formula=r"\theta \leftarrow \theta - \eta\, "
        r"\frac{\mu_{t+1} \hat m + (1 - \mu_t)\, \hat g}{\sqrt{\hat v} + \epsilon}",
        source="Dozat 2016, ICLR workshop",
        target="torch.optim.NAdam",
        fused=False,
        params=(
            _lr(2e-3),
            *_BETAS,
            _EPS,
            Param("momentum_decay", "Momentum decay", "float", 4e-3, "How fast the momentum grows to β₁.", low=0.0),
            _decay(0.0, _L2),
        ),
    ),
    OptimizerSpec(
        kind="radam",
        title="RAdam",
        doc="Adam that trusts its mean square only once it has seen enough steps, so that it needs no warm-up.",
        formula=r"\theta \leftarrow \theta - \eta\, r_t\, \hat m / (\sqrt{\hat v} + \epsilon)",
        source="Liu et al. 2020, arXiv:1908.03265",
        target="torch.optim.RAdam",
        fused=False,
        params=(_lr(1e-3), *_BETAS, _EPS, _decay(0.0, _L2)),
    ),
    OptimizerSpec(
        kind="lbfgs",
        title="L-BFGS",
        doc="Steps by an estimate of the curvature from past gradients; computes the loss several times in a step and "
        "wants the whole data as one batch.",
        formula=r"\theta \leftarrow \theta - \eta\, H_t\, g",
        source="Liu & Nocedal 1989, Mathematical Programming 45",
        target="torch.optim.LBFGS",
        states=3,
        fused=False,
        closes=True,
        params=(
            _lr(1.0),
            Param("max_iter", "Iterations", "int", 20, "How often a step improves on itself.", low=1, high=1000),
            Param("history_size", "Memory", "int", 10, "How many past gradients tell the curvature.", low=1, high=1000),
            Param(
                "line_search_fn",
                "Line search",
                "choice",
                "strong_wolfe",
                "Looks for a good length of the step; without it the rate alone decides.",
                choices=("strong_wolfe", "none"),
            ),
            _decay(0.0, "Half of it times the squared weights is added to the loss (an L2 penalty)."),
        ),
    ),
)

optimizers: dict[str, OptimizerSpec] = {spec.kind: spec for spec in _ALL}
"""Every optimizer by name, in the order of the form."""
