"""The loss surface of tiny networks with the run's path, and text written by a language model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import presets
from core.model import ops
from core.training.generate import write_text
from core.training.probe import Probe
from core.training.records import Snapshot, Watch
from core.training.trainer import Trainer


def looked_at(trainer: Trainer, watch: Watch) -> Snapshot:
    for _ in trainer:
        pass
    return Probe(trainer).snapshot(watch)


def test_the_surface_of_one_weight_is_the_parabola_of_the_slides() -> None:
    trainer = Trainer(presets.load("linreg-1d"))
    surface = looked_at(trainer, Watch(surface=41)).surface
    assert surface is not None
    [axis] = surface.axes
    assert surface.names == ("linear_1.weight",)
    assert np.allclose(surface.losses, 14 / 6 * (axis - 1) ** 2, atol=1e-4)
    assert len(surface.path) == trainer.step + 1
    assert surface.path[-1, 0] == pytest.approx(1.0, abs=1e-2)
    assert axis[0] < surface.path.min()
    assert surface.path.max() < axis[-1]


def test_two_weights_have_a_map() -> None:
    project = presets.load("linreg-1d")
    ops.SetParams("linear_1", {"bias": True}).apply(project)
    surface = looked_at(Trainer(project), Watch(surface=15)).surface
    assert surface is not None
    assert surface.names == ("linear_1.weight", "linear_1.bias")
    assert surface.losses.shape == (15, 15)
    w, b = np.meshgrid(*surface.axes, indexing="ij")
    x = np.array([1.0, 2.0, 3.0])
    expected = ((w[..., None] * x + b[..., None] - x) ** 2).mean(-1) / 2
    assert np.allclose(surface.losses, expected, atol=1e-3)


def test_two_numbers_of_one_parameter_both_bear_their_place() -> None:
    surface = looked_at(Trainer(presets.load("hebb")), Watch(surface=5)).surface
    assert surface is not None
    assert surface.names == ("parameter_1.value[0, 0]", "parameter_1.value[1, 0]")


def test_drawing_the_surface_leaves_the_run_alone() -> None:
    def weights(watch: Watch | None) -> torch.Tensor:
        trainer = Trainer(presets.load("linreg-1d"))
        probe = Probe(trainer)
        for _ in trainer:
            if watch:
                probe.snapshot(watch)
        return trainer.network.state_dict()["linear_1.weight"].clone()

    assert torch.equal(weights(None), weights(Watch(surface=9)))


def test_larger_networks_have_no_surface() -> None:
    assert looked_at(Trainer(presets.load("mlp-xor"), max_steps=1), Watch(surface=9)).surface is None


def test_a_language_model_writes_in_its_own_letters() -> None:
    trainer = Trainer(presets.load("char-rnn"), max_steps=2)
    snapshot = looked_at(trainer, Watch(text=20))
    assert len(snapshot.text) == 16 + 20
    assert set(snapshot.text) <= set(trainer.dataset.fields["x"].labels)
    assert Probe(trainer).snapshot(Watch(text=20)).text == snapshot.text, "the same weights write the same"


def test_the_likeliest_letter_is_taken_without_temperature() -> None:
    trainer = Trainer(presets.load("char-rnn"), max_steps=1)
    field = trainer.dataset.fields["x"]
    program = trainer.network.inference_program().eval()
    with torch.no_grad():
        text = write_text(program, field, "the", 1, temperature=0)
        row = torch.zeros(1, field.shape[0], dtype=torch.int64)
        row[0, :3] = torch.tensor([field.labels.index(letter) for letter in "the"])
        best = field.labels[int(program(row)[0][0, 2].argmax())]
    assert text == "the" + best


@pytest.mark.parametrize("preset", ["transformer-encoder", "mlp-xor"])
def test_other_networks_write_nothing(preset: str) -> None:
    assert looked_at(Trainer(presets.load(preset), max_steps=1), Watch(text=5)).text == ""
