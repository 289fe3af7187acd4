"""A learning rate from a short trial: the rate grows from step to step until the loss does.

Smith 2017, Cyclical learning rates for training neural networks (section 3.3, the range test); exponential steps and
the smoothed loss: Gugger 2018, How do you find a good learning rate.

A second copy, whose rate is 0, goes through the same batches: what it loses tells hard batches from bad rates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from core.compiler.network import Network
from core.data.dataset import Dataset
from core.model.amounts import counted
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.project import Project
from core.model.settings import Optimizer, Schedule, Stop, Training
from core.training.trainer import Trainer
from core.training.turn import Turn

Floats = npt.NDArray[np.float64]
LOWEST, HIGHEST, STEPS = 1e-7, 10.0, 100
SMOOTHING = 0.8
"""The weight of the past in the loss that is judged; corrected for its start as in Adam (Kingma & Ba 2015)."""
WARM_UP = 5
"""Steps at the start whose slope says nothing yet."""
EPOCHS = 100_000
"""More than any trial has: its length is counted in steps."""
BAND = 0.01
"""Share of the first loss that a fall must reach to be one."""


@dataclass(frozen=True)
class RateSearch:
    """The trial: `rates`, `losses` and `smoothed` losses (steps) of the steps before the loss ran away.

    From the losses it is taken off how much harder or easier their batches are than others for the start weights.
    `steepest` is the rate at which the loss falls fastest, `below` a tenth of the rate where it is lowest; both are 0
    where the loss never fell. `diverged` says whether the trial ended because the loss ran away.
    """

    objective: str
    rates: Floats
    losses: Floats
    smoothed: Floats
    steepest: float
    below: float
    diverged: bool

    @property
    def suggestion(self) -> float:
        """The smaller of the two rates, with one digit; 0 where no rate helps."""
        return one_digit(min(self.steepest, self.below))

    @property
    def advice(self) -> str:
        """What comes out of it, in plain words."""
        if not self.suggestion:
            return "The loss fell at none of these rates: look at the data, the targets and the initial weights first."
        end = "then it runs away" if self.diverged else "and it never runs away"
        return (
            f"Use {self.suggestion:g}: the loss falls fastest at {self.steepest:.2g}, "
            f"is lowest at {10 * self.below:.2g}, {end}."
        )


def find_rate(
    project: Project,
    dataset: Dataset | None = None,
    *,
    objective: int = 0,
    steps: int = STEPS,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    device: str | None = None,
    start_from: Network | None = None,
    told: Callable[[float], object] = lambda share: None,
    is_over: Callable[[], bool] = lambda: False,
) -> RateSearch:
    """Trains a copy of the project from its start weights while the rate of one objective grows for `steps` steps.

    The others keep theirs. `told` hears the share that is done, `is_over` may end the trial early. Raises
    CompileError and ProjectError as a run does.
    """
    count = len(project.training.objectives)
    if not 0 <= objective < count:
        place = "training.objectives"
        raise ProjectError(f"There is no objective {objective + 1}.", place=place, fix=f"There are {count}.")
    if not 0 < lowest < highest or steps < 2:
        raise ProjectError(
            "The trial needs at least 2 steps, from a rate above 0 up to a higher one.", fix="Change its range."
        )
    trial = decode(encode(project))
    trial.training, batches = _settings(project.training, objective, steps, lowest)
    moving = Trainer(trial, dataset, device=device, start_from=start_from)
    still = Trainer(trial, moving.dataset, device=device, start_from=start_from)
    turn, rates = moving.turns[objective], np.geomspace(lowest, highest, steps)
    if not turn.descent.parameters:
        raise ProjectError("No layer has weights, so no rate is better than another.", fix="Add a layer that learns.")
    moving.tell_losses()
    still.tell_losses()
    for each in still.turns:
        each.descent.set_rate(0.0)
    losses: list[float] = []
    levels: list[float] = []
    for first, second in zip(_losses(moving, turn, rates / lowest), _losses(still, turn, None), strict=False):
        losses.append(first)
        levels.append(second)
        told(len(losses) / batches)
        if len(losses) == batches or is_over() or _ran_away(evened(losses, levels)):
            break
    if moving.failure and not losses:
        failure = moving.failure
        raise ProjectError(failure.message, place=failure.node, fix=failure.fix)
    stopped = len(losses) < batches and not is_over()
    return judged(turn.name, np.repeat(rates, turn.objective.accumulate), evened(losses, levels), diverged=stopped)


def _losses(trainer: Trainer, turn: Turn, factors: Floats | None) -> Iterator[float]:
    """The losses of an objective, batch by batch, while `factors` multiply its rate."""
    running, seen = iter(trainer), 0
    while True:
        if factors is not None:
            turn.descent.set_rate(factors[min(seen // turn.objective.accumulate, len(factors) - 1)])
        step = next(running, None)
        if step is None:
            return
        if turn.name in step.losses:
            seen += 1
            yield step.losses[turn.name]


def evened(losses: list[float], levels: list[float]) -> list[float]:
    """Losses (n,) less what the start weights lose at the same batches, more than in the mean."""
    mean = sum(levels) / max(1, len(levels))
    return [loss - level + mean for loss, level in zip(losses, levels, strict=True)]


def _settings(training: Training, index: int, steps: int, lowest: float) -> tuple[Training, int]:
    """Settings under which one objective always takes its turn and its rate is free; and the batches that it takes."""
    chosen = training.objectives[index]
    optimizer = Optimizer(chosen.optimizer.kind, {**chosen.optimizer.params, "lr": lowest})
    changed = msgspec.structs.replace(chosen, optimizer=optimizer, schedule=Schedule(), begin=1, end=0)
    objectives = (*training.objectives[:index], changed, *training.objectives[index + 1 :])
    batches = steps * chosen.accumulate
    settings = msgspec.structs.replace(
        training, objectives=objectives, epochs=EPOCHS, patience=0, stop=Stop(), checkpoints=0, metrics=("accuracy",)
    )
    return settings, batches


def smooth(losses: list[float], weight: float = SMOOTHING) -> Floats:
    """The exponential moving average of losses (n,) → (n,)."""
    mean, found = 0.0, []
    for index, loss in enumerate(losses, 1):
        mean = weight * mean + (1 - weight) * loss
        found.append(mean / (1 - weight**index))
    return np.array(found)


def _ran_away(losses: list[float]) -> bool:
    """Whether the loss is far above where it was lowest, and above where it began."""
    if not math.isfinite(losses[-1]):
        return True
    if len(losses) <= WARM_UP:
        return False
    smoothed = smooth(losses)
    best, first = float(smoothed.min()), float(smoothed[0])
    return bool(smoothed[-1] > best + 2 * max(abs(best), first - best))


def judged(objective: str, rates: Floats, losses: list[float], *, diverged: bool) -> RateSearch:
    """What the losses at these rates say."""
    kept = [loss for loss in losses if math.isfinite(loss)]
    rates = rates[: len(kept)]
    smoothed = smooth(kept)
    steepest = below = 0.0
    if len(kept) > WARM_UP:
        lowest = int(smoothed.argmin())
        if lowest > WARM_UP and smoothed[0] - smoothed[lowest] > BAND * abs(smoothed[0]):
            slopes = np.gradient(smoothed)[WARM_UP : lowest + 1]
            steepest, below = float(rates[WARM_UP + int(slopes.argmin())]), float(rates[lowest]) / 10
    return RateSearch(objective, rates, np.array(kept), smoothed, steepest, below, diverged)


def one_digit(rate: float) -> float:
    """A rate as one writes it: 0.0034 is 0.003."""
    return float(f"{rate:.0e}")


def summary(search: RateSearch) -> str:
    """How far the trial came."""
    return f"{counted(len(search.rates), 'step')} up to a rate of {search.rates[-1]:.1e}" if len(search.rates) else ""
