"""The body of a node: a picture of what flows out, made anew only when the array, the room or the colours changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from core.model.tensor import Field
from gui.canvas.style import Style
from gui.pictures import activation_picture

Array = npt.NDArray[Any]
_FINEST = 4.0
"""Pixels a unit up to which pictures are made; nearer, these are enlarged."""


class BodyPicture:
    """One node's picture."""

    def __init__(self) -> None:
        self._array: Array | None = None
        self._key: tuple[object, ...] = ()
        self._image = QImage()

    def show(self, array: Array | None) -> bool:
        """Takes the latest array; returns whether there is something new to paint."""
        if array is None or array is self._array:
            return False
        before, self._array = self._array, array
        if before is not None and before.shape == array.shape and np.array_equal(before, array):
            return False
        self._key = ()
        return True

    def forget(self) -> None:
        self._array, self._image, self._key = None, QImage(), ()

    @property
    def filled(self) -> bool:
        return self._array is not None

    def paint(
        self, painter: QPainter, room: QRectF, scale: float, color: QColor, field: Field | None, style: Style
    ) -> None:
        """Draws the picture in the middle of a room in the device's pixels, of which there are `scale` a unit."""
        if self._array is None:
            return
        key = (room.width(), room.height(), scale, color.rgba(), style.theme.name)
        if key != self._key:
            self._image, self._key = self._draw(self._array, room, scale, color, field, style), key
        image = self._image
        left, top = room.center().x() - image.width() / 2, room.center().y() - image.height() / 2
        # On whole pixels a picture stays sharp.
        painter.drawImage(round(left), round(top), image)

    def _draw(
        self, array: Array, room: QRectF, scale: float, color: QColor, field: Field | None, style: Style
    ) -> QImage:
        # From afar the picture is that of natural size, averaged; near by it has the resolution of the screen.
        fine = min(max(scale, 1.0), _FINEST)
        image = activation_picture(
            array,
            field.meaning if field else "",
            (round(room.width() * fine / scale), round(room.height() * fine / scale)),
            color=color.name(),
            dark=style.theme.is_dark,
            labels=field.labels if field else (),
            ink=style.theme.text,
            scale=fine,
        )
        if fine == scale:
            return image
        smooth = (
            Qt.TransformationMode.SmoothTransformation if fine > scale else Qt.TransformationMode.FastTransformation
        )
        width, height = round(image.width() * scale / fine), round(image.height() * scale / fine)
        return image.scaled(max(width, 1), max(height, 1), Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
