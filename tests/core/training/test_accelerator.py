"""Lectures train on a device whose memory the CPU cannot read as they do on the CPU; no GPU is needed for it.

What a GPU's own kernels do (mixed precision, graphs, recurrent layers in one operator) is not seen here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import presets
from tests.core.training.accelerator import NAME

MOST = 1_000_000
"""Parameters of the networks that train here: three steps and every look at them take seconds."""
RECURRENT = {"char-rnn", "seq2seq-attention"}
"""Torch computes their layers by one operator that only a GPU has."""
SEEING = {"actor-critic", "dqn", "polynomial-overfit", "ridge-lambda"}
"""Their steps have to know what was computed: to act in a world of the CPU, or to search along a line (LBFGS)."""
ROUNDED = {"byol", "resnet-vs-plain", "transfer-learning", "transformer-encoder"}
"""Adam makes much of a gradient that is nothing but rounding: a bias before batch normalisation, or that of keys."""
QUICK = ("mlp-playground", "mlp-xor", "lenet-5", "gan", "byol", "dqn")
OTHERS = tuple(sorted({info.id for info in presets.catalogue() if info.parameters <= MOST} - RECURRENT - set(QUICK)))
Results = dict[str, dict[str, dict[str, Any]]]


def results(names: tuple[str, ...]) -> Results:
    """What the accelerator's program tells of some presets: preset → device → what came of it."""
    program = [sys.executable, "-m", "tests.core.training.accelerator", *names]
    done = subprocess.run(program, capture_output=True, text=True, cwd=Path(presets.FOLDER).parent, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return {found.pop("preset"): found for found in map(json.loads, done.stdout.splitlines())}


def compare(name: str, found: dict[str, dict[str, Any]]) -> None:
    near, far = found["cpu"], found[NAME]
    assert near["failure"] == far["failure"] == ""
    assert near["away"] == far["away"] == [], "every parameter is where its network trains"
    close = {"rel": 0.05, "abs": 0.05} if name in ROUNDED else {"rel": 1e-5}
    assert far["losses"] == pytest.approx(near["losses"], nan_ok=True, **close)
    for one, other in zip(near["metrics"], far["metrics"], strict=True):
        assert other == pytest.approx(one, nan_ok=True, **close)
    assert far["continued"] == pytest.approx(far["losses"], rel=1e-6, nan_ok=True), "a run that goes on is the same run"
    assert far["shown"].keys() == near["shown"].keys() != set()
    if name not in ROUNDED:
        assert far["weights"] == pytest.approx(near["weights"], nan_ok=True, **close)
        assert far["shown"] == pytest.approx(near["shown"], nan_ok=True, **close)
    if far["within"] and name not in SEEING:
        assert far["crossed"] == [], "a step amid an epoch neither fetches anything nor brings it"


@pytest.fixture(scope="module")
def quick() -> Results:
    return results(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_a_lecture_trains_on_an_accelerator_as_on_the_cpu(name: str, quick: Results) -> None:
    compare(name, quick[name])


def test_steps_that_cross_are_told(quick: Results) -> None:
    assert quick["dqn"][NAME]["crossed"], "whoever acts in a world of the CPU brings observations and fetches actions"
    assert not quick["dqn"]["cpu"]["crossed"]


@pytest.fixture(scope="module")
def others() -> Results:
    return results(OTHERS)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_every_lecture_of_a_network_that_is_not_large_trains_on_an_accelerator(name: str, others: Results) -> None:
    compare(name, others[name])
