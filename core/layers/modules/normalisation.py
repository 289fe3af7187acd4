"""Layers whose weights are normalised, rather than what flows through them."""

from __future__ import annotations

from torch import nn
from torch.nn.utils import parametrizations


class WeightNormLinear(nn.Linear):
    """A linear layer with w = g · v / ‖v‖ for every output: length and direction are learned apart.

    (N, …, in) → (N, …, out); g is (out, 1) and v is (out, in). Salimans & Kingma 2016, §2.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__(in_features, out_features, bias)
        parametrizations.weight_norm(self)


class WeightNormConv2d(nn.Conv2d):
    """A convolution with w = g · v / ‖v‖ for every output channel: length and direction are learned apart.

    (N, C, H, W) → (N, out, H′, W′); g is (out, 1, 1, 1). Salimans & Kingma 2016, §2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=bias)
        parametrizations.weight_norm(self)


class SpectralNormLinear(nn.Linear):
    """A linear layer whose weights are divided by their largest singular value, so that it stretches nothing.

    (N, …, in) → (N, …, out). While it trains, every pass improves the estimate of the singular value by
    `n_power_iterations` steps of the power method. Miyato et al. 2018, §2.1 and algorithm 1.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, n_power_iterations: int = 1, eps: float = 1e-12
    ) -> None:
        super().__init__(in_features, out_features, bias)
        parametrizations.spectral_norm(self, n_power_iterations=n_power_iterations, eps=eps)


class SpectralNormConv2d(nn.Conv2d):
    """A convolution whose kernels, laid out as a matrix (out, C·h·w), are divided by its largest singular value.

    (N, C, H, W) → (N, out, H′, W′). Miyato et al. 2018, §2.1 and algorithm 1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
        n_power_iterations: int = 1,
        eps: float = 1e-12,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=bias)
        parametrizations.spectral_norm(self, n_power_iterations=n_power_iterations, eps=eps)
