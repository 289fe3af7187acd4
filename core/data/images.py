"""A folder of pictures with a sub-folder for each class."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.data.classed import classes_in, passed_over, together
from core.data.paths import find
from core.data.registry import Arrays, DataSource, Given, add
from core.data.rows import held
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
MAX_PIXELS = 100_000_000
READERS = 4
"""Threads that decode pictures side by side; Pillow lets go of Python's lock meanwhile."""

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.float32]


def read_picture(path: Path, size: int, colour: bool, fit: str) -> Pixels:
    """One picture as (channels, size, size) in 0…1; raises ProjectError naming it."""
    from PIL import Image, ImageOps

    place = f"{path.parent.name}/{path.name}"
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ProjectError(
                    f"The picture has {picture.width:,} × {picture.height:,} pixels; at most {MAX_PIXELS:,} are read.",
                    place=place,
                    fix="Make it smaller.",
                )
            flat = _on_white(ImageOps.exif_transpose(picture), "RGB" if colour else "L")
        if fit == "crop":
            flat = ImageOps.fit(flat, (size, size), Image.Resampling.BILINEAR)
        else:
            flat = flat.resize((size, size), Image.Resampling.BILINEAR)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ProjectError(
            f"The picture has more than {MAX_PIXELS:,} pixels.", place=place, fix="Make it smaller."
        ) from error
    except (OSError, SyntaxError, ValueError, IndexError, EOFError, MemoryError) as error:
        # Pillow's readers raise all of these for damaged files; what the system refuses has a number.
        system = error.strerror if isinstance(error, OSError) and error.errno else ""
        why = system or "it is damaged or not a picture"
        raise ProjectError(f"The picture cannot be read: {why}.", place=place, fix="Replace or remove it.") from error
    pixels: Pixels = np.asarray(flat, np.float32) / np.float32(255)  # (size, size) or (size, size, 3)
    return pixels.transpose(2, 0, 1) if colour else pixels[None]


def _on_white(picture: Image.Image, mode: str) -> Image.Image:
    """In grey or RGB; what is transparent shows white, and deep greys keep their range."""
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        deep = np.asarray(picture, np.float32)
        top = 65535.0 if picture.mode.startswith("I") else max(float(deep.max()), 1e-12)
        picture = Image.fromarray(np.clip(deep / top * 255, 0, 255).astype(np.uint8))
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA"):
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert(mode)
    return picture.convert(mode)


def _shape(given: Given) -> tuple[int, int, int]:
    return 3 if given.word("colour") == "RGB" else 1, given.whole("size"), given.whole("size")


def _classes(given: Given) -> dict[str, list[Path]]:
    return classes_in(find(given.word("path"), "path", folder=True), SUFFIXES, "picture")


def _passed_over(given: Given) -> tuple[str, ...]:
    return passed_over(find(given.word("path"), "path", folder=True), SUFFIXES, "picture")


def _fields(given: Given) -> dict[str, Field]:
    names = tuple(_classes(given))
    return {
        "x": Field("x", _shape(given), "float32", "image", "image"),
        "y": Field("y", (), "int64", "class", "class", names),
    }


def _read(given: Given) -> Arrays:
    classes = _classes(given)
    shape = _shape(given)
    count = sum(len(pictures) for pictures in classes.values())
    y = np.repeat(np.arange(len(classes)), [len(pictures) for pictures in classes.values()]).astype(np.int64)
    paths = tuple(each for pictures in classes.values() for each in pictures)
    pictures = PictureRows(paths, (count, *shape), given.word("fit"))
    return {"x": held(pictures), "y": y}


class PictureRows:
    """The pictures of a folder, (count, channels, size, size), read by several threads when they are asked for."""

    def __init__(self, paths: tuple[Path, ...], shape: tuple[int, int, int, int], fit: str) -> None:
        self._paths, self.shape, self._fit = paths, shape, fit

    def __len__(self) -> int:
        return len(self._paths)

    def read(self, indices: npt.NDArray[np.int64]) -> Pixels:
        """Raises ProjectError for those of them that cannot be read."""
        pixels = np.empty((len(indices), *self.shape[1:]), np.float32)
        _, channels, size, _ = self.shape

        def put(place: int) -> ProjectError | None:
            try:
                pixels[place] = read_picture(self._paths[int(indices[place])], size, channels == 3, self._fit)
            except ProjectError as error:
                return error
            return None

        with ThreadPoolExecutor(READERS) as readers:
            refused = [error for error in readers.map(put, range(len(indices))) if error]
        if refused:
            raise together(refused, "picture")
        return pixels


add(
    DataSource(
        "image-folder",
        "Image folder",
        "Pictures from a folder with a sub-folder for each class; brightness becomes 0…1.",
        "Your files.",
        "own",
        _fields,
        _read,
        (
            Param("path", "Folder", "text", "", "The folder that holds the sub-folders."),
            Param("size", "Size", "int", 32, "Pixels a side that every picture is brought to.", 4, 1024, unit="pixels"),
            Param("colour", "Colour", "choice", "RGB", "Three channels or one.", choices=("RGB", "grey")),
            Param(
                "fit",
                "Fit",
                "choice",
                "crop",
                "Pictures that are not square lose their edges, or are stretched.",
                choices=("crop", "stretch"),
            ),
        ),
        files={"path": ""},
        remarks=_passed_over,
    )
)
