"""The fields of the data in front: read at once where that is quick, outside of the window's thread where it is not."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from core.model.fault import ProjectError
from core.model.settings import Data
from core.model.tensor import Field
from gui.background import Background


class DataFields(QObject):
    """`fields` are empty while the data cannot be read, `error` then says why, in plain words."""

    arrived = Signal()
    """Fields (or the error) that were read outside of the window's thread are there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, Field] = {}
        self.error = ""
        self._reader = Background("fields", self)
        self._reader.finished.connect(lambda fields: self._take(fields, ""))
        self._reader.failed.connect(lambda error: self._take({}, str(error)))

    @property
    def is_reading(self) -> bool:
        """Whether the fields are on their way; those of the data before are still there."""
        return self._reader.is_busy

    def read(self, data: Data) -> None:
        """Reads the fields of these data; `arrived` tells when, if it takes long."""
        # It needs NumPy, which is imported after the first paint.
        from core.data.dataset import fields_of, takes_long

        if takes_long(data):
            self._reader.start(lambda: fields_of(data))
            return
        self._reader.forget()
        try:
            self.fields, self.error = fields_of(data), ""
        except ProjectError as error:
            self.fields, self.error = {}, str(error)

    def forget(self) -> None:
        """Lets go of what is being read."""
        self._reader.forget()

    def _take(self, fields: dict[str, Field], error: str) -> None:
        self.fields, self.error = fields, error
        self.arrived.emit()
