"""Chance: noise as a source, noise on what passes, masked tokens, samples of a latent code.

All of it is drawn from torch's global random state, so a seed fixes it, and each sample has its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Noise(nn.Module):
    """Fresh random numbers, one set of `shape` for each sample of a batch; what arrives only gives the batch its size.

    (N, …) → (N, *shape). Normal: mean 0 and variance 1. Uniform: 0 to 1. Bernoulli: 1 with probability `p`, else 0.
    """

    def __init__(self, shape: Sequence[int], distribution: str = "normal", p: float = 0.5) -> None:
        super().__init__()
        self.shape, self.distribution, self.p = tuple(shape), distribution, p

    def forward(self, like: torch.Tensor) -> torch.Tensor:
        dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
        size = (like.shape[0], *self.shape)
        if self.distribution == "normal":
            return torch.randn(size, dtype=dtype, device=like.device)
        drawn = torch.rand(size, dtype=dtype, device=like.device)
        return drawn if self.distribution == "uniform" else (drawn < self.p).to(dtype)

    def extra_repr(self) -> str:
        return f"shape={self.shape}, distribution={self.distribution}"


class GaussianNoise(nn.Module):
    """x + σε with ε normal: while training, or always (Bishop 1995). Any shape → the same."""

    def __init__(self, std: float = 0.1, always: bool = False) -> None:
        super().__init__()
        self.std, self.always = std, always

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return input
        return input + self.std * torch.randn_like(input)

    def extra_repr(self) -> str:
        return f"std={self.std}, always={self.always}"


class MaskingNoise(nn.Module):
    """Sets each number to `value` with probability p, and leaves the others as they are (Vincent et al. 2008, §2.3).

    While training, or always. Any shape → the same.
    """

    def __init__(self, p: float = 0.25, value: float = 0.0, always: bool = False) -> None:
        super().__init__()
        self.p, self.value, self.always = p, value, always

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return input
        return torch.where(torch.rand_like(input) < self.p, torch.full_like(input, self.value), input)

    def extra_repr(self) -> str:
        return f"p={self.p}, value={self.value}, always={self.always}"


class SaltPepperNoise(nn.Module):
    """Sets each number with probability p to the lowest or the highest value, each as often.

    Vincent et al. 2010, §3.3. While training, or always. Any shape → the same.
    """

    def __init__(self, p: float = 0.1, low: float = 0.0, high: float = 1.0, always: bool = False) -> None:
        super().__init__()
        self.p, self.low, self.high, self.always = p, low, high, always

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return input
        drawn = torch.rand_like(input)  # below p/2: pepper, from there to p: salt
        peppered = torch.where(drawn < self.p / 2, torch.full_like(input, self.low), input)
        return torch.where((drawn >= self.p / 2) & (drawn < self.p), torch.full_like(input, self.high), peppered)

    def extra_repr(self) -> str:
        return f"p={self.p}, low={self.low}, high={self.high}, always={self.always}"


class MaskTokens(nn.Module):
    """Hides some tokens for a network to guess (Devlin et al. 2019, §3.1).

    Each token is chosen with probability p; of those chosen, `masked` become the mask token, `swapped` a random token,
    and the others stay. Tokens below `first_token` are special: never chosen, never drawn. Tokens (N, …) → what the
    network sees (N, …) and targets (N, …): the token where one was chosen, −100 (which a loss leaves out) elsewhere.
    With `always` off, evaluation hides nothing and every token is a target.
    """

    def __init__(
        self,
        num_embeddings: int,
        mask_token: int = 0,
        first_token: int = 0,
        p: float = 0.15,
        masked: float = 0.8,
        swapped: float = 0.1,
        always: bool = True,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.mask_token, self.first_token = num_embeddings, mask_token, first_token
        self.p, self.masked, self.swapped, self.always = p, masked, swapped, always

    def forward(self, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if not (self.training or self.always):
            return input, input
        chosen = (torch.rand(input.shape, device=input.device) < self.p) & (input >= self.first_token)
        target = torch.where(chosen, input, torch.full_like(input, -100))
        fate = torch.rand(input.shape, device=input.device)
        random = torch.randint_like(input, self.first_token, self.num_embeddings)
        swapped = torch.where(fate < self.masked + self.swapped, random, input)
        hidden = torch.where(fate < self.masked, torch.full_like(input, self.mask_token), swapped)
        return torch.where(chosen, hidden, input), target

    def extra_repr(self) -> str:
        return f"p={self.p}, mask_token={self.mask_token}"


class Reparameterise(nn.Module):
    """z = μ + σ ⊙ ε with ε normal, so that gradients reach μ and ln σ² (Kingma & Welling 2014, §2.4).

    Means and log-variances of one shape → a sample of that shape; the mean itself in evaluation, unless `always`.
    """

    def __init__(self, always: bool = False) -> None:
        super().__init__()
        self.always = always

    def forward(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return mean
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)

    def extra_repr(self) -> str:
        return f"always={self.always}"


class RandomInterpolation(nn.Module):
    """λa + (1 − λ)b with one λ a sample, drawn evenly from 0 … 1 while training; ½ in evaluation, unless `always`.

    That of mixup with α = 1 (Zhang et al. 2018, §2) and of the gradient penalty (Gulrajani et al. 2017, §4). Two
    tensors (N, …) of one shape → the mixture (N, …) and λ (N).
    """

    def __init__(self, always: bool = False) -> None:
        super().__init__()
        self.always = always

    def forward(self, input: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.training or self.always:
            weight = torch.rand(input.shape[0], dtype=input.dtype, device=input.device)  # (N)
        else:
            weight = input.new_full((input.shape[0],), 0.5)
        spread = weight.reshape(-1, *[1] * (input.dim() - 1))  # (N, 1, …)
        return spread * input + (1 - spread) * other, weight

    def extra_repr(self) -> str:
        return f"always={self.always}"
