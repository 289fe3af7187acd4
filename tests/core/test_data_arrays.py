"""NumPy files, whole and broken."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import fields_of, open_dataset
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data

CHANCE = np.random.default_rng(0)
CLASSES = np.arange(12) % 3


def save(folder: Path, x: object, y: object, separate: bool = False) -> dict[str, str]:
    if not separate:
        np.savez(folder / "data.npz", x=x, y=y)
        return {"path": str(folder / "data.npz")}
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    return {"path": str(folder / "x.npy"), "y_path": str(folder / "y.npy")}


def refusal(params: dict[str, str]) -> ProjectError:
    with pytest.raises(ProjectError) as refused:
        open_dataset(Data("numpy", params))
    return refused.value


@pytest.mark.parametrize("separate", [False, True])
def test_arrays_come_back(tmp_path: Path, separate: bool) -> None:
    x = CHANCE.normal(size=(12, 4))
    params = save(tmp_path, x, CLASSES, separate)
    arrays = sources["numpy"].load(params)
    assert np.allclose(arrays["x"], x)
    assert np.array_equal(arrays["y"], CLASSES)
    fields = fields_of(Data("numpy", params))
    assert fields["x"].meaning == "vector"
    assert fields["y"].labels == ("0", "1", "2")
    assert open_dataset(Data("numpy", params)).samples == 12


@pytest.mark.parametrize(
    ("shape", "dtype", "x_is", "field_shape", "meaning"),
    [
        ((12,), "float64", "detect", (1,), "number"),
        ((12, 5), "int16", "detect", (5,), "vector"),
        ((12, 6, 7), "uint8", "detect", (1, 6, 7), "image"),
        ((12, 6, 7), "float32", "detect", (6, 7), "series"),
        ((12, 6, 7), "float32", "image", (1, 6, 7), "image"),
        ((12, 3, 6, 7), "float32", "detect", (3, 6, 7), "image"),
        ((12, 6, 7, 3), "uint8", "detect", (3, 6, 7), "image"),
        ((12, 6), "float32", "series", (6, 1), "series"),
        ((12, 6), "int64", "token", (6,), "token"),
        ((12, 6), "bool", "detect", (6,), "vector"),
        ((12, 6), ">f4", "detect", (6,), "vector"),
    ],
)
def test_what_x_is(tmp_path: Path, shape, dtype: str, x_is: str, field_shape, meaning: str) -> None:
    x = CHANCE.integers(0, 255, shape).astype(dtype)
    params = {**save(tmp_path, x, CLASSES), "x_is": x_is}
    field = fields_of(Data("numpy", params))["x"]
    assert (field.shape, field.meaning) == (field_shape, meaning)
    read = sources["numpy"].load(params)["x"]
    assert read.shape == (12, *field_shape)
    assert str(read.dtype) == field.dtype
    if meaning == "image" and dtype == "uint8":
        assert 0.9 < read.max() <= 1
    if shape == (12, 6, 7, 3):
        assert np.allclose(read[0, 2], x[0, :, :, 2] / 255)


@pytest.mark.parametrize(
    ("y", "shape", "meaning"),
    [
        (CLASSES, (), "class"),
        (CLASSES[:, None], (), "class"),
        (CLASSES == 1, (), "class"),
        (CLASSES * 0.5, (1,), "number"),
        (np.ones((12, 1)), (1,), "number"),
        (np.ones((12, 4)), (4,), "vector"),
        (np.ones((12, 4), int), (4,), "token"),
    ],
)
def test_what_y_is(tmp_path: Path, y: np.ndarray, shape, meaning: str) -> None:
    params = save(tmp_path, np.zeros((12, 2)), y)
    field = fields_of(Data("numpy", params))["y"]
    assert (field.shape, field.meaning) == (shape, meaning)
    assert sources["numpy"].load(params)["y"].shape == (12, *shape)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((12, 2)), CLASSES[:7], "x has 12 samples, y has 7"),
        (np.zeros((0, 2)), CLASSES[:0], "no samples"),
        (np.zeros((12, 0)), CLASSES, "no samples"),
        (np.float64(3), CLASSES, "a single value"),
        (np.array([{}] * 12), CLASSES, "Python objects"),
        (np.array(["a"] * 12), CLASSES, "not numbers"),
        (np.zeros((12, 2), complex), CLASSES, "not numbers"),
        (np.zeros((12, 2, 2, 2, 2)), CLASSES, "no shape that can be fed"),
        (np.zeros((12, 2)), CLASSES - 1, "It holds -1"),
        (np.zeros((12, 2)), CLASSES + 10**6, "numbered 0, 1, 2"),
        (np.zeros((12, 2)), np.zeros((12, 2, 2)), "Targets are"),
        (np.array([[0, 1], [2, np.nan]] * 6), CLASSES, "The value at [1, 1] is nan"),
        (np.full((12, 2), 1e300), CLASSES, "The value at [0, 0] is inf"),
    ],
)
@pytest.mark.parametrize("separate", [False, True])
def test_what_cannot_be_fed_is_refused(tmp_path: Path, x, y, words: str, separate: bool) -> None:
    error = refusal(save(tmp_path, x, y, separate))
    assert words in str(error)
    assert error.place.startswith(("x.npy", "y.npy") if separate else "data.npz, array")
    assert error.fix


def test_an_archive_without_x_or_y_says_what_it_has(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", images=np.zeros(3), y=np.zeros(3))
    error = refusal({"path": str(tmp_path / "data.npz")})
    assert error.message == "The archive has no array “x”; it has images, y."


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)

    with (tmp_path / "x.npy").open("wb") as stream:
        np.lib.format.write_array(stream, np.array([Trap()], object), allow_pickle=True)
    np.save(tmp_path / "y.npy", np.zeros(1))
    error = refusal({"path": str(tmp_path / "x.npy"), "y_path": str(tmp_path / "y.npy")})
    assert "could run code" in error.message
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["x.npy", "data.npz"])
def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path, name: str) -> None:
    params = save(tmp_path, np.arange(8.0).reshape(4, 2), np.arange(4) % 2, separate=name == "x.npy")
    path = tmp_path / name
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ProjectError) as refused:
            sources["numpy"].load(params)
        assert refused.value.place


def test_a_cut_array_says_what_it_expects_and_has(tmp_path: Path) -> None:
    params = save(tmp_path, np.zeros((1000, 2)), np.zeros(1000), separate=True)
    path = tmp_path / "x.npy"
    path.write_bytes(path.read_bytes()[:500])
    assert refusal(params).message == "The array expects 16,128 bytes, has 500."


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_is_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("arrays")
    separate = data.draw(st.booleans())
    params = save(folder, np.arange(8.0).reshape(4, 2), np.arange(4) % 2, separate)
    path = Path(params["path"])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(ProjectError):
        sources["numpy"].load(params)
