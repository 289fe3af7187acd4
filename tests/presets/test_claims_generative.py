"""The claims of the generative lecture, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import presets
from core.model import ops
from core.model.project import Project
from core.training.sampling import samples
from core.training.trainer import Trainer
from tests.presets.claims import trained


def made(trainer: Trainer, node: str, count: int) -> torch.Tensor:
    """What flows out of a node that draws by itself, in evaluation mode; data only tell how many are drawn."""
    program = trainer.network.program([(node, "output")]).eval()
    field = trainer.dataset.fields["x"]
    torch.manual_seed(0)
    with torch.no_grad():
        value: torch.Tensor = program(torch.zeros(count, *field.shape))[0]
    return value


def flat(trainer: Trainer, part: str) -> npt.NDArray[np.float32]:
    """The images of a part as rows of pixels."""
    images = trainer.dataset.column(part, "x")
    return images.reshape(len(images), -1)


def judge_of_digits(trainer: Trainer) -> LogisticRegression:
    """A classifier that knows only real digits, which it tells apart in more than nine of ten cases."""
    judge = LogisticRegression(C=10, max_iter=3000).fit(flat(trainer, "train"), trainer.dataset.column("train", "y"))
    assert judge.score(flat(trainer, "test"), trainer.dataset.column("test", "y")) > 0.93
    return judge


# Variational autoencoder


@pytest.mark.slow
def test_the_elbo_of_a_vae_rises_and_its_samples_are_clearly_digits() -> None:
    trainer = trained(presets.load("vae"))
    elbo = [-epoch.validation["loss"] for epoch in trainer.history.epochs]
    tenths = np.array(elbo).reshape(10, -1).mean(1)
    assert tenths[-1] > elbo[0] + 3  # nats for an image
    assert (np.diff(tenths) > -0.1).all()  # it rises but for the chance of the codes
    judge = judge_of_digits(trainer)
    chances = judge.predict_proba(made(trainer, "sigmoid_2", 500).flatten(1).numpy())
    shuffled = np.random.default_rng(0).permuted(flat(trainer, "test"), axis=0)  # right pixel by pixel, and no digits
    assert chances.max(1).mean() > 0.8
    assert chances.max(1).mean() > judge.predict_proba(shuffled).max(1).mean() + 0.1
    assert np.bincount(chances.argmax(1), minlength=10).min() >= 15


# Generative adversarial network


@pytest.mark.slow
def test_a_gan_covers_every_cloud_of_the_ring() -> None:
    trainer = trained(presets.load("gan"))
    points = made(trainer, "generator_1", 2000)
    angles = torch.arange(8) * torch.pi / 4
    centres = 2 * torch.stack((angles.cos(), angles.sin()), 1)
    distances, nearest = torch.cdist(points, centres).min(1)
    inside = distances < 3 * 0.05  # three standard deviations of a cloud
    assert inside.float().mean() > 0.8
    assert torch.bincount(nearest[inside], minlength=8).min() > 2000 / 8 / 2  # half a fair share


# Autoencoder


def test_an_autoencoder_reconstructs_better_than_pca_of_equal_width() -> None:
    trainer = trained(presets.load("autoencoder"))
    width = len(trainer.network.state_dict()["bottleneck.bias"])
    assert width == 2
    x, unseen = (flat(trainer, part).astype(np.float64) for part in ("train", "test"))
    mean = x.mean(0)
    axes = np.linalg.svd(x - mean, full_matrices=False)[2][:width]
    by_pca = (unseen - mean) @ axes.T @ axes + mean
    assert trainer.test()["loss"] < 0.8 * np.mean((unseen - by_pca) ** 2)


# Restricted Boltzmann machine


def gap(trainer: Trainer) -> float:
    """The mean free energy of unseen digits minus that of what the machine makes out of noise, in nats."""
    program = trainer.network.program([("rbm_1", "free_energy")]).eval()
    real, made = torch.as_tensor(trainer.dataset.column("validation", "x")), samples(trainer, 500)
    with torch.no_grad():
        return float(program(real)[0].mean() - program(made.reshape(-1, *real.shape[1:]))[0].mean())


@pytest.mark.slow
def test_an_rbm_closes_the_gap_between_data_and_its_own_samples_and_reconstructs() -> None:
    trainer = Trainer(presets.load("rbm"), device="cpu")
    opened = next(gap(trainer) for step in trainer if step.index == 5)
    assert opened < -7  # it makes what the data are not
    for _ in trainer:
        pass
    assert trainer.failure is None
    assert abs(gap(trainer)) < 1
    errors = np.array([epoch.validation["mae"] for epoch in trainer.history.epochs])
    assert errors[-1] < errors[0] / 2
    assert (np.diff(errors.reshape(10, -1).mean(1)) < 0).all()


# Diffusion model


@pytest.mark.slow
def test_a_diffusion_model_makes_digits_of_the_same_moments_that_are_clearly_digits() -> None:
    trainer = trained(presets.load("diffusion"))
    made, real, unseen = samples(trainer, 500).flatten(1).numpy(), flat(trainer, "train"), flat(trainer, "test")
    # Pixels go from -1 to 1. Means and covariances of 270 unseen digits tell how near chance comes.
    assert np.abs(made.mean(0) - real.mean(0)).mean() < 0.05
    assert 0.8 < made.var(0).sum() / real.var(0).sum() < 1.1
    between = np.cov(real.T)
    apart = [np.linalg.norm(np.cov(each.T) - between) / np.linalg.norm(between) for each in (made, unseen)]
    assert apart[0] < 1.2 * apart[1]
    judge = judge_of_digits(trainer)
    chances = judge.predict_proba(made)
    shuffled = np.random.default_rng(0).permuted(unseen, axis=0)  # right pixel by pixel, and no digits
    assert chances.max(1).mean() > 0.85
    assert chances.max(1).mean() > judge.predict_proba(shuffled).max(1).mean() + 0.1
    assert np.bincount(chances.argmax(1), minlength=10).min() >= 25


def on_moons() -> Project:
    """The same with points of two numbers: other data, and two numbers where there were 64 pixels."""
    project = presets.load("diffusion")
    ops.SetParams("linear2", {"out_features": 2}, "predictor").apply(project)
    ops.SetParams("reshape", {"shape": 2}, "predictor").apply(project)
    ops.SetData(msgspec.structs.replace(project.data, source="moons", params={"samples": 1000, "noise": 0.1})).apply(
        project
    )
    return project


@pytest.mark.slow
def test_a_diffusion_model_makes_points_of_the_same_moments_on_two_moons() -> None:
    trainer = trained(on_moons(), epochs=200)
    made, real = samples(trainer, 2000).numpy(), trainer.dataset.column("train", "x")
    np.testing.assert_allclose(made.mean(0), real.mean(0), atol=0.05)
    np.testing.assert_allclose(np.cov(made.T), np.cov(real.T), atol=0.03)
    # The moments are those of a bell, too, but a bell is not two moons.
    bell = np.random.default_rng(0).multivariate_normal(real.mean(0), np.cov(real.T), 2000)
    astray = [
        float((torch.cdist(torch.as_tensor(each).float(), torch.as_tensor(real)).min(1)[0] > 0.2).float().mean())
        for each in (made, bell)
    ]
    assert astray[0] < astray[1] / 2
