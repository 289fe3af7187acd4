"""Flows and diffusion: exact inverses, volumes by autograd, the published schedules, the way back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.layers.modules import diffusion
from tests.core.layers.operation_calls import called, reals


def test_a_coupling_is_undone_exactly() -> None:
    values, scale, shift = reals(6, 4), reals(6, 4, seed=1), reals(6, 4, seed=2)
    there = called("affine_coupling", {}, input=values, scale=scale, shift=shift)
    back = called("affine_coupling", {"inverse": True}, input=there["output"], scale=scale, shift=shift)
    torch.testing.assert_close(back["output"], values, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(back["log_det"], -there["log_det"])


@pytest.mark.parametrize("inverse", [False, True])
def test_log_det_is_that_of_the_jacobian(inverse: bool) -> None:
    values, scale, shift = reals(3, 2, 2), reals(3, 2, 2, seed=1), reals(3, 2, 2, seed=2)
    found = called("affine_coupling", {"inverse": inverse}, input=values, scale=scale, shift=shift)
    for sample in range(3):
        one = slice(sample, sample + 1)

        def only(x: torch.Tensor, one: slice = one) -> torch.Tensor:
            parts = {"input": x.reshape(1, 2, 2), "scale": scale[one].detach(), "shift": shift[one].detach()}
            return called("affine_coupling", {"inverse": inverse}, **parts)["output"].flatten()

        jacobian = torch.autograd.functional.jacobian(only, values[sample].detach().flatten())
        torch.testing.assert_close(found["log_det"][sample], torch.linalg.slogdet(jacobian).logabsdet)


def betas(steps: int, schedule: str) -> np.ndarray:
    """β_t as the papers write them."""
    if schedule == "linear":
        return np.linspace(1e-4, 0.02, steps)
    kept = [math.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(steps + 1)]
    return np.array([min(1 - kept[t + 1] / kept[t], 0.999) for t in range(steps)])


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_noisy_samples_are_those_of_the_paper(schedule: str) -> None:
    clean = reals(40, 2, 3)
    step = torch.arange(40)
    found = called("noise_schedule", {"steps": 40, "schedule": schedule}, input=clean, step=step)
    kept = torch.tensor(np.cumprod(1 - betas(40, schedule)))[:, None, None]
    expected = kept.sqrt() * clean + (1 - kept).sqrt() * found["noise"]
    torch.testing.assert_close(found["noisy"], expected, rtol=1e-6, atol=1e-6)  # tables are kept in float32
    assert torch.equal(found["step"], step)
    (slope,) = torch.autograd.grad(found["noisy"].sum(), clean)
    torch.testing.assert_close(slope, kept.sqrt().expand(40, 2, 3), rtol=1e-6, atol=1e-6)


def test_the_published_schedule_ends_in_noise() -> None:
    """With T = 1000 from 1e-4 to 0.02, ᾱ_T is 4.04e-5 (Ho, Jain & Abbeel 2020, §4: L_T is about 1e-5 bits)."""
    module = diffusion.NoiseSchedule()
    assert float(module.signal[-1] ** 2) == pytest.approx(4.036e-5, rel=1e-3)
    assert float(module.signal[0] ** 2) == pytest.approx(0.9999, rel=1e-6)
    torch.testing.assert_close(module.signal**2 + module.noise**2, torch.ones(1_000))


@pytest.mark.parametrize("train", [True, False])
def test_steps_are_drawn_evenly_and_noise_is_normal(train: bool) -> None:
    found = called("noise_schedule", {"steps": 4}, input=reals(8_000, 2), train=train)
    counts = torch.bincount(found["step"], minlength=4)
    assert counts.shape == (4,)
    assert (counts.double() / 8_000 - 0.25).abs().max() < 5 * math.sqrt(0.1875 / 8_000)
    assert abs(found["noise"].mean().item()) < 5 / math.sqrt(16_000)
    assert abs((found["noise"] ** 2).mean().item() - 1) < 5 * math.sqrt(2 / 16_000)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_step_back_is_the_mean_of_the_posterior(schedule: str) -> None:
    """With the true noise, the mean is μ̃(x_t, x_0) of Ho, Jain & Abbeel 2020, eq. 7."""
    steps, clean, noise = 12, reals(12, 3), reals(12, 3, seed=1)
    beta = torch.tensor(betas(steps, schedule))[:, None]
    kept = torch.cumprod(1 - beta, 0)
    before = torch.cat((torch.ones(1, 1, dtype=kept.dtype), kept[:-1]))
    noisy = kept.sqrt() * clean + (1 - kept).sqrt() * noise
    params = {"steps": steps, "schedule": schedule, "variance": "none"}
    found = called("denoise_step", params, input=noisy, noise=noise, step=torch.arange(steps))["output"]
    expected = before.sqrt() * beta / (1 - kept) * clean + (1 - beta).sqrt() * (1 - before) / (1 - kept) * noisy
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found[0], clean[0], rtol=1e-4, atol=1e-4)  # the last step back is the sample itself


@pytest.mark.parametrize("variance", ["beta", "posterior"])
def test_a_step_back_adds_the_noise_of_its_variance(variance: str) -> None:
    steps, many = 10, 4_000
    zeros, step = torch.zeros(many, 2, dtype=torch.float64), torch.full((many,), 6)
    params = {"steps": steps, "variance": variance}
    found = called("denoise_step", params, input=zeros, noise=zeros, step=step)["output"]
    beta = betas(steps, "linear")
    kept = np.cumprod(1 - beta)
    expected = beta[6] if variance == "beta" else beta[6] * (1 - kept[5]) / (1 - kept[6])
    assert abs(found.var().item() / expected - 1) < 5 * math.sqrt(2 / (2 * many))
    last = called("denoise_step", params, input=zeros, noise=zeros, step=torch.zeros_like(step))["output"]
    assert not last.any()


def test_walking_back_with_the_true_noise_of_one_point_reaches_it() -> None:
    """For data that are all the same point, the noise is known; Algorithm 2 then ends at that point."""
    steps, point = 50, torch.tensor([0.5, -0.25], dtype=torch.float64)
    kept = torch.tensor(np.cumprod(1 - betas(steps, "cosine")))
    torch.manual_seed(0)
    values = torch.randn(16, 2, dtype=torch.float64)
    module = diffusion.DenoiseStep(steps, "cosine").double()
    for number in reversed(range(steps)):
        guess = (values - kept[number].sqrt() * point) / (1 - kept[number]).sqrt()
        values = module(values, guess, torch.full((16,), number))
    torch.testing.assert_close(values, point.expand(16, 2), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("step", [torch.tensor([0, 3, 10]), torch.tensor([[0.0], [3.0], [10.0]]).double()])
def test_a_time_embedding_is_sines_then_cosines(step: torch.Tensor) -> None:
    module = diffusion.TimeEmbedding(6, max_period=100.0)
    found = module(step).double().numpy()
    for row, time in zip(found, (0, 3, 10), strict=True):
        angles = np.array([time / 100 ** (place / 3) for place in range(3)])
        np.testing.assert_allclose(row, np.concatenate((np.sin(angles), np.cos(angles))), atol=1e-6)
