"""Losses of agents that act: values of actions, and policies."""

from __future__ import annotations

import torch
from torch import nn


class TDErrorLoss(nn.Module):
    """The error of a value against r + γ (1 − done) max Q(s', ·), which is held constant (Watkins & Dayan 1992).

    With `chooser` (the values of the next state by the network that learns) its best action is the one that counts
    (double Q-learning, van Hasselt et al. 2016). Without `action` there is one value a state, as in TD(0).

    Values and next values (N, A), rewards and done (N) or (N, 1), actions (N) → scalar.
    """

    def __init__(self, gamma: float = 0.99, error: str = "huber", reduction: str = "mean") -> None:
        super().__init__()
        self.gamma, self.error, self.reduction = gamma, error, reduction

    def forward(
        self,
        values: torch.Tensor,
        reward: torch.Tensor,
        next_values: torch.Tensor,
        action: torch.Tensor | None = None,
        done: torch.Tensor | None = None,
        chooser: torch.Tensor | None = None,
    ) -> torch.Tensor:
        if action is None:
            value = values.squeeze(1)  # (N)
        else:
            value = values.gather(1, action[:, None]).squeeze(1)  # (N)
        with torch.no_grad():
            best = (next_values if chooser is None else chooser).argmax(1, keepdim=True)  # (N, 1)
            later = next_values.gather(1, best).squeeze(1)  # (N)
            if done is not None:
                later = later * (1 - done.reshape(-1).to(later.dtype))
            target = reward.reshape(-1).to(later.dtype) + self.gamma * later
        if self.error == "squared":
            return nn.functional.mse_loss(value, target, reduction=self.reduction)
        return nn.functional.smooth_l1_loss(value, target, reduction=self.reduction)


class PolicyGradientLoss(nn.Module):
    """−log π(a|s) · G less `entropy` times the policy's entropy, with the returns G held constant (Williams 1992).

    Scores or log-probabilities of the actions (N, A), actions (N) and returns or advantages, (N) or (N, 1) → scalar.
    """

    def __init__(self, entropy: float = 0.0, reduction: str = "mean") -> None:
        super().__init__()
        self.entropy, self.reduction = entropy, reduction

    def forward(self, policy: torch.Tensor, action: torch.Tensor, returns: torch.Tensor) -> torch.Tensor:
        log_p = policy.log_softmax(1)  # (N, A); log-probabilities stay as they are
        chosen = log_p.gather(1, action[:, None]).squeeze(1)  # (N)
        spread = -(log_p.exp() * log_p).sum(1)  # (N), the entropy in nats
        losses = -chosen * returns.detach().reshape(-1).to(chosen.dtype) - self.entropy * spread
        return losses.sum() if self.reduction == "sum" else losses.mean()
