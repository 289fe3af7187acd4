"""Denoising diffusion: the noise schedule, one step back, and the embedding of the step.

Steps count from 0 (the least noise) to T − 1; β_t, α_t = 1 − β_t and ᾱ_t = α_0 ⋯ α_t are tables of T numbers.
"""

from __future__ import annotations

import math

import torch
from torch import nn


def diffusion_betas(steps: int, schedule: str, beta_start: float, beta_end: float) -> torch.Tensor:
    """β_t (T) in float64: a line (Ho, Jain & Abbeel 2020, §4) or from a cosine (Nichol & Dhariwal 2021, §3.2)."""
    if schedule == "linear":
        return torch.linspace(beta_start, beta_end, steps, dtype=torch.float64)
    offset = 0.008
    time = torch.arange(steps + 1, dtype=torch.float64) / steps  # (T + 1)
    kept = torch.cos((time + offset) / (1 + offset) * math.pi / 2) ** 2
    return (1 - kept[1:] / kept[:-1]).clamp(max=0.999)


def at_steps(table: torch.Tensor, step: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The numbers of a table (T) at the steps (N), as (N, 1, …) to go with `like` (N, …)."""
    return table[step].to(like.dtype).reshape(-1, *[1] * (like.dim() - 1))


class NoiseSchedule(nn.Module):
    """x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε at a step t of each sample's own (Ho, Jain & Abbeel 2020, eq. 4).

    Clean samples (N, …), and steps (N) of 0 to T − 1 (drawn evenly where none arrive) → noisy samples (N, …), the steps
    (N) and the noise ε (N, …). Draws in evaluation too: the loss is an average over steps and noise.
    """

    signal: torch.Tensor
    noise: torch.Tensor

    def __init__(
        self, steps: int = 1000, schedule: str = "linear", beta_start: float = 1e-4, beta_end: float = 0.02
    ) -> None:
        super().__init__()
        self.steps = steps
        kept = torch.cumprod(1 - diffusion_betas(steps, schedule, beta_start, beta_end), 0)  # ᾱ (T)
        dtype = torch.get_default_dtype()
        self.register_buffer("signal", kept.sqrt().to(dtype), persistent=False)
        self.register_buffer("noise", (1 - kept).sqrt().to(dtype), persistent=False)

    def forward(
        self, input: torch.Tensor, step: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        if step is None:
            step = torch.randint(0, self.steps, (input.shape[0],), device=input.device)  # (N)
        drawn = torch.randn_like(input)
        noisy = at_steps(self.signal, step, input) * input + at_steps(self.noise, step, input) * drawn
        return noisy, step, drawn


class DenoiseStep(nn.Module):
    """One step back, x_t → x_{t−1}, from the noise that a network guesses (Ho, Jain & Abbeel 2020, algorithm 2).

    x_{t−1} = (x_t − β_t / √(1 − ᾱ_t) ε̂) / √α_t + σ_t z, and without z at step 0. σ_t² is β_t (`beta`) or the
    posterior's β_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t); `none` takes the mean alone. Noisy samples (N, …), ε̂ (N, …) and
    steps (N) → (N, …).
    """

    factor: torch.Tensor
    share: torch.Tensor
    sigma: torch.Tensor

    def __init__(
        self,
        steps: int = 1000,
        schedule: str = "linear",
        beta_start: float = 1e-4,
        beta_end: float = 0.02,
        variance: str = "beta",
    ) -> None:
        super().__init__()
        beta = diffusion_betas(steps, schedule, beta_start, beta_end)
        kept = torch.cumprod(1 - beta, 0)  # ᾱ (T)
        before = torch.cat((kept.new_ones(1), kept[:-1]))
        spread = {"beta": beta, "posterior": beta * (1 - before) / (1 - kept), "none": torch.zeros_like(beta)}[variance]
        first = (torch.arange(steps) > 0).to(beta.dtype)  # the last step back adds no noise
        dtype = torch.get_default_dtype()
        self.register_buffer("factor", (1 - beta).rsqrt().to(dtype), persistent=False)
        self.register_buffer("share", (beta / (1 - kept).sqrt()).to(dtype), persistent=False)
        self.register_buffer("sigma", (spread.sqrt() * first).to(dtype), persistent=False)

    def forward(self, input: torch.Tensor, noise: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        mean = at_steps(self.factor, step, input) * (input - at_steps(self.share, step, input) * noise)
        return mean + at_steps(self.sigma, step, input) * torch.randn_like(input)


class TimeEmbedding(nn.Module):
    """Sines and cosines of a step, from fast to slow (Vaswani et al. 2017, §3.5; Ho, Jain & Abbeel 2020, appendix B).

    Steps (N) or (N, 1), whole or real → (N, F): F/2 sines, then F/2 cosines of t / P^(i / (F/2)).
    """

    def __init__(self, embedding_dim: int, max_period: float = 10_000.0) -> None:
        super().__init__()
        self.embedding_dim, self.max_period = embedding_dim, max_period

    def forward(self, step: torch.Tensor) -> torch.Tensor:
        dtype = step.dtype if step.is_floating_point() else torch.get_default_dtype()
        half = self.embedding_dim // 2
        places = torch.arange(half, dtype=dtype, device=step.device)
        rates = torch.exp(-math.log(self.max_period) / half * places)  # (F/2)
        angles = step.reshape(-1, 1).to(dtype) * rates  # (N, F/2)
        return torch.cat((torch.sin(angles), torch.cos(angles)), 1)  # (N, F)

    def extra_repr(self) -> str:
        return f"embedding_dim={self.embedding_dim}, max_period={self.max_period}"
