"""WAV files: the samples in −1…1, and their picture over time and pitch.

Format: Microsoft, IBM: Multimedia programming interface and data specifications 1.0 (1991).
"""

from __future__ import annotations

import io
import struct
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.data.paths import content
from core.model.amounts import counted
from core.model.fault import ProjectError

MAX_BYTES = 512 * 1024**2
WIDTHS, FLOATS = (1, 2, 3, 4), (4, 8)
"""Bytes of a sample that is a whole number, or floating-point."""
RATES = (100, 1_000_000)
PLAIN, FLOATING, EXTENSIBLE = 1, 3, 0xFFFE
FORMATS = {6: "A-law", 7: "µ-law", 2: "ADPCM", 0x55: "MP3"}
FIX = "Save it as WAV with 16-bit PCM, for example with Audacity."

Sound = npt.NDArray[np.float32]


def read_wav(path: Path) -> tuple[Sound, int]:
    """(samples, channels) in −1…1 and the samples a second; raises ProjectError."""
    place = f"{path.parent.name}/{path.name}"
    raw, is_floating = _plain(content(path, MAX_BYTES), place)
    try:
        with wave.open(io.BytesIO(raw)) as stream:
            channels, width, rate = stream.getnchannels(), stream.getsampwidth(), stream.getframerate()
            claimed = stream.getnframes()
            frames = stream.readframes(claimed)
    except (wave.Error, EOFError, struct.error, RuntimeError, ValueError, ZeroDivisionError) as error:
        reason = str(error) or "it ends too early"
        raise ProjectError(f"This is not a whole WAV file ({reason}).", place=place, fix=FIX) from error
    if width not in (FLOATS if is_floating else WIDTHS) or not channels or not RATES[0] <= rate <= RATES[1]:
        raise ProjectError(
            f"The sound has {8 * width} bits a sample, {counted(channels, 'channel')} and {rate:,} samples a second; "
            f"8, 16, 24 and 32 bits (64 of floating-point) and from {RATES[0]:,} to {RATES[1]:,} samples a second are "
            "read.",
            place=place,
            fix=FIX,
        )
    count = len(frames) // (width * channels)
    if count < claimed:
        raise ProjectError(
            f"The sound expects {claimed:,} samples, has {count:,}.", place=place, fix="It is cut off; fetch it again."
        )
    if not count:
        raise ProjectError("The file holds no sound.", place=place, fix="Replace or remove it.")
    samples = frames[: count * width * channels]
    sound = _unscaled(samples, width, place) if is_floating else _floats(samples, width)
    return sound.reshape(count, channels), rate


def _plain(raw: bytes, place: str) -> tuple[bytes, bool]:
    """The file with the tag of plain samples, as `wave` knows no other, and whether its samples are floating-point."""
    at = 12
    while raw[:4] == b"RIFF" and raw[8:12] == b"WAVE" and at + 8 <= len(raw):
        name, size = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        if name == b"fmt " and at + 10 <= len(raw):
            tag = int.from_bytes(raw[at + 8 : at + 10], "little")
            inner = int.from_bytes(raw[at + 32 : at + 34], "little") if tag == EXTENSIBLE else tag
            if inner not in (PLAIN, FLOATING):
                how = FORMATS.get(inner, f"format {inner}")
                raise ProjectError(f"The sound is stored as {how}, which is not read.", place=place, fix=FIX)
            return raw[: at + 8] + PLAIN.to_bytes(2, "little") + raw[at + 10 :], inner == FLOATING
        at += 8 + size + size % 2
    return raw, False


def _unscaled(frames: bytes, width: int, place: str) -> Sound:
    """Floating-point samples: full scale is 1, and what is louder stays so."""
    with np.errstate(over="ignore"):
        sound = np.frombuffer(frames, f"<f{width}").astype(np.float32)
    if not np.isfinite(sound).all():
        raise ProjectError("The sound holds samples that are no numbers.", place=place, fix=FIX)
    return sound


def _floats(frames: bytes, width: int) -> Sound:
    """8 bits are unsigned about 128, the others signed; little-endian."""
    if width == 1:
        return (np.frombuffer(frames, np.uint8).astype(np.float32) - 128) / np.float32(128)
    if width == 3:
        three = np.frombuffer(frames, np.uint8).reshape(-1, 3)
        # In the upper three bytes of four a negative number keeps its sign.
        four = np.zeros((len(three), 4), np.uint8)
        four[:, 1:] = three
        return (four.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
    return (np.frombuffer(frames, f"<i{width}") / 2.0 ** (8 * width - 1)).astype(np.float32)


def resampled(sound: Sound, rate: int, goal: int) -> Sound:
    """The sound (samples, channels) at another number of samples a second, filtered so that nothing folds over."""
    if rate == goal:
        return sound
    from scipy.signal import resample_poly

    ratio = max(Fraction(goal, rate).limit_denominator(1000), Fraction(1, 1000))
    return np.asarray(resample_poly(sound, ratio.numerator, ratio.denominator, axis=0), np.float32)


def fitted(sound: Sound, samples: int) -> Sound:
    """So many samples: the first ones, or silence behind."""
    if len(sound) >= samples:
        return sound[:samples]
    return np.concatenate([sound, np.zeros((samples - len(sound), sound.shape[1]), np.float32)])


def spectrogram(sound: npt.NDArray[np.float32], window: int, hop: int) -> npt.NDArray[np.float32]:
    """Log power (pitches, times) of a sound (samples,), in 0…1 over 80 decibels; low pitches last, as at the bottom.

    Short-time Fourier transform with a Hann window; Oppenheim, Schafer: Discrete-time signal processing, chapter 10.
    """
    pieces = np.lib.stride_tricks.sliding_window_view(sound, window)[::hop]  # (times, window)
    bell = np.hanning(window + 1)[:-1]
    power = np.abs(np.fft.rfft(pieces * bell, axis=1)) ** 2 / (bell.sum() / 2) ** 2
    decibels = 10 * np.log10(np.maximum(power[:, 1:], 1e-12))  # without the mean
    return np.array(np.clip(decibels / 80 + 1, 0, 1).T[::-1], np.float32, order="C")
