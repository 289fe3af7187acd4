"""WAV files of every width, whole and broken, alone and in folders by class."""

from __future__ import annotations

import struct
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import fields_of, open_dataset
from core.data.registry import sources
from core.data.wav import read_wav, spectrogram
from core.model.fault import ProjectError
from core.model.settings import Data, Split

RATE = 8000


def tone(pitch: float, seconds: float = 0.5, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)


def encoded(sound: np.ndarray, width: int) -> bytes:
    """(samples, channels) in −1…1 as little-endian whole numbers, 8 bits unsigned."""
    if width == 1:
        return np.round(sound * 128 + 128).clip(0, 255).astype(np.uint8).tobytes()
    whole = np.round(sound * 2.0 ** (8 * width - 1)).astype(np.int64)
    return b"".join(int(each).to_bytes(width, "little", signed=True) for each in whole.ravel())


def save(path: Path, sound: np.ndarray, width: int = 2, rate: int = RATE) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    sound = sound if sound.ndim == 2 else sound[:, None]
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(sound.shape[1])
        stream.setsampwidth(width)
        stream.setframerate(rate)
        stream.writeframes(encoded(sound, width))
    return path


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_comes_back(tmp_path: Path, width: int, channels: int) -> None:
    sound = np.stack([tone(440), -tone(300)][:channels], 1)
    read, rate = read_wav(save(tmp_path / "a.wav", sound, width))
    assert rate == RATE
    assert read.shape == sound.shape
    assert read.dtype == np.float32
    assert np.abs(read - sound).max() <= 1 / 2 ** (8 * width - 1) + 1e-7


def test_the_long_form_of_the_header_is_the_same(tmp_path: Path) -> None:
    sound = tone(440)[:, None]
    body = encoded(sound, 3)
    inner = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, RATE * 3, 3, 24, 22, 24, 4) + inner
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body
    path = tmp_path / "long.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    read, _ = read_wav(path)
    assert np.abs(read - sound).max() < 1e-6


def floating(path: Path, sound: np.ndarray, tag: int = 3) -> Path:
    """A WAV file of floats, with the chunk `fact` that other programs write."""
    width, body = sound.dtype.itemsize, sound.tobytes()
    channels = sound.shape[1]
    form = struct.pack("<HHIIHH", tag, channels, RATE, RATE * width * channels, width * channels, 8 * width)
    chunks = b"".join(
        name + struct.pack("<I", len(each)) + each
        for name, each in ((b"fmt ", form), (b"fact", struct.pack("<I", len(sound))), (b"data", body))
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("type_", ["<f4", "<f8"])
def test_floating_point_comes_back_as_it_is(tmp_path: Path, type_: str, channels: int) -> None:
    sound = np.stack([1.5 * tone(440), -tone(300)][:channels], 1).astype(type_)
    read, rate = read_wav(floating(tmp_path / "a.wav", sound))
    assert rate == RATE
    assert np.array_equal(read, sound.astype(np.float32))


def test_floating_point_that_is_no_number_and_other_formats_are_refused(tmp_path: Path) -> None:
    path = floating(tmp_path / "a.wav", np.array([[0.5], [np.nan]], "<f4"))
    with pytest.raises(ProjectError, match="samples that are no numbers"):
        read_wav(path)
    with pytest.raises(ProjectError, match="16 bits a sample, 1 channel "):
        read_wav(floating(path, np.ones((9, 1), "<f2")))
    with pytest.raises(ProjectError, match="stored as A-law") as refused:
        read_wav(floating(path, np.ones((9, 1), "u1"), 6))
    assert "16-bit PCM" in refused.value.fix


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        save(tmp_path / "low" / f"{number}.wav", tone(500), rate=RATE)
        save(tmp_path / "high" / f"{number}.wav", np.stack([tone(2000, rate=16_000)] * 2, 1), 3, 16_000)
    return tmp_path


def test_a_folder_gives_spectrograms(folder: Path) -> None:
    data = Data("sound-folder", {"path": str(folder), "seconds": 0.5}, Split(0.2, 0.2))
    fields = fields_of(data)
    assert fields["y"].labels == ("high", "low")
    assert fields["x"].shape == (1, 128, (4000 - 256) // 128 + 1)
    x, y = (open_dataset(data).column("train", name) for name in "xy")
    assert x.shape[1:] == fields["x"].shape
    assert x.min() >= 0
    assert x.max() <= 1
    # Row 127 is 31.25 Hz, and each row above it is 31.25 Hz more.
    for label, pitch in ((0, 2000), (1, 500)):
        loudest = x[y == label].mean((0, 1, 3)).argmax()
        assert abs((128 - loudest) * RATE / 256 - pitch) <= RATE / 256


def test_a_folder_gives_series(folder: Path) -> None:
    params = {"path": str(folder), "as": "series", "seconds": 0.75, "channels": "stereo"}
    arrays = sources["sound-folder"].load(params)
    assert arrays["x"].shape == (12, 6000, 2)
    assert np.allclose(arrays["x"][6, :4000, 0], tone(500), atol=1e-4)
    assert not arrays["x"][:, 4100:].any(), "silence behind"
    # What was brought from 16 to 8 kHz is the same tone.
    assert np.allclose(arrays["x"][0, 100:3900, 1], tone(2000)[100:3900], atol=0.01)


def test_one_sound_is_cut_into_windows(tmp_path: Path) -> None:
    path = save(tmp_path / "a.wav", tone(440, 1.0))
    params = {"path": str(path), "length": 100, "stride": 50}
    arrays = sources["sound"].load(params)
    assert arrays["x"].shape == (158, 100, 1)
    assert np.array_equal(arrays["x"][:, 1:], arrays["y"][:, :-1])
    assert np.allclose(arrays["x"][3, :, 0], tone(440, 1.0)[150:250], atol=1e-4)
    assert fields_of(Data("sound", params))["x"].shape == (100, 1)


def test_a_spectrogram_is_in_decibels() -> None:
    full = spectrogram(np.sin(2 * np.pi * np.arange(512) / 8).astype(np.float32), 256, 128)
    assert full.max() == pytest.approx(1, abs=1e-4), "a full tone is 0 dB"
    tenth = spectrogram((0.1 * np.sin(2 * np.pi * np.arange(512) / 8)).astype(np.float32), 256, 128)
    assert tenth.max() == pytest.approx(1 - 20 / 80, abs=1e-4), "a tenth of it is −20 dB"


def test_what_cannot_be_cut_so_is_refused(tmp_path: Path, folder: Path) -> None:
    path = save(tmp_path / "a.wav", tone(440, 0.01))
    with pytest.raises(ProjectError, match="no window of 256"):
        fields_of(Data("sound", {"path": str(path)}))
    with pytest.raises(ProjectError, match="too short for a window"):
        fields_of(Data("sound-folder", {"path": str(folder), "seconds": 0.01}))
    with pytest.raises(ProjectError, match="no sounds in sub-folders"):
        fields_of(Data("sound-folder", {"path": str(folder / "low")}))


def test_a_file_that_is_cut_anywhere_is_refused_by_name(folder: Path) -> None:
    path = folder / "low" / "3.wav"
    whole = save(path, tone(500, 0.02)).read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ProjectError) as refused:
            read_wav(path)
        assert refused.value.place == "low/3.wav"
        assert refused.value.fix


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_is_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = save(tmp_path_factory.mktemp("wav") / "a.wav", tone(500, 0.01))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, 50))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with suppress(ProjectError):
        sources["sound"].load({"path": str(path), "length": 4, "stride": 2})


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_no_sound(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    path.write_bytes(content)
    with pytest.raises(ProjectError):
        read_wav(path)
