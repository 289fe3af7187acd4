"""Fashion-MNIST: the part that ships, all of it where it is installed or was fetched, and what is said elsewhere."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from core.data.bundled import FOLDER, fashion
from core.data.dataset import open_dataset
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data, Split

FASHION = sources["fashion-mnist"]
FULL = {"images": fashion.FULL}


def idx(path: Path, values: np.ndarray) -> None:
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(header + values.astype(np.uint8).tobytes(), 1))


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without the full set; the folder is where it would be fetched to."""
    monkeypatch.setattr(fashion, "DEBIAN", tmp_path / "none")
    monkeypatch.setattr(fashion, "home", lambda: tmp_path / "home")
    return tmp_path / "home"


def test_the_part_that_ships_is_six_thousand_images_of_ten_kinds() -> None:
    arrays = FASHION.load({})
    assert arrays["x"].shape == (6_000, 1, 28, 28)
    assert arrays["x"].min() == 0
    assert arrays["x"].max() == 1
    assert (np.bincount(arrays["y"][:5_000]) > 440).all()
    assert (np.bincount(arrays["y"][5_000:]) > 80).all()
    # The first labels of the published files: ankle boot, T-shirt, T-shirt, dress; ankle boot, pullover, trousers.
    assert arrays["y"][:4].tolist() == [9, 0, 0, 3]
    assert arrays["y"][5_000:5_003].tolist() == [9, 2, 1]
    assert FASHION.missing({}) == ()


def test_trousers_are_narrow_and_shoes_are_low() -> None:
    arrays, labels = FASHION.load({}), fashion.CLASSES
    mean = {name: arrays["x"][arrays["y"] == index, 0].mean(0) for index, name in enumerate(labels)}
    assert mean["trousers"][:, :6].mean() < 0.05 < mean["coat"][:, :6].mean()
    assert mean["sneaker"][:6].mean() < 0.05 < mean["dress"][:6].mean()


def test_the_published_test_images_are_the_test_part() -> None:
    parts = open_dataset(Data("fashion-mnist", split=Split(0.1, 0.5))).parts
    assert parts["test"].tolist() == list(range(5_000, 6_000))
    assert len(parts["validation"]) == 500
    assert max(parts["train"].max(), parts["validation"].max()) < 5_000
    assert len(open_dataset(Data("fashion-mnist", split=Split(0.1, 0.0))).parts["test"]) == 0


def test_what_is_missing_is_named_with_its_address_and_checksum(nowhere: Path) -> None:
    needed = FASHION.missing(FULL)
    assert [each.target.name for each in needed] == list(fashion.FILES)
    assert all(each.target.parent == nowhere and each.url.startswith("http") for each in needed)
    assert all(len(bytes.fromhex(each.sha256)) == 32 for each in needed)
    assert 30e6 < sum(each.size for each in needed) < 31e6
    with pytest.raises(ProjectError, match="not on this machine") as refused:
        FASHION.load(FULL)
    assert refused.value.place == "data.params.images"
    assert "29.4 MiB" in refused.value.fix
    assert fashion.PART in refused.value.fix


def test_fetched_files_are_read_once_all_four_are_there(nowhere: Path) -> None:
    nowhere.mkdir()
    draw = np.random.default_rng(0)
    shapes = {"train": 60_000, "t10k": 10_000}
    made = {}
    images, labels, test_images, last = fashion.FILES
    for name in (images, labels, test_images):
        count = shapes[name.split("-")[0]]
        made[name] = draw.integers(0, 10, (count, 28, 28) if "images" in name else count).astype(np.uint8)
        idx(nowhere / name, made[name])
    assert [each.target.name for each in FASHION.missing(FULL)] == [last]
    made[last] = draw.integers(0, 10, 10_000).astype(np.uint8)
    idx(nowhere / last, made[last])
    assert FASHION.missing(FULL) == ()
    arrays = FASHION.load(FULL)
    assert np.array_equal(arrays["y"], np.concatenate([made[labels], made[last]]))
    pixels = np.concatenate([made[images], made[test_images]])
    assert np.allclose(arrays["x"][::997, 0] * 255, pixels[::997], atol=1e-4)


@pytest.mark.skipif(not fashion.DEBIAN.is_dir(), reason="dataset-fashion-mnist is not installed")
def test_the_part_is_the_beginning_of_the_whole() -> None:
    part, whole = FASHION.load({}), FASHION.load(FULL)
    assert whole["x"].shape == (70_000, 1, 28, 28)
    chosen = np.r_[0:5_000, 60_000:61_000]
    assert np.array_equal(part["x"], whole["x"][chosen])
    assert np.array_equal(part["y"], whole["y"][chosen])
    assert np.bincount(whole["y"]).tolist() == [7_000] * 10


def test_the_licence_ships_beside_the_images() -> None:
    text = (FOLDER / "FASHION-MNIST-LICENSE.txt").read_text(encoding="utf-8")
    assert "Zalando SE" in text
    assert "Permission is hereby granted" in text
    told = (FOLDER / "README.md").read_text(encoding="utf-8")
    for file in FOLDER.iterdir():
        assert file.name == "README.md" or file.name in told, f"{file.name} has no source"
