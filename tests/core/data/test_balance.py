"""What is said of classes in the user's own data before anybody believes an accuracy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.model.settings import Data, Split


def notes(folder: Path, classes: list[int]) -> tuple[str, ...]:
    path = folder / "own.npz"
    np.savez(path, x=np.random.default_rng(0).random((len(classes), 2)), y=np.array(classes))
    return open_dataset(Data("numpy", {"path": str(path)}, split=Split(0.1, 0.1))).notes


def test_even_classes_are_no_matter(tmp_path: Path) -> None:
    assert notes(tmp_path, [0, 1, 2] * 20) == ()
    assert notes(tmp_path, [0] * 89 + [1] * 11) == ()


def test_a_class_in_which_others_drown_is_told_with_its_share(tmp_path: Path) -> None:
    assert notes(tmp_path, [1] * 190 + [0] * 10) == (
        "190 of 200 samples are of class “1”: always saying “1” is right in 95 % of them. "
        "Judge by F1 or recall, not by accuracy alone.",
    )


@pytest.mark.parametrize("count", [30, 200])
def test_one_class_alone_is_nothing_to_tell_apart(tmp_path: Path, count: int) -> None:
    [told] = notes(tmp_path, [0] * count)
    assert told.startswith(f"All {count} samples are of class “0”: there is nothing to tell apart.")


def test_classes_without_a_training_sample_are_named(tmp_path: Path) -> None:
    [told] = notes(tmp_path, [0, 2] * 30)
    assert told == "No training sample is of class “1”: it cannot be learnt. Add samples of that class."
    [told] = notes(tmp_path, [0, 7] * 30)
    assert told.startswith("No training sample is of class “1”, “2”, “3” and 3 more: they cannot be learnt.")
