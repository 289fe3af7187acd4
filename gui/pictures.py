"""Small pictures of what flows through a network: bars, curves, strips of tokens, and the one that suits an array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from gui.class_map import class_map
from gui.pixels import (
    NOT_A_NUMBER,
    Array,
    Size,
    blank,
    bounded,
    image_from,
    image_of,
    rgb_of,
    shrink,
    tiles_of,
    word_of,
    write_in,
)

__all__ = ["activation_picture", "bars_of", "curve_of", "image_of", "number_of", "rgb_of", "tiles_of", "tokens_of"]


def bars_of(
    array: Array, size: Size = (96, 48), color: str = "#5AA9FF", highlight: int | None = None, line: str = "#98A0B0"
) -> QImage:
    """A vector as bars from a zero line; more values than pixels are averaged. `highlight` stays full, others dim."""
    width, height = bounded(size)
    values = shrink(np.ravel(np.asarray(array))[None].astype(np.float32), 1, max(1, width // 2))[0]
    if not values.size:
        return blank(size)
    good = np.isfinite(values)
    whole = bool(good.all())
    # In double precision the largest floats leave room for their differences.
    values = (values if whole else np.where(good, values, 0)).astype(np.float64)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    if high == low:
        high = 1.0
    zero = round((height - 1) * high / (high - low))
    pitch = min(width / len(values), max(4.0, height * 0.5))
    left = (width - pitch * len(values)) / 2
    broad = max(1.0, pitch - (1 if pitch >= 3 else 0))
    # A pixel belongs to the bar in which its middle lies.
    place = (np.arange(width) + 0.5 - left) / pitch
    bar = place.astype(np.intp).clip(0, len(values) - 1)
    inside = (place >= 0) & (place < len(values))
    covered = inside & ((place - bar) * pitch < broad)
    ends = (height - 1) * (high - values) / (high - low)
    tops = np.minimum(ends, zero)
    bottoms = np.maximum(tops + 1, np.maximum(ends, zero))
    plain, faded = QColor(color), QColor(color)
    faded.setAlphaF(0.45)
    inks = np.full(len(values), word_of(plain if highlight is None else faded))
    if highlight is not None:
        inks[highlight : highlight + 1] = word_of(plain)
    if not whole:
        tops, bottoms = np.where(good, tops, 0), np.where(good, bottoms, height)
        inks[~good] = word_of(QColor(*NOT_A_NUMBER))
    pixels = np.zeros((height, width), np.uint32)
    pixels[min(zero, height - 1), inside] = word_of(QColor(line))
    first, end = np.ceil(tops - 0.5).astype(np.int16)[bar], np.ceil(bottoms - 0.5).astype(np.int16)[bar]
    rows = np.arange(height, dtype=np.int16)[:, None]
    filled = covered & (rows >= first) & (rows < end)
    np.copyto(pixels, inks[bar], where=filled)
    return image_from(pixels)


def curve_of(array: Array, size: Size = (96, 48), colors: Sequence[str] = ("#5AA9FF",), pen: float = 1.5) -> QImage:
    """A series (T,) or several (T, k ≤ 8) as curves over one common scale; gaps where a value is not a number."""
    image = blank(size)
    width, height = bounded(size)
    series = np.atleast_2d(np.asarray(array).T).astype(np.float64)[:8]
    finite = series[np.isfinite(series)]
    if not finite.size:
        return image
    low, high = float(finite.min()), float(finite.max())
    span = high - low or 1.0
    middle = 0.5 if high == low else 0.0
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, line in enumerate(series):
        line = shrink(line[None], 1, 2 * width)[0]
        across = np.linspace(1, width - 1, len(line)) if len(line) > 1 else np.array([width / 2])
        heights = 1 + (height - 2) * (1 - ((line - low) / span + middle))
        painter.setPen(QPen(QColor(colors[number % len(colors)]), pen))
        good = np.isfinite(line)
        for run in np.split(np.arange(len(line)), np.flatnonzero(np.diff(good)) + 1):
            if good[run[0]]:
                points = [QPointF(float(across[i]), float(heights[i])) for i in run]
                painter.drawPolyline(QPolygonF(points)) if len(points) > 1 else painter.drawPoint(points[0])
    painter.end()
    return image


def tokens_of(
    array: Array,
    size: Size = (96, 24),
    labels: Sequence[str] = (),
    ink: str = "#E6E8EE",
    ground: str = "#2E3340",
    scale: float = 1.0,
) -> QImage:
    """A sequence of whole numbers (T,) as a strip of cells with their labels; the last cell counts what is left."""
    image = blank(size)
    width, height = bounded(size)
    values = np.ravel(np.asarray(array))
    if not values.size:
        return image
    # Snapshots hold floats throughout, tokens too.
    values = np.clip(np.nan_to_num(values, nan=-1), -1, 2**31 - 1).round().astype(np.int64)
    # Numbers below zero mark places that are left out.
    words = ["·" if v < 0 else labels[v] if v < len(labels) else f"{v}" for v in values[: max(1, width // 4)].tolist()]
    longest = max(len(shown_token(word)) for word in words)
    pitch = round(max(14, 8 * longest + 6) * scale)
    across = max(1, width // pitch)
    down = max(1, int(height / (20 * scale)))
    room = across * down
    if len(values) > room:
        words = [*words[: room - 1], f"+{len(values) - room + 1}"]
    tall = min(height / down, 24 * scale)
    for index, word in enumerate(words):
        box = QRectF(index % across * pitch, index // across * tall, pitch - 1, tall - 1)
        painter = QPainter(image)
        painter.fillRect(box, QColor(ground))
        painter.end()
        write_in(image, box, shown_token(word), ink, scale)
    return image


def shown_token(token: str) -> str:
    """A token so that it can be seen: spaces and line ends get signs."""
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(token, token)


def number_of(value: float, size: Size = (96, 48), ink: str = "#E6E8EE", scale: float = 1.0) -> QImage:
    """One number in large figures."""
    image = blank(size)
    width, height = bounded(size)
    write_in(image, QRectF(0, 0, width, height), f"{value:.4g}", ink, scale)
    return image


def activation_picture(
    array: Array,
    field_meaning: str = "",
    size: Size = (96, 48),
    *,
    color: str = "#5AA9FF",
    dark: bool = True,
    labels: Sequence[str] = (),
    ink: str = "",
    scale: float = 1.0,
) -> QImage:
    """What flows out of a node, one sample without the batch axis, drawn as suits it.

    Images (meaning `image`) in grey or colour, C×H×W as tiles, matrices as heat maps, vectors as bars, series as
    curves, tokens as a strip, maps of classes each in its colour, a single number in figures. `color` is that of bars
    and curves; `scale` is how many pixels of the size make one of the screen's units, for text and lines.
    """
    array = np.asarray(array)
    ink = ink or ("#E6E8EE" if dark else "#1C2230")
    if array.size == 0:
        return blank(size)
    if array.size == 1:
        value = float(array.reshape(-1)[0])
        if field_meaning in ("class", "token") and 0 <= value < len(labels):
            image = blank(size)
            width, height = bounded(size)
            write_in(image, QRectF(0, 0, width, height), shown_token(labels[int(value)]), ink, scale)
            return image
        return number_of(value, size, ink, scale)
    if array.ndim == 1 and (field_meaning == "token" or array.dtype.kind in "iu"):
        return tokens_of(array, size, labels, ink, "#2E3340" if dark else "#D9DDE6", scale)
    if field_meaning == "series" and array.ndim <= 2:
        along = array.T if array.ndim == 2 and array.shape[0] < array.shape[1] else array
        return curve_of(along, size, (color, "#E69F00", "#009E73", "#CC79A7"), 1.5 * scale)
    if array.ndim == 1:
        return bars_of(array, size, color)
    if array.ndim == 2 and field_meaning == "class":
        return class_map(array, len(labels) or int(np.max(array, where=np.isfinite(array), initial=0)) + 1, size)
    if array.ndim == 2:
        is_image = field_meaning == "image"
        return image_of(array, "image" if is_image else "auto", size, dark=dark, square=is_image)
    array = array.reshape(-1, *array.shape[-2:])
    if field_meaning == "image" and len(array) == 3:
        return rgb_of(array, size)
    if len(array) == 1:
        return image_of(array[0], "image" if field_meaning == "image" else "auto", size, dark=dark)
    return tiles_of(array, "image" if field_meaning == "image" else "auto", size, dark=dark, ink=ink)
