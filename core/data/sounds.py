"""Sounds of the user's own: a folder with a sub-folder for each class, or one long sound to go on with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.data.classed import classes_in, passed_over, together
from core.data.paths import find, stamp_of
from core.data.recent import Recent
from core.data.registry import Arrays, DataSource, Given, add
from core.data.wav import Sound, fitted, read_wav, resampled, spectrogram
from core.model.condition import Only
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

SUFFIXES = frozenset({".wav", ".wave"})
MAX_BYTES = 2 * 1024**3
_single: Recent[Sound] = Recent(2)

RATE = Param("rate", "Samples a second", "int", 8000, "Every sound is brought to this.", 100, 192_000, unit="Hz")
CHANNELS = Param(
    "channels", "Channels", "choice", "mono", "One mean channel, or left and right.", choices=("mono", "stereo")
)
PICTURED = (Only("as", ("spectrogram",)),)


def _channelled(sound: Sound, channels: str) -> Sound:
    """(samples, 1 or 2): the mean, or the first two channels; a single one is both sides."""
    if channels == "mono":
        return np.asarray(sound.mean(1, keepdims=True))
    return sound[:, :2] if sound.shape[1] >= 2 else np.repeat(sound, 2, axis=1)


def _sound(path: Path, given: Given) -> Sound:
    sound, rate = read_wav(path)
    if 4 * sound.size * given.whole("rate") // rate > MAX_BYTES:
        raise ProjectError(
            f"At {given.whole('rate'):,} samples a second the sound takes more than {MAX_BYTES / 1024**3:g} GiB.",
            place="data.params.rate",
            fix="Choose fewer samples a second.",
        )
    return resampled(_channelled(sound, given.word("channels")), rate, given.whole("rate"))


def _classes(given: Given) -> dict[str, list[Path]]:
    return classes_in(find(given.word("path"), "path", folder=True), SUFFIXES, "sound")


def _passed_over(given: Given) -> tuple[str, ...]:
    return passed_over(find(given.word("path"), "path", folder=True), SUFFIXES, "sound")


def _length(given: Given) -> int:
    samples = max(1, round(given.real("seconds") * given.whole("rate")))
    if given.word("as") == "spectrogram" and samples < given.whole("window"):
        raise ProjectError(
            f"{samples:,} samples are too short for a window of {given.whole('window'):,}.",
            place="data.params.window",
            fix="Choose a smaller window, more seconds or more samples a second.",
        )
    return samples


def _folder_fields(given: Given) -> dict[str, Field]:
    classes, samples = _classes(given), _length(given)
    sides = 1 if given.word("channels") == "mono" else 2
    x = Field("x", (samples, sides), "float32", "series", "sound")
    if given.word("as") == "spectrogram":
        window, hop = given.whole("window"), given.whole("hop")
        x = Field("x", (sides, window // 2, (samples - window) // hop + 1), "float32", "image", "spectrogram")
    return {"x": x, "y": Field("y", (), "int64", "class", "class", tuple(classes))}


def _read_folder(given: Given) -> Arrays:
    classes, shape = _classes(given), _folder_fields(given)["x"].shape
    paths = [each for sounds in classes.values() for each in sounds]
    size = 4 * len(paths) * int(np.prod(shape))
    if size > MAX_BYTES:
        raise ProjectError(
            f"{len(paths):,} sounds of this length take {size / 1024**3:.1f} GiB; at most "
            f"{MAX_BYTES / 1024**3:g} are held.",
            place="data.params.seconds",
            fix="Choose fewer seconds, or fewer samples a second.",
        )
    x = np.empty((len(paths), *shape), np.float32)
    refused = []
    for index, path in enumerate(paths):
        try:
            sound = fitted(_sound(path, given), _length(given))  # (samples, channels)
        except ProjectError as error:
            refused.append(error)
            continue
        if given.word("as") == "series":
            x[index] = sound
        else:
            x[index] = [spectrogram(side, given.whole("window"), given.whole("hop")) for side in sound.T]
    if refused:
        raise together(refused, "sound")
    y = np.repeat(np.arange(len(classes)), [len(sounds) for sounds in classes.values()]).astype(np.int64)
    return {"x": x, "y": y}


def _one(given: Given) -> Sound:
    path = find(given.word("path"), "path")
    key = str(path), stamp_of(str(path)), given.word("channels"), given.whole("rate")
    sound = _single.get(key, lambda: _sound(path, given))
    if len(sound) <= given.whole("length"):
        raise ProjectError(
            f"The sound has {len(sound):,} samples: no window of {given.whole('length'):,} and the one after it.",
            place="data.params.length",
            fix="Choose a shorter length or more samples a second.",
        )
    return sound


def _one_fields(given: Given) -> dict[str, Field]:
    shape = given.whole("length"), _one(given).shape[1]
    return {
        "x": Field("x", shape, "float32", "series", "sound"),
        "y": Field("y", shape, "float32", "series", "next samples"),
    }


def _read_one(given: Given) -> Arrays:
    sound, length = _one(given), given.whole("length")
    windows = np.lib.stride_tricks.sliding_window_view(sound, length + 1, axis=0)[:: given.whole("stride")]
    if 4 * windows.size > MAX_BYTES:
        raise ProjectError(
            f"{len(windows):,} windows are too many to be held.",
            place="data.params.stride",
            fix=f"Choose a stride of {-(-given.whole('stride') * 4 * windows.size // MAX_BYTES):,} or more.",
        )
    windows = windows.transpose(0, 2, 1)  # (windows, length + 1, channels)
    return {"x": windows[:, :-1].copy(), "y": windows[:, 1:].copy()}


def _gap(given: Given) -> int:
    """How many windows reach from one block of the sound into the next."""
    return -(-(given.whole("length") + 1) // given.whole("stride")) - 1


add(
    DataSource(
        "sound-folder",
        "Sound folder (WAV)",
        "Sounds from a folder with a sub-folder for each class, as series of samples in −1…1 or as pictures over time "
        "(across) and pitch (up). Long ones are cut, short ones end in silence.",
        "Your files.",
        "own",
        _folder_fields,
        _read_folder,
        (
            Param("path", "Folder", "text", "", "The folder that holds the sub-folders."),
            Param("as", "As", "choice", "spectrogram", "What the network gets.", choices=("spectrogram", "series")),
            Param("seconds", "Seconds", "float", 1.0, "The length of every sound.", 0.01, 60, unit="s"),
            RATE,
            CHANNELS,
            Param("window", "Window", "int", 256, "Samples of one column of a spectrogram.", 8, 8192, only=PICTURED),
            Param("hop", "Hop", "int", 128, "Samples from one column to the next.", 1, 8192, only=PICTURED),
        ),
        files={"path": ""},
        remarks=_passed_over,
    ),
    DataSource(
        "sound",
        "Sound (WAV)",
        "One sound, cut into windows of samples in −1…1; the target is the same window one sample further on. The "
        "parts are blocks of the sound.",
        "Your file.",
        "own",
        _one_fields,
        _read_one,
        (
            Param("path", "File", "text", "", "A WAV file."),
            Param("length", "Length", "int", 256, "Samples in a window.", 2, 65_536),
            Param("stride", "Stride", "int", 128, "Samples from one window to the next.", 1, 65_536),
            RATE,
            CHANNELS,
        ),
        files={"path": "Sounds (*.wav *.wave);;All files (*)"},
        gap=_gap,
    ),
)
