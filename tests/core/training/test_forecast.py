"""Memory and time before a run: counted by hand on small nets, and against what runs really hold."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import core.commands.train
from core.cli import main
from core.data.dataset import Dataset, open_dataset
from core.layers import user
from core.model.file import write
from core.model.project import Project
from core.model.settings import Objective, Optimizer
from core.training import room
from core.training.forecast import Forecast, forecast, kept_by_autograd, meta_network, optimizer_states
from core.training.optimizers import optimizers
from core.training.room import free_memory, warning
from core.training.trainer import Trainer
from tests.core.networks import LENET, Layer, chain
from tests.core.training_data import data, digits, plan

X = np.zeros((100, 8))
ROWS = data(X, np.arange(100) % 3, validation=20, test=10)


def net(**settings: Any) -> Project:
    layers: list[Layer] = [("linear", {"out_features": 16}), ("relu", {}), ("linear", {"out_features": 3})]
    project = chain(layers, loss="cross_entropy")
    return plan(project, **{"batch_size": 10, "epochs": 5, **settings})


def test_every_part_counted_by_hand() -> None:
    said = forecast(net(), ROWS)
    weights = 4 * (8 * 16 + 16 + 16 * 3 + 3)
    assert (said.parameters, said.gradients, said.optimizer, said.kept) == (weights, weights, 2 * weights, weights)
    # Eight numbers and a class: all three parts, and the training part once more in the order of an epoch.
    assert said.data == (8 * 4 + 8) * (70 + 20 + 10 + 70)
    assert said.steps == 5 * 7
    assert said.memory == sum(said.parts().values())
    assert said.seconds > 0


def test_parts_follow_the_settings() -> None:
    frozen = net(objectives=(Objective(trains=("linear_2",), optimizer=Optimizer("sgd", {})),), keeps="last")
    said = forecast(frozen, ROWS)
    assert said.gradients == 4 * (16 * 3 + 3)
    assert (said.optimizer, said.kept) == (0, 0)
    assert forecast(net(batch_size=70), ROWS).activations > forecast(net(batch_size=35), ROWS).activations


@pytest.mark.parametrize("kind", list(optimizers))
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_optimizers_hold_as_many_numbers_as_they_say(kind: str, momentum: float) -> None:
    spec = optimizers[kind]
    params = {"momentum": momentum} if momentum and any(p.name == "momentum" for p in spec.params) else {}
    weight = torch.nn.Parameter(torch.linspace(1.0, 2.0, 500))
    optimizer = spec.make([weight], **params)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (weight**4).sum()
        loss.backward()
        return loss

    for _ in range(12):
        closure()
        optimizer.step(closure if spec.closes else None)  # type: ignore[arg-type]
    held = sum(numbers(value) for state in optimizer.state.values() for value in state.values())
    said = 500 * optimizer_states(kind, params)
    if spec.closes:
        # As many past gradients as it may keep; it keeps fewer at the start.
        assert held <= said
    else:
        assert held == said


def numbers(value: Any) -> int:
    """Numbers in tensors larger than a counter."""
    if isinstance(value, torch.Tensor):
        return value.numel() if value.numel() > 1 else 0
    return sum(numbers(each) for each in value) if isinstance(value, (list, tuple)) else 0


@pytest.mark.parametrize(
    "make",
    [
        net,
        lambda: digits(LENET, batch_size=16),
        lambda: digits(
            [("flatten", {}), ("linear", {"out_features": 12}), ("layer_norm", {}), ("gelu", {}), ("linear", {})]
        ),
    ],
    ids=["mlp", "lenet", "normed"],
)
def test_what_autograd_keeps_is_what_a_real_batch_keeps(make: Callable[[], Project]) -> None:
    project = make()
    if project.data.source == "digits" and project.graph.of_kind("conv2d"):
        project.data = type(project.data)("digits", {"size": 28})
    dataset = ROWS if make is net else open_dataset(project.data)
    batch = project.training.batch_size
    assert kept_by_autograd(project, dataset, meta_network(project, dataset), batch) == pytest.approx(
        really_kept(project, dataset, batch), rel=0.05
    )


def really_kept(project: Project, dataset: Dataset, batch: int) -> int:
    trainer = Trainer(project, dataset)
    rows = tuple(column[:batch].clone() for column in trainer.feed.all("train"))
    network = trainer.network.root
    known = {t.untyped_storage().data_ptr() for t in (*rows, *network.parameters(), *network.buffers())}
    saved: dict[int, torch.UntypedStorage] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in known:
            saved[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    trainer.network.train()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        outputs = trainer.network.program([("cross_entropy_1", "loss")])(*rows)
    assert outputs
    return sum(storage.nbytes() for storage in saved.values())


def test_nothing_is_allocated_for_the_largest_networks() -> None:
    project = digits([("flatten", {}), ("linear", {"out_features": 20_000}), ("linear", {"out_features": 20_000})])
    said = forecast(project, open_dataset(project.data))
    assert said.parameters > 4 * 20_000**2
    assert warning(said, 2**30).startswith("The run needs about 7.5 GiB, and 1 GiB are free")
    assert "SGD" in warning(said, 2**30)


LOOKING = """
import torch
from torch import nn
from core.model.spec import LayerSpec

class Own(nn.Module):
    def forward(self, input):
        if torch.is_grad_enabled():
            self.largest = input.{look}
        return input.exp()

LAYER = LayerSpec("own", target="Own")
"""


@pytest.mark.parametrize("look", ["max().item()", "detach().numpy().max()"])
def test_a_layer_that_looks_at_numbers_makes_the_memory_a_guess_and_that_is_said(
    look: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    user.folder().mkdir(parents=True)
    (user.folder() / "own.py").write_text(LOOKING.format(look=look), "utf-8")
    user.trust(user.found()[0])
    try:
        assert user.load(user.found()[0].path).problem is None
        project = digits([("flatten", {}), ("linear", {"out_features": 10}), ("own", {})], batch_size=10)
        said = forecast(project, open_dataset(project.data))
        assert said.remark.startswith("The memory is a guess: own_1 looks at numbers")
        # A linear layer, exp and the loss: ten numbers, ten and one.
        assert said.activations >= 4 * 10 * (10 + 10 + 1)
        write(project, tmp_path / "own.loom")
        assert main(["check", str(tmp_path / "own.loom")]) == 0
        assert f"note: a run: {said.remark}\n" in capsys.readouterr().out
        monkeypatch.setattr(core.commands.train, "free_memory", lambda device: 10)
        assert main(["train", str(tmp_path / "own.loom"), "--steps", "2", "--out", str(tmp_path / "run")]) == 0
        assert said.remark in capsys.readouterr().err
    finally:
        user.forget()
    assert forecast(net(), ROWS).remark == ""


def test_a_run_that_fits_is_not_warned_of() -> None:
    said = Forecast(1, 1, 2, 1, 10, 100, 50, 0.1, 1.0, 5)
    assert warning(said, 115) == ""
    assert warning(said, None) == ""
    assert "Lower the batch size" in warning(said, 114)
    assert said.seconds == pytest.approx(10.0)
    assert said.words == "about 120 B, 10 s"


def test_the_free_memory_is_that_of_the_system_or_of_the_container(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(room, "GROUP", tmp_path)
    free = free_memory()
    assert free is not None
    assert free > 2**20
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("4000000\n")
    assert free_memory() == 1_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() != 1_000_000
    assert math.isfinite(free)


def test_check_tells_of_a_run_and_train_warns_before_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assert main(["check", "mlp-xor", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)["run"]
    assert run["memory"] == sum(run["parts"].values())
    assert run["seconds"] > 0
    assert main(["check", "mlp-xor"]) == 0
    assert "a run: about " in capsys.readouterr().out
    words = ["train", "mlp-xor", "--steps", "3", "--device", "cpu", "--out"]
    assert main([*words, str(tmp_path / "a")]) == 0
    assert "needs about" not in capsys.readouterr().err
    monkeypatch.setattr(core.commands.train, "free_memory", lambda device: 10)
    assert main([*words, str(tmp_path / "b")]) == 0
    assert "The run needs about" in capsys.readouterr().err
