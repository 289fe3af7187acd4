"""IDX files, whole and broken."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.data.dataset import fields_of, open_dataset
from core.data.idx import TYPES, read_idx
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data

CODES = {np.dtype(name): code for code, name in TYPES.items()}


def idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file, written here by the format's description and not by the reader's code."""
    big = array.astype(array.dtype.newbyteorder(">"))
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, CODES[big.dtype], array.ndim, *array.shape) + big.tobytes()


def write(folder: Path, images: np.ndarray, labels: np.ndarray, packed: bool = False) -> dict[str, str]:
    suffix = ".gz" if packed else ""
    paths = folder / f"images-idx3-ubyte{suffix}", folder / f"labels-idx1-ubyte{suffix}"
    for path, array in zip(paths, (images, labels), strict=True):
        path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return {"images_path": str(paths[0]), "labels_path": str(paths[1])}


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    images = chance.integers(0, 256, (30, 5, 4), dtype=np.uint8)
    images[0, 0, 0] = 255
    return images, (np.arange(30) % 3).astype(np.uint8)


@pytest.mark.parametrize("packed", [False, True])
def test_images_and_labels(tmp_path: Path, arrays, packed: bool) -> None:
    images, labels = arrays
    params = write(tmp_path, images, labels, packed)
    read = sources["idx"].load(params)
    assert np.array_equal(read["x"], images[:, None].astype(np.float32) / 255)
    assert np.array_equal(read["y"], labels)
    fields = fields_of(Data("idx", params))
    assert fields["x"].shape == (1, 5, 4)
    assert fields["y"].labels == ("0", "1", "2")
    assert len(sources["idx"].load({**params, "samples": 7})["x"]) == 7
    assert fields_of(Data("idx", {**params, "classes": "shirt, shoe, bag"}))["y"].labels == ("shirt", "shoe", "bag")
    assert sum(open_dataset(Data("idx", params)).size(part) for part in ("train", "validation", "test")) == 30


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(TYPES.values())), st.data())
def test_any_array_comes_back(tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(max_dims=4, max_side=5))
    array = data.draw(hnp.arrays(np.dtype(name), shape, elements=hnp.from_dtype(np.dtype(name), allow_nan=False)))
    path = tmp_path_factory.mktemp("idx") / "array.idx"
    path.write_bytes(idx(array))
    assert np.array_equal(read_idx(path), array)
    path.write_bytes(gzip.compress(idx(array)))
    assert np.array_equal(read_idx(path), array)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path, packed: bool) -> None:
    whole = idx(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    content = gzip.compress(whole) if packed else whole
    path = tmp_path / "cut.idx"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ProjectError) as refused:
            read_idx(path)
        assert "cut.idx" in refused.value.place
        assert refused.value.fix


def test_a_cut_file_says_what_it_expects_and_has(tmp_path: Path) -> None:
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, 10_000, 28, 28) + bytes(1000))
    with pytest.raises(ProjectError, match=r"expects 7,840,016 bytes .* has 1,016"):
        read_idx(path)


def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.idx"
    path.write_bytes(idx(np.zeros((2, 2), np.uint8)) + b"x")
    with pytest.raises(ProjectError, match="has more"):
        read_idx(path)


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(idx(np.random.default_rng(0).integers(0, 255, (50, 9, 9), dtype=np.uint8))))
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "bad.gz"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=r"bad\.gz"):
        read_idx(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"\x89PNG\r\n\x1a\n", "89 50 4e 47"),
        (b"\0\0\x07\x01\0\0\0\x01\0", "not an IDX file"),
        (b"\0\0\x08\0", "not an IDX file"),
        (b"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "claims"),
    ],
)
def test_something_else_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=words):
        read_idx(path)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path, arrays) -> None:
    images, labels = arrays
    with pytest.raises(ProjectError, match="30 images but 20 labels"):
        fields_of(Data("idx", write(tmp_path, images, labels[:20])))
    params = write(tmp_path, images, labels)
    swapped = {"images_path": params["labels_path"], "labels_path": params["images_path"]}
    with pytest.raises(ProjectError, match="file of the labels"):
        fields_of(Data("idx", swapped))
    with pytest.raises(ProjectError, match="2 class names are given, but a label is 2"):
        fields_of(Data("idx", {**params, "classes": "a,b"}))
    with pytest.raises(ProjectError, match="No file is chosen") as refused:
        fields_of(Data("idx", {"images_path": params["images_path"]}))
    assert refused.value.place == "data.params.labels_path"
    with pytest.raises(ProjectError, match="no file here"):
        fields_of(Data("idx", {**params, "images_path": str(tmp_path / "gone")}))
    with pytest.raises(ProjectError, match="a folder, not a file"):
        fields_of(Data("idx", {**params, "images_path": str(tmp_path)}))
