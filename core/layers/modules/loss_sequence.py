"""Losses of sequences whose steps are not aligned with their target."""

from __future__ import annotations

import torch
from torch import nn


class SequenceCTCLoss(nn.Module):
    """torch's connectionist temporal classification of scores, batch first (Graves et al. 2006).

    Scores (N, T, C) and labels (N, L), filled up with the blank → scalar. Lengths (N) of either are optional: without
    them every step counts, and every label that is not the blank. A target that does not fit into its steps counts 0.
    """

    def __init__(self, blank: int = 0, reduction: str = "mean") -> None:
        super().__init__()
        self.blank, self.reduction = blank, reduction

    def forward(
        self,
        input: torch.Tensor,
        target: torch.Tensor,
        input_lengths: torch.Tensor | None = None,
        target_lengths: torch.Tensor | None = None,
    ) -> torch.Tensor:
        log_p = input.log_softmax(2)
        if input.is_meta:
            return log_p.mean()  # torch's loss knows no tensors without contents; its shape is that of a mean
        if input_lengths is None:
            input_lengths = torch.full((input.shape[0],), input.shape[1], device=input.device)
        if target_lengths is None:
            target_lengths = (target != self.blank).sum(1)
        return nn.functional.ctc_loss(
            log_p.transpose(0, 1),  # (T, N, C), as torch wants it
            target,
            input_lengths,
            target_lengths,
            blank=self.blank,
            reduction=self.reduction,
            zero_infinity=True,
        )
