"""The claim of graph networks, at a fixed seed, through the engine that the app uses."""

from __future__ import annotations

import presets
from tests.presets.claims import at, trained


def test_two_labelled_members_tell_the_clubs_of_all_others() -> None:
    trainer = trained(presets.load("gcn-karate"))
    known, asked = (trainer.dataset.column(part, "y")[0] for part in ("train", "validation"))
    assert (known >= 0).sum() == 2
    assert (asked >= 0).sum() == 32
    assert not ((known >= 0) & (asked >= 0)).any()
    assert trainer.evaluate("validation")["accuracy"] >= 0.95
    wrong = (at(trainer, "gcn_conv_2", part="validation")[0].argmax(1).numpy() != asked) & (asked >= 0)
    assert wrong.nonzero()[0].tolist() == [8]  # Zachary's member 9, at whom his own method fails too


def test_it_does_so_whatever_the_first_weights() -> None:
    for seed in range(1, 4):
        assert trained(presets.load("gcn-karate"), seed=seed).evaluate("validation")["accuracy"] >= 0.95
