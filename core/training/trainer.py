"""The one training engine: a project and its data in, a stream of steps out, on any thread and any device."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
import torch
from torch import Tensor

from core.compiler.build import build
from core.compiler.network import Network, carry_over
from core.data.dataset import Dataset, open_dataset
from core.model.file import decode, encode
from core.model.project import Project
from core.training.acting import feed_for
from core.training.best import BestWeights
from core.training.compiled.tier import Tier
from core.training.devices import choose_device
from core.training.diagnosis import failed_step, not_finite, spoken
from core.training.evaluation import summary
from core.training.feed import Batch
from core.training.layout import arrange
from core.training.ledger import Ledger
from core.training.metrics.episodes import reported
from core.training.modes import Modes
from core.training.noise import Noise
from core.training.objectives import Objectives
from core.training.path import path_of
from core.training.precision import Precision
from core.training.records import Epoch, Failure, History, Metrics, Step
from core.training.starts import Starts
from core.training.stopping import reason
from core.training.threads import cores, thread_count
from core.training.turn import Turn

FAULTS = (RuntimeError, ValueError, IndexError, MemoryError)
"""What torch raises when a step or an evaluation fails."""


class Trainer:
    """Trains a copy of a project; iterate it for its steps.

    Edits of the project that it was made from do not reach it. `failure` is set when the iteration ended because of a
    fault, `ended_by` says in words which stop criterion ended it before its last epoch. `carried` names the weights
    that were taken over from `start_from`. Raises CompileError and ProjectError, and only when it is made. The same
    seed gives the same weights to the bit, however often it is paused or watched.
    """

    def __init__(
        self,
        project: Project,
        dataset: Dataset | None = None,
        *,
        device: str | None = None,
        seed: int | None = None,
        epochs: int | None = None,
        max_steps: int | None = None,
        start_from: Network | None = None,
    ) -> None:
        self.project = decode(encode(project))
        given = {"device": device, "seed": seed, "epochs": epochs}
        changed = {name: value for name, value in given.items() if value is not None}
        self.project.training = msgspec.structs.replace(project.training, **changed)
        self.settings = settings = self.project.training
        self.device = choose_device(settings.device)
        self.dataset = dataset or open_dataset(self.project.data)
        self.network = build(self.project, self.dataset.fields, seed=settings.seed, device=str(self.device))
        arrange(self.network.root, self.device, settings.layout)
        self.carried = carry_over(start_from, self.network) if start_from else []
        self._modes = Modes(self.network.root)
        self._merge, self.looking = self._modes.has_batch_norm, self._modes.looking
        self.feed = feed_for(self.project, self.dataset, self.network, self.device, self.looking)
        self.steps_per_epoch = self.feed.steps(settings.batch_size, self._merge)
        steps = settings.epochs * self.steps_per_epoch
        self.total_steps = steps if max_steps is None else max(1, min(steps, max_steps))
        self.total_epochs = -(-self.total_steps // self.steps_per_epoch)
        precision = Precision(settings.precision, self.device)
        self.objectives = Objectives(
            self.project, self.dataset, self.network, self.feed, precision, self.steps_per_epoch
        )
        self.turns, self.judged = self.objectives.turns, self.objectives.judged
        self._starts = Starts(self.network, self.turns)
        self.tier = Tier(self.turns, settings, self.device, self.network.inference.macs)
        self._noise = Noise(self.network.graph, settings.seed, self.device)
        self.history = History()
        self.failure: Failure | None = None
        self.ended_by = ""
        self.step = 0
        self.elapsed = 0.0
        self._order = torch.Generator().manual_seed(settings.seed)
        self._order_state = self._order.get_state()
        self._ledger = Ledger(self.history, self.device)
        self._judged: list[float] = []
        self._best = BestWeights(self.network.root)
        self.path = path_of(self.network.root)
        self._run = self._iterate()

    def __iter__(self) -> Iterator[Step]:
        """The one stream of steps: breaking off and iterating again goes on where it was."""
        return self._run

    @property
    def remaining(self) -> float:
        """Seconds of training left at the pace so far; nan before the first step."""
        return self.elapsed / self.step * (self.total_steps - self.step) if self.step else math.nan

    @property
    def learning_rate(self) -> float:
        """The present rate of the first objective."""
        return self.turns[0].rate

    def tell_losses(self) -> None:
        """Lets every step tell its losses at once, though looking at them holds up a device."""
        self._ledger.waits = False

    def prepare_thread(self) -> None:
        """Sets how many threads torch takes on the calling thread; the iteration does it at its start."""
        torch.set_num_threads(thread_count(self.network.inference.macs, self.settings.batch_size, cores()))

    def _iterate(self) -> Iterator[Step]:
        self.prepare_thread()
        self._modes.train()
        done, skip = divmod(self.step, self.steps_per_epoch)
        for epoch in range(done + 1, self.total_epochs + 1):
            if not skip and (why := self._reason()):
                self.ended_by = why
                return
            begin = self.elapsed
            if epoch == 1 or self.objectives.active(epoch) != self.objectives.active(epoch - 1):
                # Losses of other objectives are no measure for these.
                self._best.loss = math.inf
            self._order_state = self._order.get_state()
            for batch in self.feed.epoch(self.settings.batch_size, self._merge, self._order, skip):
                start = time.perf_counter()
                losses = self._step(batch, epoch)
                if losses is None:
                    return
                ended = None
                if self.step == self.total_steps or self.step % self.steps_per_epoch == 0:
                    ended = self._end_epoch(epoch, batch, start + begin - self.elapsed)
                    if ended is None:
                        return
                if self.path:
                    self.path.record()
                self.elapsed += time.perf_counter() - start
                yield Step(self.step, epoch, sum(losses.values()), batch[0].shape[0], losses, ended)
                if self.step == self.total_steps:
                    return
            skip = 0

    def _reason(self) -> str:
        """Why no further epoch should begin; empty when one should."""
        if self.history.epochs and not any(turn.descent.parameters for turn in self.turns):
            return "Nothing here learns, for no layer has weights; all the rest can be looked at."
        return reason(self.history, self.elapsed, self.settings.stop, self.settings.patience)

    def _step(self, batch: Batch, epoch: int) -> dict[str, float] | None:
        """One step of every objective whose turn it is; None when it failed."""
        is_first = self.step % self.steps_per_epoch == 0
        turns = self.objectives.at(self.step, epoch)
        for turn in self.turns:
            if turn.schedule.moves == "step" or (is_first and turn.schedule.moves == "epoch"):
                turn.set_rate(self.step, epoch - 1, self.total_steps, self._judged)
        self.step += 1
        is_last = self.step % self.steps_per_epoch == 0 or self.step == self.total_steps
        samples = batch[0].shape[0]
        losses: dict[str, float] = {}
        tensors: list[Tensor] = []
        for turn in turns:
            try:
                fast = turn.fast(batch) if turn.fast else None
                loss, outputs = fast or self._noise.forward(turn, batch, self.step)
                tensors.append(loss)
                losses[turn.name] = value = math.nan if self._ledger.waits else loss.item()
                if not (self._ledger.waits or math.isfinite(value)):
                    self._blame(turn, batch, f"The loss became {spoken(value)} at step {self.step:,}")
                    return None
                if fast is None:
                    turn.descent.update(loss, samples, partial(self._again, turn, batch), last=is_last)
            except FAULTS as error:
                self.failure = failed_step(error, turn.program, turn.arguments(batch), self.settings.batch_size)
                return None
            turn.judge.add(outputs, samples)
        if self.network.copies:
            self.network.update_copies()
            self._starts.follow(epoch)
        bad = self._ledger.add(list(losses.values()), tensors)
        return losses if self._is_finite(bad, batch) else None

    def _is_finite(self, bad: float | None, batch: Batch) -> bool:
        """Whether the losses that came from the device are finite; the run is blamed otherwise."""
        if bad is not None:
            self._blame(self.turns[0], batch, f"The loss became {spoken(bad)} by step {self.step:,}")
        return bad is None

    def _again(self, turn: Turn, batch: Batch) -> Tensor:
        """The loss of a batch with the present weights and the random numbers of the same step."""
        return self._noise.forward(turn, batch, self.step)[0]

    def _blame(self, turn: Turn, batch: Batch, begin: str) -> None:
        """Finds where a loss that is not finite began, with the random numbers of the same step."""
        with self._noise.turn:
            self._noise.seed(self.step, turn.index)
            self.failure = not_finite(turn.program, turn.arguments(batch), begin, turn.rate)

    def _end_epoch(self, epoch: int, batch: Batch, begin: float) -> Epoch | None:
        """Closes an epoch that began at `begin` of the clock; None when it brought a failure to light."""
        if not self._is_finite(self._ledger.fetch(), batch):
            return None
        closed = [(turn, *turn.judge.close()) for turn in self.turns]
        train = summary([(turn, losses) for turn, losses, _ in closed if losses], named=len(self.turns) > 1)
        for found in (*(found for _, _, found in closed), reported(self.feed)):
            train |= found
        try:
            validation = self.evaluate("validation")
        except FAULTS as error:
            program = self.objectives.evaluation
            self.failure = failed_step(error, program.program, program.arguments(batch), self.settings.batch_size)
            return None
        loss = (validation or train)["loss"]
        if not math.isfinite(loss):
            which = "validation" if validation else "training"
            self._blame(self.turns[0], batch, f"The {which} loss became {spoken(loss)} in epoch {epoch:,}")
            return None
        self._judged.append(loss)
        self.tier.end_epoch()
        best = self._best.offer(loss)
        ended = Epoch(epoch, self.step, train, validation, self.learning_rate, time.perf_counter() - begin, best)
        self.history.epochs.append(ended)
        return ended

    def evaluate(self, part: str) -> Metrics:
        """The metrics of the present weights over `train`, `validation` or `test`; empty where it has no samples."""
        if not self.feed.size(part):
            return {}
        epoch = max(1, -(-self.step // self.steps_per_epoch))
        with self.looking(), self._noise.evaluating():
            return self.objectives.evaluation.over(part, self.objectives.active(epoch), self.settings.batch_size)

    def best_state(self) -> dict[str, Tensor]:
        """The best weights so far by name; not to be changed."""
        return self._best.state()

    def restore_best(self) -> None:
        """Puts the weights of the best epoch into the network: by validation loss, else by training loss.

        Where the project keeps the last weights, those stay.
        """
        if self.settings.keeps == "best":
            self._best.restore()

    def test(self) -> Metrics:
        """The metrics of the weights that are kept over the test part; the present ones stay in the network."""
        if self.settings.keeps == "last":
            return self.evaluate("test")
        with self._best.in_place():
            return self.evaluate("test")

    def state(self) -> dict[str, Any]:
        """All that it takes to go on exactly from here, of numbers, texts and tensors that are not copies."""
        self._ledger.fetch()
        return {
            "step": self.step,
            "elapsed": self.elapsed,
            "judged": self._judged,
            # An epoch that is over has drawn its order already.
            "order": self._order_state if self.step % self.steps_per_epoch else self._order.get_state(),
            "network": self.network.state(),
            "feed": self.feed.state(),
            "turns": [turn.state() for turn in self.turns],
            "best": self._best.saved(),
            "history": self.history.state(),
            "path": self.path.state() if self.path else None,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on where `state` was taken; to be called before the first step, on a trainer of the same project."""
        self.step, self.elapsed = state["step"], state["elapsed"]
        self._judged = list(state["judged"])
        self._order.set_state(state["order"])
        self.network.restore(state["network"])
        self.feed.restore(state["feed"])
        for turn, saved in zip(self.turns, state["turns"], strict=True):
            turn.restore(saved, self.device)
            turn.set_rate(self.step, self.step // self.steps_per_epoch, self.total_steps, self._judged)
        self._best.restore_from(state["best"])
        self.history.restore(state["history"])
        if self.path and state["path"] is not None:
            self.path.restore(state["path"])
