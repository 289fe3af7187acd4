"""Data larger than the memory should hold: read from their files batch by batch, with the same batches."""

from __future__ import annotations

import gzip
import struct
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.data import rows
from core.data.dataset import Dataset, open_dataset
from core.data.idx import IdxRows
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.settings import Data, Split, Transform
from core.training.feed import Feed
from core.training.stream import streamed
from core.training.trainer import Trainer
from tests.core.training_data import digits

CPU = torch.device("cpu")
SPLIT = Split(0.2, 0.2)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    chance = np.random.default_rng(0)
    for name in ("cats", "dogs", "mice"):
        (tmp_path / name).mkdir()
        for number in range(30):
            values = chance.integers(0, 256, (9, 9, 3), np.uint8)
            Image.fromarray(values).save(tmp_path / name / f"{number:02}.png")
    return tmp_path


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, stream: bool, *listed: Transform) -> tuple[Data, Dataset]:
    """The folder's data set, held or streamed; a size that no other opening has keeps the two apart in memory."""
    monkeypatch.setattr(rows, "HELD_BYTES", 1000 if stream else 10**9)
    path = f"{folder}{'/' * (1 + stream)}"
    data = Data("image-folder", {"path": path, "size": 8}, SPLIT, transforms=listed)
    dataset = open_dataset(data)
    assert dataset.is_streamed("x") is stream
    return data, dataset


def feed_of(data: Data, dataset: Dataset) -> Feed:
    project = digits()
    project.data = data
    return Feed(project, dataset, tuple(node.id for node in project.graph.of_kind("input")), CPU)


@pytest.mark.parametrize(
    "listed",
    [
        (),
        (Transform("standardise", ("x",)),),
        (Transform("normalise", ("x",)), Transform("shift", ("x",)), Transform("noise", ("x",))),
    ],
    ids=["plain", "fitted", "drawn"],
)
def test_batches_are_those_of_data_in_memory(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, listed: tuple[Transform, ...]
) -> None:
    held = feed_of(*opened(pictures, monkeypatch, False, *listed))
    stream = feed_of(*opened(pictures, monkeypatch, True, *listed))
    for seed in (0, 1):
        one, other = (list(feed.epoch(16, False, torch.Generator().manual_seed(seed))) for feed in (held, stream))
        assert [len(batch[0]) for batch in other] == [16, 16, 16, 6]
        for a, b in zip(one, other, strict=True):
            # A mean over pieces may differ in the last bit from that over the whole.
            assert torch.allclose(a[0], b[0], atol=1e-6)
            assert torch.equal(a[1], b[1])
    for a, b in zip(held.chunks("test", 7), stream.chunks("test", 7), strict=True):
        assert torch.allclose(a[0], b[0], atol=1e-6)
        assert torch.equal(a[1], b[1])
    assert torch.allclose(held.sample("validation", 4)[0], stream.sample("validation", 4)[0], atol=1e-6)


def test_a_run_from_files_repeats_and_equals_one_in_memory(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(stream: bool) -> list[float]:
        data, dataset = opened(pictures, monkeypatch, stream, Transform("flip", ("x",)))
        project: Project = digits(epochs=2, batch_size=16)
        project.data = data
        trainer = Trainer(project, dataset)
        return [step.loss for step in trainer]

    held, first, again = losses(False), losses(True), losses(True)
    assert first == again == held
    assert len(first) == 8


def test_what_is_drawn_once_is_the_same_alone_and_among_others(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, dataset = opened(pictures, monkeypatch, True, Transform("mask", ("x",), {"share": 0.5}))
    whole = dataset.column("test", "x")
    assert (whole == 0).mean() > 0.4
    assert np.array_equal(dataset.column("test", "x", rows=np.array([5, 2])), whole[[5, 2]])


def test_a_picture_that_is_broken_is_named_where_its_batch_would_come(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "dogs" / "07.png").write_bytes(b"\x89PNG, but no more")
    feed = feed_of(*opened(pictures, monkeypatch, True))
    with pytest.raises(ProjectError) as refused:
        list(feed.chunks("train", 8)) + list(feed.chunks("validation", 8)) + list(feed.chunks("test", 8))
    assert refused.value.place == "dogs/07.png"


def idx_files(folder: Path, count: int = 40, packed: bool = False) -> dict[str, str]:
    values = np.random.default_rng(1).integers(0, 256, (count, 6, 5), np.uint8)
    content = struct.pack(">4B3I", 0, 0, 8, 3, *values.shape) + values.tobytes()
    images, labels = folder / "images-ubyte", folder / "labels-ubyte"
    images.write_bytes(gzip.compress(content) if packed else content)
    labels.write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(number % 4 for number in range(count)))
    return {"images_path": str(images), "labels_path": str(labels)}


def test_big_idx_files_are_read_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    params = idx_files(tmp_path)
    held = open_dataset(Data("idx", params)).column("train", "x")
    monkeypatch.setattr(rows, "HELD_BYTES", 1000)
    dataset = open_dataset(Data("idx", {**params, "classes": "a, b, c, d"}))
    assert dataset.is_streamed("x")
    assert not dataset.is_streamed("y")
    assert np.array_equal(dataset.column("train", "x"), held)
    assert open_dataset(Data("idx", {**params, "samples": 5})).column("train", "x").shape[1:] == (1, 6, 5)


def test_a_big_idx_file_that_is_packed_or_cut_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "HELD_BYTES", 1000)
    with pytest.raises(ProjectError, match="gunzip"):
        open_dataset(Data("idx", idx_files(tmp_path, packed=True)))
    images = Path(idx_files(tmp_path)["images_path"])
    images.write_bytes(images.read_bytes()[:-1])
    with pytest.raises(ProjectError, match="expects 1,216 bytes"):
        IdxRows(images, (40, 6, 5))


def test_reading_ahead_stops_when_nobody_wants_it() -> None:
    read: list[int] = []
    orders = [np.array([number]) for number in range(100)]
    batches = streamed(orders, lambda indices: read.append(int(indices[0])) or int(indices[0]))
    assert next(batches) == 0
    assert next(batches) == 1
    batches.close()  # type: ignore[attr-defined]
    end = time.monotonic() + 10
    while any(thread.name == "reading ahead" for thread in threading.enumerate()) and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert not any(thread.name == "reading ahead" for thread in threading.enumerate())
    assert len(read) < 10


def test_reading_ahead_leaves_the_global_random_numbers_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    assert list(streamed([np.array([1]), np.array([2, 3])], len)) == [1, 2]
    assert torch.equal(torch.rand(3), expected)


def test_an_error_while_reading_reaches_whoever_waits() -> None:
    def read(indices: object) -> object:
        raise ProjectError("It is gone.", place="7.png")

    with pytest.raises(ProjectError, match="gone"):
        list(streamed([np.array([0])], read))


@pytest.mark.parametrize("pinned", [True, False])
def test_batches_for_a_gpu_are_read_into_memory_that_it_can_fetch_by_itself(
    monkeypatch: pytest.MonkeyPatch, pinned: bool
) -> None:
    lying: list[torch.Tensor] = []
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda values, *_: lying.append(values) or values)
    orders = [np.array([number]) for number in range(3)]
    batches = streamed(orders, lambda indices: {"x": torch.from_numpy(indices)}, pinned=pinned)
    assert [int(batch["x"]) for batch in batches] == [0, 1, 2]
    assert len(lying) == 3 * pinned
