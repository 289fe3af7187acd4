"""The user's own files that are nearly right: what is wrong with them is said, or seen through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.data.columns import left_out
from core.data.dataset import open_dataset
from core.data.table import preview
from core.model.fault import ProjectError
from core.model.settings import Data


def test_a_header_with_a_name_twice_is_one_above_numbers(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("a,a,y\n" + "".join(f"{n},{2 * n},{'uv'[n % 2]}\n" for n in range(30)))
    found = preview(str(path))
    assert found.has_header
    assert [column.name for column in found.columns] == ["a", "a (2)", "y"]
    assert open_dataset(Data("csv", {"path": str(path)})).stored["x"].labels == ("a", "a (2)")
    # A row of texts above texts may well be values.
    path.write_text("u,u,v\n" + "".join(f"{'uv'[n % 2]},v,{'uv'[n % 3 == 0]}\n" for n in range(30)))
    assert not preview(str(path)).has_header


def test_why_a_column_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("price,y\n" + "".join(f'"{n + 1},{n * 7 % 1000:03d}",{n % 2}\n' for n in range(60)))
    message, fix = left_out(preview(str(path)).columns[0])
    assert message == "“price” is left out: 60 different texts are too many to be categories."
    assert fix.startswith("“1,000” is no number here: write numbers without separators of thousands")
    assert left_out(preview(str(path)).columns[1]) == ("", "")


@pytest.mark.parametrize("targets", [True, False])
def test_a_cut_archive_is_told_before_anything_is_asked_for(tmp_path: Path, targets: bool) -> None:
    whole, cut = tmp_path / "whole.npz", tmp_path / "cut.npz"
    np.savez(whole, x=np.ones((50, 4)), y=np.arange(50) % 3)
    cut.write_bytes(whole.read_bytes()[:300])
    np.save(tmp_path / "y.npy", np.arange(50) % 3)
    params = {"path": str(cut)} | ({"y_path": str(tmp_path / "y.npy")} if targets else {})
    with pytest.raises(ProjectError, match=r"not a whole NumPy archive.*cut off") as caught:
        open_dataset(Data("numpy", params))
    assert caught.value.place == "cut.npz"


def test_a_cut_array_is_told_before_its_targets_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones((50, 8)))
    with pytest.raises(ProjectError, match="No file is chosen"):
        open_dataset(Data("numpy", {"path": str(path)}))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ProjectError, match="cut off"):
        open_dataset(Data("numpy", {"path": str(path)}))


def test_an_array_that_does_not_fit_into_the_memory_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(file := tmp_path / "whole.npz", x=np.zeros((20, 3)), y=np.arange(20) % 2)

    def too_large(*args: object, **settings: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np.lib.format, "read_array", too_large)
    with pytest.raises(ProjectError, match="does not fit into the memory"):
        open_dataset(Data("numpy", {"path": str(file)}))
