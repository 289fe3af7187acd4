"""The claims of lectures that train two networks side by side, at a fixed seed, through the engine of the app."""

from __future__ import annotations

import pytest
import torch

import presets
from tests.presets.claims import at, trained


@pytest.mark.slow
def test_dropout_leaves_a_smaller_gap_between_training_and_validation() -> None:
    trainer = trained(presets.load("dropout"))
    assert trainer.feed.size("train") == 300
    # Both in evaluation, with all units awake: the gap is not that of the noise.
    seen, unseen = trainer.evaluate("train"), trainer.evaluate("validation")
    gaps = {name: unseen[f"loss ({name})"] - seen[f"loss ({name})"] for name in ("without", "with dropout")}
    assert gaps["with dropout"] < 0.85 * gaps["without"]


def test_batch_normalisation_gives_a_lower_loss_after_the_same_steps() -> None:
    epochs = trained(presets.load("batchnorm")).history.epochs
    assert all(epoch.train["loss (normalised)"] < epoch.train["loss (without)"] for epoch in epochs)
    assert epochs[-1].validation["loss (normalised)"] < 0.2
    assert epochs[-1].validation["loss (without)"] > 2


def test_batch_normalisation_takes_running_statistics_in_evaluation() -> None:
    trainer = trained(presets.load("batchnorm"))
    arriving, leaving = at(trainer, "linear_b1"), at(trainer, "batch_norm_b1")
    kept = {name.rpartition(".")[2]: value for name, value in trainer.network.state_dict().items() if "norm_b1" in name}
    expected = (arriving - kept["running_mean"]) / torch.sqrt(kept["running_var"] + 1e-5)
    assert torch.allclose(leaving, expected * kept["weight"] + kept["bias"], atol=1e-4)
    batch = (arriving - arriving.mean(0)) / torch.sqrt(arriving.var(0, correction=0) + 1e-5)
    assert not torch.allclose(leaving, batch * kept["weight"] + kept["bias"], atol=1e-3)
