"""The one training engine: a project and its data in, a stream of steps out, on any thread and any device."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec
import torch
from torch import Tensor, nn

from core.compiler.build import build
from core.compiler.network import Network, carry_over
from core.data.dataset import Dataset, open_dataset
from core.model.fault import ProjectError
from core.model.file import decode, encode
from core.model.project import Project
from core.training.best import BestWeights
from core.training.checks import check_indices
from core.training.devices import choose_device
from core.training.diagnosis import failed_step, not_finite, spoken
from core.training.feed import Batch, Feed
from core.training.judge import Judge, judged_losses
from core.training.noise import Noise
from core.training.path import path_of
from core.training.records import Epoch, Failure, History, Metrics, Step
from core.training.schedules import Moment
from core.training.threads import cores, thread_count
from core.training.turn import Turn, loss_weights

FETCH = 64
"""Steps after which losses are fetched from a device where every look waits for it."""
EVALUATED, EVALUATED_MACS = 512, 2_000_000_000
"""Samples, and multiply-accumulates, at once when a part is evaluated, unless the batches are larger."""
FAULTS = (RuntimeError, ValueError, IndexError, MemoryError)
"""What torch raises when a step or an evaluation fails."""


class Trainer:
    """Trains a copy of a project; iterate it for its steps.

    Edits of the project that it was made from do not reach it. `failure` is set when the iteration ended because of a
    fault. `carried` names the weights that were taken over from `start_from`. Raises CompileError and ProjectError,
    and only when it is made. The same seed gives the same weights to the bit, however often it is paused or watched.
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
        if self.device.type == "cpu" and any(isinstance(m, nn.Conv2d) for m in self.network.root.modules()):
            # Convolutions on the CPU are 1.05 to 1.4 times as fast with the channels last in memory.
            self.network.root.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.carried = carry_over(start_from, self.network) if start_from else []
        self.feed = Feed(self.project, self.dataset, self.network.inputs, self.device)
        self._make_turns()
        modules = [m for m in self.network.root.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        self._frozen = [m for m in modules if m.affine and not m.weight.requires_grad]
        self._merge = bool(modules)
        self._noise = Noise(self.network.root, settings.seed, self.device)
        self.steps_per_epoch = self.feed.steps(settings.batch_size, self._merge)
        steps = settings.epochs * self.steps_per_epoch
        self.total_steps = steps if max_steps is None else max(1, min(steps, max_steps))
        self.total_epochs = -(-self.total_steps // self.steps_per_epoch)
        self.history = History()
        self.failure: Failure | None = None
        self.step = 0
        self.elapsed = 0.0
        self._waiting: list[Tensor] = []
        self._judged: list[float] = []
        self._best = BestWeights(self.network.root)
        self.path = path_of(self.network.root)
        self._run = self._iterate()

    def _make_turns(self) -> None:
        project, objectives = self.project, self.settings.objectives
        if all(objective.every > 1 for objective in objectives):
            fix = "Set “every” of one objective to 1."
            raise ProjectError("No objective takes its turn at every step.", place="training.objectives", fix=fix)
        wanted = [loss_weights(project, o, f"training.objectives[{i}]") for i, o in enumerate(objectives)]
        losses = list(dict.fromkeys(name for weights in wanted for name in weights))
        check_indices(project, self.dataset, self.network.inference, losses)
        self.judged = judged_losses(project, self.dataset.fields, losses)
        # The first loss with metrics gives them their plain names; those of the others say whose they are.
        later = [judged.loss for judged in self.judged if judged.measures][1:]
        summed = [name for name in losses if project.graph.nodes[name].params.get("reduction") == "sum"]

        def judge(names: Iterable[str]) -> Judge:
            batch_size = self.settings.batch_size
            return Judge(list(names), self.judged, prefixed=later, summed=summed, batch_size=batch_size)

        self.turns = [
            Turn(self.network, project, index, self.feed.names, judge(weights)) for index, weights in enumerate(wanted)
        ]
        self._judge = judge(losses)
        self._evaluation = self.network.program([(name, "loss") for name in losses] + list(self._judge.ports))
        self._evaluation_takes = [self.feed.names.index(name) for name in self.network.inputs_of(self._evaluation)]

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

    def prepare_thread(self) -> None:
        """Sets how many threads torch takes on the calling thread; the iteration does it at its start."""
        torch.set_num_threads(thread_count(self.network.inference.macs, self.settings.batch_size, cores()))

    def _iterate(self) -> Iterator[Step]:
        self.prepare_thread()
        self._training_mode()
        order = torch.Generator().manual_seed(self.settings.seed)
        waited = 0
        for epoch in range(1, self.total_epochs + 1):
            begin = self.elapsed
            moment = Moment(self.step, epoch - 1, self.total_steps, self._judged)
            self._set_rates("epoch", moment)
            for batch in self.feed.epoch(self.settings.batch_size, self._merge, order):
                start = time.perf_counter()
                losses = self._step(batch, moment)
                if losses is None:
                    return
                ended = None
                if self.step == self.total_steps or self.step % self.steps_per_epoch == 0:
                    ended = self._end_epoch(epoch, batch, start + begin - self.elapsed)
                    if ended is None:
                        return
                    waited = 0 if ended.best else waited + 1
                if self.path:
                    self.path.record()
                self.elapsed += time.perf_counter() - start
                yield Step(self.step, epoch, sum(losses.values()), batch[0].shape[0], losses, ended)
                if self.step == self.total_steps:
                    return
            if self.settings.patience and waited >= self.settings.patience:
                return

    def _step(self, batch: Batch, moment: Moment) -> dict[str, float] | None:
        """One optimizer step of every objective whose turn it is; None when it failed."""
        moment.step = self.step
        self._set_rates("step", moment)
        self.step += 1
        losses: dict[str, float] = {}
        unfetched: list[Tensor] = []
        for turn in self.turns:
            if turn.every > 1 and (self.step - 1) % turn.every:
                continue
            try:
                with self._noise.turn:
                    self._noise.seed(self.step, turn.index)
                    loss, outputs = turn.forward(batch)
                if self._fetches:
                    unfetched.append(loss.detach())
                    losses[turn.name] = math.nan
                else:
                    losses[turn.name] = value = loss.item()
                    if not math.isfinite(value):
                        self._blame(turn, batch, f"The loss became {spoken(value)} at step {self.step:,}")
                        return None
                turn.update(loss)
            except FAULTS as error:
                self.failure = failed_step(error, turn.program, turn.arguments(batch), self.settings.batch_size)
                return None
            turn.judge.add(outputs, batch[0].shape[0])
        if self.network.copies:
            self.network.update_copies()
        if not self._fetches:
            self.history.losses.append(sum(losses.values()))
        else:
            self._waiting.append(torch.stack(unfetched).sum() if len(unfetched) > 1 else unfetched[0])
        if len(self._waiting) >= FETCH and not self._fetch(batch):
            return None
        return losses

    @property
    def _fetches(self) -> bool:
        """Whether losses are fetched now and then, because a look at each would hold up the device."""
        return self.device.type != "cpu"

    def _fetch(self, batch: Batch) -> bool:
        """Brings the waiting losses into the history; False when one of them is not finite."""
        if not self._waiting:
            return True
        values = torch.stack(self._waiting).cpu().tolist()
        self._waiting.clear()
        self.history.losses.extend(values)
        bad = next((value for value in values if not math.isfinite(value)), None)
        if bad is not None:
            self._blame(self.turns[0], batch, f"The loss became {spoken(bad)} by step {self.step:,}")
        return bad is None

    def _blame(self, turn: Turn, batch: Batch, begin: str) -> None:
        """Finds where a loss that is not finite began, with the random numbers of the same step."""
        with self._noise.turn:
            self._noise.seed(self.step, turn.index)
            self.failure = not_finite(turn.program, turn.arguments(batch), begin, turn.rate)

    def _set_rates(self, when: str, moment: Moment) -> None:
        for turn in self.turns:
            if turn.schedule.moves == when:
                turn.set_rate(moment)

    def _training_mode(self) -> None:
        """Training mode everywhere but in frozen batch normalisation, whose statistics shall not move either."""
        self.network.train()
        for module in self._frozen:
            module.eval()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Evaluation mode without gradients; afterwards the run goes on as if nothing had been."""
        self.network.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self._training_mode()

    def _end_epoch(self, epoch: int, batch: Batch, begin: float) -> Epoch | None:
        """Closes an epoch that began at `begin` of the clock; None when it brought a failure to light."""
        if not self._fetch(batch):
            return None
        closed = [(turn, *turn.judge.close()) for turn in self.turns]
        train = self._metrics([(turn, losses) for turn, losses, _ in closed if losses])
        for _, _, found in closed:
            train |= found
        try:
            validation = self.evaluate("validation")
        except FAULTS as error:
            self.failure = failed_step(error, self._evaluation, self._evaluated(batch), self.settings.batch_size)
            return None
        loss = (validation or train)["loss"]
        if not math.isfinite(loss):
            which = "validation" if validation else "training"
            self._blame(self.turns[0], batch, f"The {which} loss became {spoken(loss)} in epoch {epoch:,}")
            return None
        self._judged.append(loss)
        best = self._best.offer(loss)
        ended = Epoch(epoch, self.step, train, validation, self.learning_rate, time.perf_counter() - begin, best)
        self.history.epochs.append(ended)
        return ended

    def _metrics(self, turns: list[tuple[Turn, dict[str, float]]]) -> Metrics:
        """The loss, and that of every objective where there are several."""
        totals = {turn.name: turn.total(losses) for turn, losses in turns}
        found = {"loss": sum(totals.values())}
        return found | {f"loss ({name})": value for name, value in totals.items()} if len(self.turns) > 1 else found

    def _evaluated(self, batch: Batch) -> Batch:
        return tuple(batch[place] for place in self._evaluation_takes)

    def evaluate(self, part: str) -> Metrics:
        """The metrics of the present weights over `train`, `validation` or `test`; empty where it has no samples."""
        if not self.feed.size(part):
            return {}
        at_once = max(1, min(EVALUATED, EVALUATED_MACS // max(1, self.network.inference.macs)))
        with self.looking():
            for batch in self.feed.chunks(part, max(self.settings.batch_size, at_once)):
                self._judge.add(self._evaluation(*self._evaluated(batch)), batch[0].shape[0])
        losses, found = self._judge.close()
        return self._metrics([(turn, losses) for turn in self.turns]) | found

    def best_state(self) -> dict[str, Tensor]:
        """The best weights so far by name; not to be changed."""
        return self._best.state()

    def restore_best(self) -> None:
        """Puts the weights of the best epoch into the network: by validation loss, else by training loss."""
        self._best.restore()

    def test(self) -> Metrics:
        """The metrics of the best weights over the test part; the present weights stay in the network."""
        with self._best.in_place():
            return self.evaluate("test")
