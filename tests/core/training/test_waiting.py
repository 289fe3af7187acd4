"""Nothing in a step waits for a GPU: found without one, by the operators that would have to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import presets
from core.model.project import Project
from core.model.settings import Objective, Optimizer, Schedule, Split
from core.model.tensor import Field
from core.training.metrics import Measure, Question, Tally, measures_for, metrics, question_of, tally
from core.training.metrics.grid import Detections
from core.training.optimizers import optimizers
from core.training.trainer import Trainer
from tests.core.networks import Layer
from tests.core.training.waiting import Watch
from tests.core.training_data import MLP, digits

STEPS = 3
CNN: list[Layer] = [
    ("conv2d", {"out_channels": 4, "kernel_size": 3}),
    ("batch_norm2d", {}),
    ("relu", {}),
    ("max_pool2d", {"kernel_size": 2}),
    ("dropout", {}),
    ("flatten", {}),
    ("linear", {"out_features": 10}),
]


@pytest.fixture(autouse=True)
def all_is_added_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a batch were so large that its metrics are computed within its step."""
    monkeypatch.setattr(tally, "FLUSH", 0)


def watched(project: Project) -> list[str]:
    """What would wait in some steps in the midst of an epoch, on a device that every look holds up."""
    trainer = Trainer(project, device="cpu")
    trainer._ledger.waits = True
    for turn in trainer.turns:
        for group in turn.descent.optimizer.param_groups:
            # As torch does it on a GPU.
            group["foreach"] = not group.get("fused")
    steps = iter(trainer)
    next(steps)
    # Their own count of steps is with torch's optimizers on the CPU, unless they are one kernel.
    kept = [state.values() for turn in trainer.turns for state in turn.descent.optimizer.state.values()]
    watch = Watch([value for each in kept for value in each if isinstance(value, Tensor) and not value.dim()])
    with watch.watching():
        for _ in range(STEPS):
            assert not next(steps).ended
    assert trainer.failure is None
    return watch.found


def clipped(gradient: Tensor, **settings: Any) -> None:
    parameter = torch.nn.Parameter(gradient.clone())
    parameter.grad = gradient
    torch.nn.utils.clip_grad_norm_([parameter], 1.0, **settings)


@pytest.mark.parametrize(
    "wait",
    [
        lambda x: x.sum().item(),
        lambda x: float(x.sum()),
        lambda x: bool((x > 0).any()),
        lambda x: x.tolist(),
        lambda x: x.cpu(),
        lambda x: x.to("cpu"),
        lambda x: x.numpy(),
        lambda x: x[x > 0],
        lambda x: x.masked_select(x > 0),
        lambda x: x.nonzero(),
        lambda x: torch.where(x > 0),
        lambda x: x.unique(),
        lambda x: x.long().bincount(),
        lambda x: torch.equal(x, x),
        lambda x: x.repeat_interleave(x.long()),
        lambda x: x + torch.tensor([1.0]),
        lambda x: x.index_put_((x > 0,), x.new_zeros(())),
        lambda x: clipped(x, error_if_nonfinite=True),
    ],
)
def test_the_watch_sees_what_would_wait(wait: Callable[[Tensor], object]) -> None:
    watch = Watch()
    with watch.watching():
        wait(torch.arange(4.0))
    assert watch.found


def test_the_watch_lets_pass_what_stays_on_the_device() -> None:
    watch, x = Watch(), torch.arange(4.0)
    with watch.watching():
        torch.where(x > 0, x, x.new_zeros(())).sum().add_(x[1]).mul_(2.0)
        x[torch.arange(2)] = 1.0
        x.masked_fill_(x > 3, 0.0).clamp_(max=2.0)
        x.long().view(2, 2).argmax(1)
        clipped(x)
    assert watch.found == []


@pytest.mark.parametrize("optimizer", [name for name, spec in optimizers.items() if not spec.closes])
def test_no_optimizer_waits(optimizer: str) -> None:
    assert watched(digits(objectives=(Objective(optimizer=Optimizer(optimizer)),))) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"clip_norm": 0.1},
        {"clip_value": 0.01},
        {"l1": 0.01, "penalised": "matrices"},
        {"accumulate": 2},
        {"rates": {"linear_1": 0.1}},
        {"schedule": Schedule("cosine")},
        {"schedule": Schedule("one-cycle")},
        {"schedule": Schedule("warmup-cosine")},
        {"optimizer": Optimizer("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1})},
    ],
    ids=lambda settings: "-".join(map(str, settings)),
)
def test_no_setting_of_an_objective_waits(settings: dict[str, Any]) -> None:
    assert watched(digits(objectives=(Objective(**settings),))) == []


@pytest.mark.parametrize("settings", [{}, {"precision": "bf16"}, {"metrics": ("accuracy", "top_3", "f1")}])
@pytest.mark.parametrize("layers", [MLP, CNN], ids=["mlp", "cnn"])
def test_no_step_of_a_classifier_waits(layers: list[Layer], settings: dict[str, Any]) -> None:
    assert watched(digits(layers, **settings)) == []


def test_metrics_of_all_predictions_wait_for_the_end_of_an_epoch() -> None:
    project = digits(metrics=("f1", "roc_auc"))
    project.data = type(project.data)("digits", {"size": 8}, Split(0.0, 0.0))
    assert watched(project) == []


LECTURES = (
    "lenet-5", "batchnorm", "dropout", "resnet-vs-plain", "transfer-learning", "logistic-credit", "l1-l2-outliers",
    "hinge-svm", "perceptron", "som", "rbm", "autoencoder", "vae", "gan", "diffusion", "triplet", "simclr", "byol",
    "char-rnn", "seq2seq-attention", "transformer-encoder", "gpt-small", "lora",
)  # fmt: skip
"""Objectives in turns, averaged and started weights, augmented batches, noise, schedules, clipped gradients."""


@pytest.mark.parametrize("lecture", LECTURES)
def test_no_step_of_a_lecture_waits(lecture: str) -> None:
    assert watched(presets.load(lecture)) == []


DIGITS = Field("y", (), "int64", "class", labels=tuple("0123456789"))
TWO = Field("y", (), "int64", "class", labels=("no", "yes"))
LETTERS = Field("y", (4,), "int64", "token", labels=tuple("abcde"))
AREAS = Field("y", (4, 4), "int64", "class", labels=("sky", "road"))
PRICE = Field("y", (1,), "float32", "number")
BOXES = Field("y", (3, 4), "float32", "boxes")
"""What is asked, with predictions and targets of a batch of 6."""
ASKED: dict[str, tuple[Question | None, Tensor, Tensor]] = {
    "digits": (question_of("cross_entropy", "index", DIGITS), torch.randn(6, 10), torch.arange(6)),
    "rows": (question_of("cross_entropy", "one-hot", DIGITS), torch.randn(6, 10), torch.eye(10)[:6]),
    "two": (question_of("bce_with_logits", "binary", TWO), torch.randn(6, 1), torch.ones(6, 1)),
    "letters": (question_of("cross_entropy", "index", LETTERS), torch.randn(6, 4, 5), torch.arange(24).view(6, 4) % 5),
    "areas": (question_of("cross_entropy", "index", AREAS), torch.randn(6, 2, 4, 4), torch.ones(6, 4, 4).long()),
    "price": (question_of("mse", "number", PRICE), torch.randn(6, 1), torch.randn(6, 1)),
    "boxes": (Question("boxes", centred=True), torch.rand(6, 3, 4), torch.rand(6, 3, 4)),
    "mask": (Question("mask", cut=(0.0, 0.5)), torch.randn(6, 1, 4, 4), torch.ones(6, 1, 4, 4)),
}


def measured(question: Question | None) -> tuple[Measure, ...]:
    return measures_for(question, list(metrics))


@pytest.mark.parametrize("name", ASKED)
def test_no_metric_waits_while_batches_are_added(name: str) -> None:
    question, prediction, target = ASKED[name]
    assert question is not None
    counted = Tally(question, measured(question), torch.cat)
    watch = Watch()
    with watch.watching():
        for _ in range(STEPS):
            counted.add(prediction, target)
    assert watch.found == []
    assert counted.values()


def test_every_metric_is_among_them() -> None:
    told = {measure.name for question, _, _ in ASKED.values() for measure in measured(question)}
    assert told == {name for name, spec in metrics.items() if spec.way is not None}


def test_what_a_detector_says_is_collected_without_waiting() -> None:
    detections = Detections(Question("boxes"), Question("two", logits=True), Question("classes"))
    watch = Watch()
    with watch.watching():
        for _ in range(STEPS):
            places = torch.rand(2, 9, 4), torch.rand(2, 9, 4), torch.rand(2, 9), torch.ones(2, 9)
            detections.add(*places, torch.rand(2, 9, 3), torch.zeros(2, 9, dtype=torch.int64))
    assert watch.found == []
    assert detections.values()
