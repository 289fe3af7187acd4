"""Hard decisions, whose gradient is 0 everywhere."""

from __future__ import annotations

from core.layers.activation.making import activation
from core.model.spec import Param


def _at_zero(low: float) -> Param:
    return Param("at_zero", "Value at 0", "float", 1.0, "What comes out for exactly 0.", low=low, high=1)


SIGN = activation(
    "sign",
    "Sign",
    "Decides between −1 and +1; its gradient is 0 everywhere, so nothing before it learns through it.",
    r"y = \begin{cases} 1 & x \geq 0 \\ -1 & x < 0 \end{cases}",
    "Rosenblatt 1958, The perceptron: a probabilistic model for information storage and organization in the brain",
    "core.layers.modules.activation.Sign",
    "threshold hard decision perceptron signum",
    params=(_at_zero(-1),),
)
STEP = activation(
    "step",
    "Step",
    "Decides between 0 and 1 at the threshold 0; its gradient is 0 everywhere, so nothing before it learns through it.",
    r"y = \begin{cases} 1 & x \geq 0 \\ 0 & x < 0 \end{cases}",
    "McCulloch & Pitts 1943, A logical calculus of the ideas immanent in nervous activity",
    "core.layers.modules.activation.Step",
    "threshold heaviside hard decision perceptron mcculloch pitts",
    params=(_at_zero(0),),
)

SPECS = (SIGN, STEP)
