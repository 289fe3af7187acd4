"""Why a run ends before its last epoch: pure functions of what it has told so far. No torch."""

from __future__ import annotations

from core.model.amounts import counted, duration
from core.model.settings import Stop
from core.training.metrics import full_name, title_of, told
from core.training.records import Epoch, History


def reason(history: History, elapsed: float, stop: Stop, patience: int = 0) -> str:
    """Why a run should end now, at an epoch's end, in plain words; empty while it should go on.

    `elapsed` are the seconds of training. `patience` is in epochs without a better validation loss (Prechelt 1998,
    Early stopping – but when?), 0 for any number.
    """
    if not history.epochs:
        return ""
    epoch = history.epochs[-1]
    part, values = ("validation", epoch.validation) if epoch.validation else ("training", epoch.train)
    loss = values.get("loss")
    if stop.loss_below is not None and loss is not None and loss < stop.loss_below:
        return f"The {part} loss fell to {told('loss', loss)}, below {stop.loss_below:g}."
    if stop.above is not None and (value := values.get(stop.metric)) is not None and value > stop.above:
        name = title_of(full_name(stop.metric, values))
        shown, goal = told(stop.metric, value), told(stop.metric, stop.above)
        return f"{name} of the {part} part reached {shown}, more than {goal}."
    if stop.seconds is not None and elapsed >= stop.seconds:
        return f"The time of {duration(stop.seconds)} is over."
    waited = without_better(history.epochs)
    if patience and waited >= patience:
        best = epoch.epoch - waited
        return f"The {part} loss was not lower for {counted(waited, 'epoch')}; the best was epoch {best:,}."
    return ""


def without_better(epochs: list[Epoch]) -> int:
    """Epochs since the best one."""
    return next((index for index, epoch in enumerate(reversed(epochs)) if epoch.best), len(epochs))
