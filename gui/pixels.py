"""Arrays as crisp pixels in QImages with a transparent ground: heat maps, colour pictures and tiles.

Everything is bounded by the size that is asked for, however large the array; not-a-number is marked in magenta.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from gui.colormaps import MapName, map_for, table

Kind = Literal["magnitude", "signed", "image", "probability"]
Array = npt.NDArray[Any]
Size = QSize | tuple[int, int]

NOT_A_NUMBER = (255, 0, 200)
DUST = 0.02
"""So far below zero a picture of 0…1 may lie without being one of another span: interpolation does that."""
MAX_SIDE = 2048
MAX_TILES = 256
MIN_TILE = 12


@dataclass(frozen=True)
class Scale:
    """The values at the two ends of a colour map."""

    low: float
    high: float


def bounded(size: Size | None) -> tuple[int, int]:
    """Width and height in pixels, at least 1 and at most MAX_SIDE."""
    if size is None:
        return MAX_SIDE, MAX_SIDE
    width, height = (size.width(), size.height()) if isinstance(size, QSize) else size
    return max(1, min(int(width), MAX_SIDE)), max(1, min(int(height), MAX_SIDE))


def kind_of(array: Array) -> Kind:
    """`signed` where there are values below zero, else `magnitude`."""
    return "signed" if array.size and bool(np.any(array < 0)) else "magnitude"


def scale_of(array: Array, kind: str, low: float | None = None, high: float | None = None) -> Scale:
    """The ends of the map over the finite values: symmetrical for `signed`, from 0 for magnitudes that are near it."""
    least, most = (float(array.min()), float(array.max())) if array.size else (0.0, 1.0)
    if not (math.isfinite(least) and math.isfinite(most)):
        finite = array[np.isfinite(array)]
        least, most = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if kind == "signed":
        reach = max(abs(least if low is None else low), abs(most if high is None else high)) or 1.0
        return Scale(-reach, reach)
    if kind == "magnitude" and least > 0 and (least < most / 2 or least == most):
        least = 0.0
    least, most = least if low is None else low, most if high is None else high
    return Scale(least, most if most > least else least + 1.0)


@lru_cache(maxsize=256)
def _blocks(length: int, limit: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where each of `limit` nearly equal blocks begins, and how many values it holds."""
    starts = np.arange(limit) * length // limit
    return starts, np.diff(starts, append=length)


def shrink(array: Array, rows: int, columns: int) -> Array:
    """An array (…, H, W) averaged over blocks to at most (rows, columns); a block with a not-a-number stays one."""
    for axis, limit in ((-2, rows), (-1, columns)):
        length = array.shape[axis]
        if length > limit:
            starts, counts = _blocks(length, limit)
            with np.errstate(over="ignore", invalid="ignore"):
                sums = np.add.reduceat(array.astype(np.float32, copy=False), starts, axis=axis)
            array = sums / (counts[:, None] if axis == -2 else counts)
    return array


def pixels(array: Array, kind: str, scale: Scale, dark: bool = True) -> npt.NDArray[np.uint8]:
    """Values of any shape → (…, 4) bytes in Qt's order blue, green, red, alpha."""
    values = array.astype(np.float32, copy=False)
    good = np.isfinite(values)
    whole = bool(good.all())
    with np.errstate(over="ignore", invalid="ignore"):
        # Spans near the smallest float would make an infinite factor.
        place = (values - scale.low) * (255 / max(scale.high - scale.low, 1e-35)) + 0.5
    index = (place if whole else np.where(good, place, 0)).clip(0, 255).astype(np.uint8)
    out = _packed(map_for(kind, dark))[np.ascontiguousarray(index)]
    if not whole:
        out[~good] = _NOT_A_NUMBER
    return np.ascontiguousarray(out).view(np.uint8).reshape(*values.shape, 4)


@cache
def _packed(name: MapName) -> npt.NDArray[np.uint32]:
    """A map's colours as Qt's 32-bit words (256,): one look-up a pixel instead of four."""
    red, green, blue = table(name).astype(np.uint32).T
    words: npt.NDArray[np.uint32] = 0xFF000000 | red << 16 | green << 8 | blue
    return words


_NOT_A_NUMBER = np.uint32(0xFF000000 | NOT_A_NUMBER[0] << 16 | NOT_A_NUMBER[1] << 8 | NOT_A_NUMBER[2])


def _image(bgra: npt.NDArray[np.uint8]) -> QImage:
    height, width = bgra.shape[:2]
    data = np.ascontiguousarray(bgra)
    # The copy owns its bytes; without it the image would look into an array that is gone.
    return QImage(data.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def word_of(color: QColor) -> np.uint32:
    """A colour as Qt's 32-bit word, multiplied by its opacity."""
    alpha = color.alpha()
    red, green, blue = (round(part * alpha / 255) for part in (color.red(), color.green(), color.blue()))
    return np.uint32(alpha << 24 | red << 16 | green << 8 | blue)


def image_from(words: npt.NDArray[np.uint32]) -> QImage:
    """Colours as words (H, W) → a picture."""
    return _image(np.ascontiguousarray(words).view(np.uint8).reshape(*words.shape, 4))


def blank(size: Size | None) -> QImage:
    """A transparent picture."""
    width, height = bounded(size) if size is not None else (1, 1)
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _resized(bgra: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Nearest neighbour of (…, H, W, 4) to exactly (…, height, width, 4)."""
    rows, columns = bgra.shape[-3:-1]
    if (rows, columns) == (height, width):
        return bgra
    down, across = np.arange(height) * rows // height, np.arange(width) * columns // width
    words = np.ascontiguousarray(bgra).view(np.uint32)[..., 0]
    out = words.take(down, axis=-2).take(across, axis=-1)
    bytes_of: npt.NDArray[np.uint8] = out.view(np.uint8).reshape(*out.shape, 4)
    return bytes_of


def _crisp(factor: float) -> float:
    """The whole factor below, where it fills the room nearly as well: then every value is an equal square."""
    return float(int(factor)) if int(factor) >= 0.8 * factor else factor


def _magnified(bgra: npt.NDArray[np.uint8], width: int, height: int, square: bool = True) -> npt.NDArray[np.uint8]:
    """As large as fits; not `square`, a value may be up to four times longer than broad."""
    rows, columns = bgra.shape[:2]
    across, down = width / columns, height / rows
    if square:
        across = down = min(across, down)
    across, down = min(across, 4 * down), min(down, 4 * across)
    return _resized(bgra, max(1, int(rows * _crisp(down))), max(1, int(columns * _crisp(across))))


def image_of(
    array: Array,
    kind: Kind | Literal["auto"] = "auto",
    size: Size | None = None,
    low: float | None = None,
    high: float | None = None,
    dark: bool = True,
    square: bool = True,
) -> QImage:
    """An array (H, W) as pixels, as large as `size` allows; without a size one pixel a value."""
    array = np.atleast_2d(np.asarray(array))
    if array.size == 0:
        return blank(size)
    kind = kind_of(array) if kind == "auto" else kind
    scale = scale_of(array, kind, low, high)
    width, height = bounded(size)
    colors = pixels(shrink(array, height, width), kind, scale, dark)
    return _image(colors if size is None else _magnified(colors, width, height, square))


def rgb_of(array: Array, size: Size | None = None) -> QImage:
    """An array (3, H, W) of 0…1 (or of 0…255) as a colour picture; one with negative values from lowest to highest."""
    width, height = bounded(size)
    planes = np.moveaxis(shrink(np.asarray(array), height, width), 0, -1).astype(np.float32)
    bad = ~np.isfinite(planes)
    top = 255.0 if planes.size and float(np.max(planes, where=~bad, initial=0)) > 2 else 1.0
    low = float(np.min(planes, where=~bad, initial=0))
    if low < -DUST:
        # Standardised pictures and those of −1…1 have no black of their own.
        span = float(np.max(planes, where=~bad, initial=low)) - low
        planes, top = (planes - low) / (span or 1.0), 1.0
    planes = np.where(bad, 0, planes)
    out = np.full((*planes.shape[:2], 4), 255, np.uint8)
    out[..., :3] = np.clip(planes[..., ::-1], 0, top) * (255 / top) + 0.5
    out[bad.any(axis=-1), :3] = NOT_A_NUMBER[::-1]
    return _image(out if size is None else _magnified(out, width, height))


def grid_of(count: int, rows: int, columns: int, width: int, height: int, gap: int = 1) -> tuple[int, int, float]:
    """How to lay `count` tiles of (rows, columns) out: tiles across, tiles down, pixels a value (below 1: averaged)."""
    best = (1, count, 0.0)
    for across in range(1, count + 1):
        down = math.ceil(count / across)
        fit = min((width - gap * (across - 1)) / (across * columns), (height - gap * (down - 1)) / (down * rows))
        if fit > best[2]:
            best = (across, down, fit)
    return best


@dataclass(frozen=True)
class TileLayout:
    """How tiles are laid out: how many across and down, how many are drawn, and each one's size in pixels."""

    across: int
    down: int
    drawn: int
    tall: int
    broad: int


def grid_layout(shape: tuple[int, ...], size: Size | None = None, gap: int = 1) -> TileLayout:
    """The layout of an array (C, H, W) of this shape; where not all tiles fit, the last cell is left for a count."""
    width, height = bounded(size)
    return _layout(shape, width, height, gap, size is None)


@lru_cache(maxsize=512)
def _layout(shape: tuple[int, ...], width: int, height: int, gap: int, free: bool) -> TileLayout:
    """`free`: no size was asked for."""
    count, rows, columns = shape
    if free:
        width = height = min(MAX_SIDE, 2 * math.ceil(math.sqrt(min(count, MAX_TILES))) * (max(rows, columns) + gap))
    shown = min(count, MAX_TILES)
    across, down, factor = grid_of(shown, rows, columns, width, height, gap)
    while shown > 1 and factor < 1 and factor * min(rows, columns) < MIN_TILE:
        shown = max(1, shown * 7 // 8)
        across, down, factor = grid_of(shown, rows, columns, width, height, gap)
    factor = _crisp(factor)
    drawn = shown - 1 if count > shown else shown
    return TileLayout(across, down, drawn, max(1, int(rows * factor)), max(1, int(columns * factor)))


def tiles_of(
    array: Array,
    kind: Kind | Literal["auto"] = "auto",
    size: Size | None = None,
    low: float | None = None,
    high: float | None = None,
    dark: bool = True,
    gap: int = 1,
    ink: str = "#98A0B0",
) -> QImage:
    """An array (C, H, W) as tiles with gaps, all on one scale; what does not fit is counted in the last cell (`+n`)."""
    array = np.asarray(array)
    if array.size == 0:
        return blank(size)
    layout = grid_layout(array.shape, size, gap)
    tall, broad = layout.tall, layout.broad
    shown = array[: layout.drawn]
    kind = kind_of(shown) if kind == "auto" else kind
    scale = scale_of(shown, kind, low, high)
    if (tall < array.shape[1] or broad < array.shape[2]) and len(shown):
        shown = shrink(shown, tall, broad)
    canvas = np.zeros(
        (layout.down * tall + gap * (layout.down - 1), layout.across * broad + gap * (layout.across - 1), 4), np.uint8
    )
    for index, tile in enumerate(_resized(pixels(shown, kind, scale, dark), tall, broad)):
        top, left = index // layout.across * (tall + gap), index % layout.across * (broad + gap)
        canvas[top : top + tall, left : left + broad] = tile
    image = _image(canvas)
    if hidden := len(array) - layout.drawn:
        top, left = layout.drawn // layout.across * (tall + gap), layout.drawn % layout.across * (broad + gap)
        write_in(image, QRectF(left, top, broad, tall), f"+{hidden:,}", ink)
    return image


def write_in(image: QImage, box: QRectF, text: str, ink: str, scale: float = 1.0) -> None:
    """Writes into a picture, centred, as large as the box allows and at most 28 × `scale` pixels high."""
    painter = QPainter(image)
    font = QFont("monospace")
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(
        max(6, min(int(box.height() * 0.7), int(1.5 * box.width() / max(1, len(text))), round(28 * scale)))
    )
    painter.setFont(font)
    painter.setPen(QColor(ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
