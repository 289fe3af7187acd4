"""Neurons and nets with rules of their own: threshold neuron, Hopfield net, self-organising map, Boltzmann machine."""

from __future__ import annotations

import torch
from torch import nn


class ThresholdNeuron(nn.Module):
    """1 where w·x + b ≥ 0, else 0, with weights that are given and never learn (McCulloch & Pitts 1943).

    (N, …, F) → (N, …, 1); the gradient is 0.
    """

    weight: torch.Tensor

    def __init__(self, weights: float | tuple[float, ...] = (1.0, 1.0), bias: float = -2.0) -> None:
        super().__init__()
        given = weights if isinstance(weights, tuple) else (weights,)
        self.register_buffer("weight", torch.tensor(given, dtype=torch.get_default_dtype()), persistent=False)
        self.bias = bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        sums = input @ self.weight[:, None] + self.bias  # (N, …, 1)
        return torch.relu(torch.sign(sums)) + (sums == 0).to(sums.dtype)

    def extra_repr(self) -> str:
        return f"weights={tuple(self.weight.tolist())}, bias={self.bias}"


class Hopfield(nn.Module):
    """An associative memory of ±1 states that falls into the nearest stored pattern (Hopfield 1982).

    The arriving numbers become +1 from `threshold` on and −1 below. The weights are used symmetric and without their
    diagonal, and start at 0. The energy of what arrives is E(x) = −½ xᵀWx with x held constant: plain descent on it
    adds η/2 · xxᵀ to W, which is Hebb's rule. (N, F) → the recalled state (N, F), the energy of what arrives (N), and
    the energies before the first and after every one of the `steps` (N, steps + 1), both held constant but for W in the
    second. A step updates every unit once: one after another (`asynchronous`: the energy never rises) or all at once.
    A unit whose field is 0 stays as it is.
    """

    def __init__(self, features: int, steps: int = 5, update: str = "asynchronous", threshold: float = 0.0) -> None:
        super().__init__()
        self.steps, self.update, self.threshold = steps, update, threshold
        self.weight = nn.Parameter(torch.zeros(features, features))

    def couplings(self) -> torch.Tensor:
        """The weights as they act: symmetric, no unit on itself. (F, F)."""
        both = (self.weight + self.weight.T) / 2
        return both - torch.diag(both.diagonal())

    def forward(self, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        state = 2 * (input.detach() >= self.threshold).to(input.dtype) - 1  # (N, F)
        couplings = self.couplings()
        energy = self._energy(state, couplings)
        fixed = couplings.detach()
        energies = [energy.detach()]
        for _ in range(self.steps):
            state = self._step(state, fixed)
            energies.append(self._energy(state, fixed))
        return state, energy, torch.stack(energies, 1)

    def _energy(self, state: torch.Tensor, couplings: torch.Tensor) -> torch.Tensor:
        return -0.5 * (state @ couplings * state).sum(1)  # (N)

    def _step(self, state: torch.Tensor, couplings: torch.Tensor) -> torch.Tensor:
        if self.update == "synchronous":
            fields = state @ couplings  # (N, F)
            return torch.where(fields == 0, state, fields.sign())
        if state.is_meta:
            return state  # without contents there is nothing to recall, and a unit at a time takes long
        state = state.clone()
        for unit, weights in enumerate(couplings):
            field = state @ weights  # (N)
            state[:, unit] = torch.where(field == 0, state[:, unit], field.sign())
        return state

    def extra_repr(self) -> str:
        return f"features={self.weight.shape[0]}, steps={self.steps}, update={self.update}"


class SelfOrganisingMap(nn.Module):
    """Prototypes on a grid; the one nearest to an input wins, and its neighbours learn with it (Kohonen 1982).

    (N, F) → squared distances to all U prototypes (N, U), the winner (N), the neighbourhood h = exp(−‖r_u − r_w‖²/2σ²)
    on the grid (N, U), held constant, the energy ½ Σ_u h_u‖x − w_u‖² (N), and the prototypes as they lie on the grid
    (F, H, W), the same for the whole batch. Plain descent on the energy moves w_u by η h_u (x − w_u). While training,
    the radius σ shrinks evenly in ratio from `radius` to `final_radius` over `shrink_steps` batches, and stays there.
    """

    positions: torch.Tensor
    batches: torch.Tensor

    def __init__(
        self,
        in_features: int,
        grid: int | tuple[int, ...] = (8, 8),
        radius: float = 3.0,
        final_radius: float = 0.5,
        shrink_steps: int = 1_000,
    ) -> None:
        super().__init__()
        self.radius, self.final_radius, self.shrink_steps = radius, final_radius, shrink_steps
        self.grid = height, width = grid if isinstance(grid, tuple) else (grid, grid)
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        places = torch.stack((rows.flatten(), columns.flatten()), 1).to(torch.get_default_dtype())  # (U, 2)
        self.register_buffer("positions", places, persistent=False)
        self.register_buffer("batches", torch.zeros((), dtype=torch.int64))
        self.prototypes = nn.Parameter(0.1 * torch.randn(height * width, in_features))

    def forward(
        self, input: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        distances = (input[:, None] - self.prototypes).square().sum(-1)  # (N, U)
        winner = distances.argmin(1)  # (N)
        apart = (self.positions - self.positions[winner][:, None]).square().sum(-1)  # (N, U)
        progress = (self.batches / self.shrink_steps).clamp(max=1).to(input.dtype)
        sigma = self.radius * (self.final_radius / self.radius) ** progress
        neighbourhood = torch.exp(-apart / (2 * sigma**2))  # (N, U)
        if self.training:
            self.batches.add_(1)
        energy = 0.5 * (neighbourhood * distances).sum(1)  # (N)
        return distances, winner, neighbourhood, energy, self.prototypes.T.reshape(-1, *self.grid)


class RestrictedBoltzmannMachine(nn.Module):
    """Visible and hidden units of 0 or 1 with weights between them alone (Smolensky 1986, Hinton 2002).

    Visible numbers from 0 to 1 (N, V) → the hidden units' probabilities p(h = 1|v) (N, H), the free energy
    F(v) = −a·v − Σ_j log(1 + exp(b_j + W_j·v)) (N), a negative sample v_k after `k` rounds of Gibbs sampling (N, V),
    held constant, its free energy (N), and the reconstruction p(v = 1|p(h|v)) (N, V). Descent on the mean of
    F(v) − F(v_k) is contrastive divergence (CD-k). In evaluation nothing is drawn, unless `always`: probabilities stand
    for the units (mean field; Hinton 2010, A practical guide to training restricted Boltzmann machines, §3.3).
    """

    def __init__(self, visible: int, hidden: int = 64, k: int = 1, always: bool = False) -> None:
        super().__init__()
        self.k, self.always = k, always
        self.weight = nn.Parameter(0.01 * torch.randn(hidden, visible))
        self.visible_bias = nn.Parameter(torch.zeros(visible))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))

    def free_energy(self, visible: torch.Tensor) -> torch.Tensor:
        """F(v), up to the logarithm of the partition function −log p(v). (N, V) → (N)."""
        sums = visible @ self.weight.T + self.hidden_bias  # (N, H)
        return -visible @ self.visible_bias - nn.functional.softplus(sums).sum(1)

    def hidden_given(self, visible: torch.Tensor) -> torch.Tensor:
        """p(h = 1|v). (N, V) → (N, H)."""
        return torch.sigmoid(visible @ self.weight.T + self.hidden_bias)

    def visible_given(self, hidden: torch.Tensor) -> torch.Tensor:
        """p(v = 1|h). (N, H) → (N, V)."""
        return torch.sigmoid(hidden @ self.weight + self.visible_bias)

    def drawn(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Units of 0 or 1 while training or `always`, else the probabilities themselves."""
        return torch.bernoulli(probabilities) if self.training or self.always else probabilities

    def forward(
        self, input: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        hidden = self.hidden_given(input)
        sample = input.detach()
        for _ in range(self.k):
            on = self.drawn(self.hidden_given(sample).detach())
            sample = self.drawn(self.visible_given(on).detach())
        return hidden, self.free_energy(input), sample, self.free_energy(sample), self.visible_given(hidden)
