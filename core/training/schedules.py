"""Learning-rate schedules as pure functions: the factor on the base rate at a moment of the run. No torch.

A schedule keeps no state of its own, so a run can be paused, stepped or replayed and always has the same rates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.model.spec import Param
from core.model.values import Params
from core.training.spec import ChoiceSpec, number


@dataclass(slots=True)
class Moment:
    """Where a run is: steps and epochs done, how many there will be, and the loss of every epoch so far.

    `losses` are validation losses (training losses where there is no validation part).
    """

    step: int
    epoch: int
    total_steps: int
    losses: Sequence[float] = ()


@dataclass(frozen=True, kw_only=True)
class ScheduleSpec(ChoiceSpec):
    """A schedule; `moves` says when the rate changes: never, at every epoch or at every step."""

    moves: Literal["never", "epoch", "step"]
    rule: Callable[[Moment, dict[str, float]], float]

    def factor(self, moment: Moment, params: Params) -> float:
        """What the base learning rate is multiplied with at this moment."""
        return self.rule(moment, {name: number(value) for name, value in self.complete(params).items()})


def _constant(_moment: Moment, _p: dict[str, float]) -> float:
    return 1.0


def _step(moment: Moment, p: dict[str, float]) -> float:
    return float(p["gamma"] ** (moment.epoch // int(p["step_size"])))


def _exponential(moment: Moment, p: dict[str, float]) -> float:
    return float(p["gamma"] ** moment.epoch)


def _half_wave(done: float, floor: float) -> float:
    """From 1 to `floor` along half a cosine, for a share `done` from 0 to 1."""
    return floor + (1.0 - floor) * (1.0 + math.cos(math.pi * min(1.0, done))) / 2.0


def _cosine(moment: Moment, p: dict[str, float]) -> float:
    return _half_wave(moment.step / max(1, moment.total_steps), p["floor"])


def _warmup_cosine(moment: Moment, p: dict[str, float]) -> float:
    warmup = int(p["warmup_steps"])
    if moment.step < warmup:
        return (moment.step + 1) / (warmup + 1)
    return _half_wave((moment.step - warmup) / max(1, moment.total_steps - warmup), p["floor"])


def _warmup(moment: Moment, p: dict[str, float]) -> float:
    warmup = int(p["warmup_steps"])
    return min(1.0, (moment.step + 1) / (warmup + 1))


def _linear(moment: Moment, p: dict[str, float]) -> float:
    done = min(1.0, moment.step / max(1, moment.total_steps))
    return 1.0 + done * (p["floor"] - 1.0)


def _one_cycle(moment: Moment, p: dict[str, float]) -> float:
    top, last = p["rise"] * moment.total_steps - 1.0, moment.total_steps - 1.0
    start, end = 1.0 / p["start"], 1.0 / (p["start"] * p["end"])
    if moment.step <= top:
        # The half wave falls from 1; read from its end it rises to 1.
        return _half_wave(1.0 - moment.step / top, start) if top > 0 else 1.0
    return _half_wave((moment.step - top) / max(last - top, 1e-12), end)


def _inverse_root(moment: Moment, p: dict[str, float]) -> float:
    warmup, step = max(1.0, p["warmup_steps"]), moment.step + 1
    return min(step / warmup, math.sqrt(warmup / step))


def _plateau(moment: Moment, p: dict[str, float]) -> float:
    factor, best, waiting = 1.0, math.inf, 0
    for loss in moment.losses:
        waiting += 1
        if loss < best * (1.0 - math.copysign(p["threshold"], best)):
            best, waiting = loss, 0
        if waiting > p["patience"]:
            factor, waiting = factor * p["factor"], 0
    return factor


_FLOOR = Param("floor", "Floor", "float", 0.0, "Share of the rate that is left at the end.", low=0.0, high=1.0)
_WARMUP = Param(
    "warmup_steps", "Warm-up", "int", 100, "Steps over which the rate rises from near 0.", low=0, unit="steps"
)


def _gamma(default: float) -> Param:
    return Param("gamma", "γ", "float", default, "What the rate is multiplied with.", above=0.0, high=1.0)


_ALL = (
    ScheduleSpec(
        kind="constant",
        title="Constant",
        doc="The same learning rate from the first step to the last.",
        formula=r"\eta_t = \eta",
        source="Robbins & Monro 1951",
        params=(),
        moves="never",
        rule=_constant,
    ),
    ScheduleSpec(
        kind="step",
        title="Steps",
        doc="Multiplies the rate with γ after every so many epochs.",
        formula=r"\eta_e = \eta\, \gamma^{\lfloor e / k \rfloor}",
        source="He et al. 2016, arXiv:1512.03385 (section 3.4)",
        params=(
            Param("step_size", "Every", "int", 10, "Epochs between two reductions.", low=1, unit="epochs"),
            _gamma(0.1),
        ),
        moves="epoch",
        rule=_step,
    ),
    ScheduleSpec(
        kind="exponential",
        title="Exponential",
        doc="Multiplies the rate with γ after every epoch.",
        formula=r"\eta_e = \eta\, \gamma^{e}",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, chapter 8",
        params=(_gamma(0.95),),
        moves="epoch",
        rule=_exponential,
    ),
    ScheduleSpec(
        kind="cosine",
        title="Cosine",
        doc="Lets the rate fall to the floor along half a cosine over the whole run.",
        formula=r"\eta_t = \eta \left(f + (1-f)\, \tfrac{1 + \cos(\pi t / T)}{2}\right)",
        source="Loshchilov & Hutter 2017, arXiv:1608.03983",
        params=(_FLOOR,),
        moves="step",
        rule=_cosine,
    ),
    ScheduleSpec(
        kind="warmup-cosine",
        title="Warm-up, then cosine",
        doc="Raises the rate in a line over the first steps, then lets it fall along half a cosine.",
        formula=r"\eta_t = \eta\, \tfrac{t+1}{w+1} \;(t < w), \quad "
        r"\eta \left(f + (1-f)\, \tfrac{1 + \cos(\pi (t-w)/(T-w))}{2}\right)",
        source="Goyal et al. 2017, arXiv:1706.02677; Loshchilov & Hutter 2017, arXiv:1608.03983",
        params=(_WARMUP, _FLOOR),
        moves="step",
        rule=_warmup_cosine,
    ),
    ScheduleSpec(
        kind="warmup",
        title="Warm-up",
        doc="Raises the rate in a line over the first steps; then it stays.",
        formula=r"\eta_t = \eta \min\!\left(1,\; \tfrac{t+1}{w+1}\right)",
        source="Goyal et al. 2017, arXiv:1706.02677 (section 2.2)",
        params=(_WARMUP,),
        moves="step",
        rule=_warmup,
    ),
    ScheduleSpec(
        kind="linear",
        title="Linear",
        doc="Lets the rate fall to the floor in a line over the whole run.",
        formula=r"\eta_t = \eta \left(1 - (1-f)\, \tfrac{t}{T}\right)",
        source="Devlin et al. 2019, arXiv:1810.04805 (appendix A.2)",
        params=(_FLOOR,),
        moves="step",
        rule=_linear,
    ),
    ScheduleSpec(
        kind="one-cycle",
        title="One cycle",
        doc="Raises the rate from a low start to the full rate, then lets it fall far below where it began.",
        formula=r"\tfrac{\eta}{a} \;\nearrow\; \eta \;\searrow\; \tfrac{\eta}{a\,b}",
        source="Smith & Topin 2018, arXiv:1708.07120",
        params=(
            Param("rise", "Rise", "float", 0.3, "Share of the steps in which the rate rises.", low=0.0, below=1.0),
            Param("start", "Start a", "float", 25.0, "The full rate is so many times the first one.", low=1.0),
            Param("end", "End b", "float", 1e4, "The first rate is so many times the last one.", low=1.0),
        ),
        moves="step",
        rule=_one_cycle,
    ),
    ScheduleSpec(
        kind="inverse-root",
        title="Warm-up, then inverse root",
        doc="Raises the rate in a line over the first steps, then lets it fall with the root of the steps.",
        formula=r"\eta_t = \eta \min\!\left(\tfrac{t}{w},\; \sqrt{w / t}\right)",
        source="Vaswani et al. 2017, arXiv:1706.03762 (section 5.3)",
        params=(_WARMUP,),
        moves="step",
        rule=_inverse_root,
    ),
    ScheduleSpec(
        kind="plateau",
        title="On plateau",
        doc="Multiplies the rate with a factor when the validation loss has not fallen for so many epochs.",
        formula=r"\eta \leftarrow \eta\, \gamma \;\text{ after } p \text{ epochs without a lower loss}",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, chapter 11",
        params=(
            Param("factor", "Factor", "float", 0.1, "What the rate is multiplied with.", above=0.0, below=1.0),
            Param(
                "patience", "Patience", "int", 10, "Epochs without a lower loss that are waited.", low=0, unit="epochs"
            ),
            Param("threshold", "Threshold", "float", 1e-4, "Relative fall that counts as lower.", low=0.0, below=1.0),
        ),
        moves="epoch",
        rule=_plateau,
    ),
)

schedules: dict[str, ScheduleSpec] = {spec.kind: spec for spec in _ALL}
"""Every schedule by name, in the order of the form."""
