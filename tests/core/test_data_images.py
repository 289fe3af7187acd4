"""Image folders, whole and broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import fields_of, open_dataset
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data

LOAD = sources["image-folder"].load


def picture(path: Path, colour: object = "red", size: tuple[int, int] = (20, 10), mode: str = "RGB") -> None:
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, size, colour).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(10):
        picture(tmp_path / "dogs" / f"{number}.png", "blue")
        picture(tmp_path / "cats" / f"{number}.jpg", "white")
    (tmp_path / "cats" / "notes.txt").write_text("not a picture")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    return tmp_path


def test_a_sub_folder_is_a_class(folder: Path) -> None:
    params = {"path": str(folder), "size": 8}
    fields = fields_of(Data("image-folder", params))
    assert fields["y"].labels == ("cats", "dogs")
    assert fields["x"].shape == (3, 8, 8)
    arrays = LOAD(params)
    assert arrays["y"].tolist() == [0] * 10 + [1] * 10
    assert np.allclose(arrays["x"][0], 1)
    assert np.allclose(arrays["x"][10], np.array([0, 0, 1])[:, None, None])
    assert open_dataset(Data("image-folder", params)).size("train") == 14


def test_grey_pictures_have_one_channel(folder: Path) -> None:
    x = LOAD({"path": str(folder), "size": 4, "colour": "grey"})["x"]
    assert x.shape == (20, 1, 4, 4)
    assert np.allclose(x[:10], 1)
    assert x[10:].max() < 0.2


def test_a_new_picture_is_seen_at_once(folder: Path) -> None:
    data = Data("image-folder", {"path": str(folder), "size": 4})
    before = open_dataset(data).samples
    picture(folder / "mice" / "1.png")
    assert fields_of(data)["y"].labels == ("cats", "dogs", "mice")
    assert open_dataset(data).samples == before + 1


def test_fit_crops_or_stretches(tmp_path: Path) -> None:
    wide = Image.new("RGB", (40, 20), "black")
    wide.paste("white", (10, 0, 30, 20))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        wide.save(tmp_path / name / "wide.png")
    cropped, stretched = (LOAD({"path": str(tmp_path), "size": 8, "fit": fit})["x"][0] for fit in ("crop", "stretch"))
    assert cropped.min() > 0.8
    assert stretched.min() < 0.01


@pytest.mark.parametrize(
    ("mode", "colour", "suffix", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), "png", 1.0),
        ("LA", (0, 0), "png", 1.0),
        ("L", 51, "png", 0.2),
        ("1", 1, "png", 1.0),
        ("P", 0, "gif", 0.0),
        ("CMYK", (0, 0, 0, 0), "jpg", 1.0),
        ("I;16", 32768, "png", 0.5),
        ("F", 2.5, "tiff", 1.0),
    ],
)
def test_every_kind_of_picture_is_read(tmp_path: Path, mode: str, colour: object, suffix: str, expected: float) -> None:
    for name in ("a", "b"):
        picture(tmp_path / name / f"one.{suffix}", colour, (6, 6), mode)
    x = LOAD({"path": str(tmp_path), "size": 6, "colour": "grey"})["x"]
    assert np.allclose(x, expected, atol=0.01)


@pytest.mark.parametrize("content", [b"", b"not a picture at all", b"\x89PNG\r\n\x1a\n\0\0"])
def test_a_picture_that_cannot_be_read_is_named(folder: Path, content: bytes) -> None:
    (folder / "dogs" / "broken.png").write_bytes(content)
    with pytest.raises(ProjectError, match="cannot be read") as refused:
        LOAD({"path": str(folder)})
    assert refused.value.place == "dogs/broken.png"


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "webp", "tiff"])
def test_a_picture_that_is_cut_is_named(folder: Path, suffix: str) -> None:
    path = folder / "dogs" / f"cut.{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ProjectError) as refused:
        LOAD({"path": str(folder)})
    assert refused.value.place == f"dogs/cut.{suffix}"


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    def refusal(path: Path) -> str:
        with pytest.raises(ProjectError) as refused:
            fields_of(Data("image-folder", {"path": str(path)}))
        return str(refused.value)

    assert "There are no pictures in sub-folders here." in refusal(tmp_path)
    picture(tmp_path / "loose.png")
    assert "1 lies in the folder itself" in refusal(tmp_path)
    picture(tmp_path / "only" / "one.png")
    assert "only one class, “only”" in refusal(tmp_path)
    assert "There is no folder here" in refusal(tmp_path / "gone")
    assert "This is a file, not a folder" in refusal(tmp_path / "loose.png")


def test_a_picture_with_too_many_pixels_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.images.MAX_PIXELS", 100)
    with pytest.raises(ProjectError, match="at most 100 are read"):
        LOAD({"path": str(folder), "size": 64})
