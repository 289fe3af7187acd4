"""A run in the app is the run of the command line: the same weights to the bit, the same figures."""

from __future__ import annotations

import msgspec
import pytest
import torch
from pytestqt.qtbot import QtBot

import presets
from core.model import ops
from core.training.records import Watch
from core.training.trainer import Trainer
from gui.session import Session


def run_in_app(qtbot: QtBot, preset: str, epochs: int, timeout: int) -> Session:
    """A session in which a preset was trained to its end, with everything watched."""
    session = Session()
    session.engine.load()
    session.open_preset(preset)
    training = msgspec.structs.replace(session.front.project.training, epochs=epochs)
    session.edit("Set epochs", [ops.SetTraining(training)])
    session.infer()
    nodes = frozenset(session.graph.nodes)
    session.set_watch(session, Watch(weights=nodes, activations=nodes, confusion=True, boundary=10))
    session.start()
    qtbot.waitUntil(lambda: session.run is not None and not session.run.active, timeout=timeout)
    return session


@pytest.mark.parametrize("preset", ["mlp-playground", "lenet-5"])
def test_the_app_trains_the_same_weights(qtbot: QtBot, preset: str) -> None:
    session = run_in_app(qtbot, preset, epochs=2, timeout=60_000)
    project = presets.load(preset)
    ops.SetTraining(msgspec.structs.replace(project.training, epochs=2)).apply(project)
    trainer = Trainer(project)
    losses = [step.loss for step in trainer]
    run = session.run
    assert run is not None
    assert run.state == "done"
    assert [step.loss for step in run.steps] == losses
    assert run.test == trainer.test()
    trainer.restore_best()
    assert run.snapshot is not None
    state = trainer.network.state_dict()
    for node, arrays in run.snapshot.weights.items():
        for name, values in arrays.items():
            assert torch.equal(torch.from_numpy(values), state[f"{node}.{name}"].contiguous())
    session.close()


@pytest.mark.slow
def test_lenet_reads_98_of_100_digits_in_the_app(qtbot: QtBot) -> None:
    session = run_in_app(qtbot, "lenet-5", epochs=presets.load("lenet-5").training.epochs, timeout=240_000)
    assert session.run is not None
    assert session.run.test["accuracy"] >= 0.98
    session.close()
