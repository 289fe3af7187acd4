"""IDX files, the format of MNIST and its relatives, plain or compressed with gzip.

Format: Y. LeCun, C. Cortes, C. Burges, The MNIST database: two zero bytes, a type, the number of dimensions, each
dimension as four bytes, the values; all big-endian.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.data import rows
from core.data.paths import find
from core.data.registry import Arrays, DataSource, Given, add
from core.model.fault import ProjectError
from core.model.spec import Param
from core.model.tensor import Field

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_BYTES = 2 * 1024**3
CHUNK = 1 << 20
Shape = tuple[int, ...]


def read_shape(path: Path) -> tuple[Shape, str]:
    """The shape and NumPy's dtype of an IDX file, from its header alone; raises ProjectError."""
    with _open(path) as stream:
        return _header(stream, path)


def read_idx(path: Path) -> npt.NDArray[Any]:
    """The array in an IDX file; raises ProjectError where it is not one, is cut off or too long."""
    with _open(path) as stream:
        shape, dtype = _header(stream, path)
        start, size = 4 + 4 * len(shape), math.prod(shape) * np.dtype(dtype).itemsize
        body = _read(stream, size, path, beyond=1)
    if len(body) != size:
        has = f"{start + len(body):,}" if len(body) < size else "more"
        raise ProjectError(
            f"The file expects {start + size:,} bytes ({_times(shape)}), has {has}.",
            place=f"{path.name}, byte {start + min(len(body), size):,}",
            fix="It is cut off; fetch it again."
            if len(body) < size
            else "Something is appended to it; fetch it again.",
        )
    return np.frombuffer(body, dtype).reshape(shape)


def _open(path: Path) -> BufferedIOBase:
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        return gzip.GzipFile(path) if packed else path.open("rb")
    except OSError as error:
        raise ProjectError(f"The file cannot be read: {error.strerror}.", place=str(path)) from error


def _read(stream: BufferedIOBase, size: int, path: Path, beyond: int = 0) -> bytes:
    """At most `size` bytes and `beyond` more, in chunks: the size is only what the header claims."""
    chunks: list[bytes] = []
    left = size + beyond
    try:
        while left > 0 and (chunk := stream.read1(min(left, CHUNK))):
            chunks.append(chunk)
            left -= len(chunk)
    except EOFError as error:
        have = size + beyond - left
        raise ProjectError(
            f"The compressed file is cut off: it expects {size:,} more bytes of content, has {have:,}.",
            place=path.name,
            fix="Fetch it again.",
        ) from error
    except (OSError, zlib.error) as error:
        raise ProjectError(
            f"The compressed file is damaged ({error}).", place=path.name, fix="Fetch it again."
        ) from error
    return b"".join(chunks)


def _header(stream: BufferedIOBase, path: Path, limit: float = MAX_BYTES) -> tuple[Shape, str]:
    magic = _read(stream, 4, path)
    if len(magic) < 4:
        raise ProjectError(f"The file has {len(magic)} bytes, too few for an IDX file.", place=path.name, fix=OTHER)
    if magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
        shown = " ".join(f"{byte:02x}" for byte in magic)
        raise ProjectError(
            f"This is not an IDX file: it begins with {shown}, not with 00 00, a type and a number of dimensions.",
            place=f"{path.name}, byte 0",
            fix=OTHER,
        )
    count = magic[3]
    sizes = _read(stream, 4 * count, path)
    if len(sizes) < 4 * count:
        raise ProjectError(
            f"The header expects {4 + 4 * count} bytes, has {4 + len(sizes)}.",
            place=f"{path.name}, byte {4 + len(sizes)}",
            fix="The file is cut off; fetch it again.",
        )
    shape, dtype = struct.unpack(f">{count}I", sizes), TYPES[magic[2]]
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size > limit:
        raise ProjectError(
            f"The header claims {_times(shape)} values, {size:,} bytes; at most {limit:,} are read.",
            place=f"{path.name}, byte 4",
            fix="The file is damaged or too large.",
        )
    return shape, dtype


OTHER = "Choose an IDX file such as train-images-idx3-ubyte.gz."


def _times(shape: Shape) -> str:
    return " × ".join(f"{size:,}" for size in shape)


def _files(given: Given) -> tuple[Path, Path, Shape]:
    """Both files and the shape of the images, checked against each other by their headers."""
    images, labels = find(given.word("images_path"), "images_path"), find(given.word("labels_path"), "labels_path")
    with _open(images) as stream:
        packed = isinstance(stream, gzip.GzipFile)
        # What is not compressed can be read image by image, however large it is.
        shape, dtype = _header(stream, images, MAX_BYTES if packed else math.inf)
    if len(shape) not in (3, 4) or dtype != ">u1" or 0 in shape:
        raise ProjectError(
            f"Images are bytes in 3 dimensions (count, height, width); this file has {_times(shape)} of {dtype[1:]}.",
            place=images.name,
            fix="Is it the file of the labels? Choose the one of the images.",
        )
    label_shape, label_dtype = read_shape(labels)
    if len(label_shape) != 1 or np.dtype(label_dtype).kind not in "iu":
        raise ProjectError(
            f"Labels are whole numbers in one dimension; this file has {_times(label_shape)}.",
            place=labels.name,
            fix="Is it the file of the images? Choose the one of the labels.",
        )
    if label_shape[0] != shape[0]:
        raise ProjectError(
            f"There are {shape[0]:,} images but {label_shape[0]:,} labels.",
            place=labels.name,
            fix="Choose the two files that belong together.",
        )
    return images, labels, shape


def _fields(given: Given) -> dict[str, Field]:
    _, labels, shape = _files(given)
    names = tuple(name.strip() for name in given.word("classes").split(",") if name.strip())
    values = read_idx(labels).astype(np.int64)
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest > 9999:
        odd = lowest if lowest < 0 else highest
        raise ProjectError(
            f"Labels are 0, 1, 2 … up to 9,999; this file has {odd:,}.",
            place=labels.name,
            fix="Choose the file of the labels.",
        )
    if names and len(names) <= highest:
        raise ProjectError(
            f"{len(names)} class names are given, but a label is {highest}.",
            place="data.params.classes",
            fix=f"Give {highest + 1} names or more, or none.",
        )
    image = (1, *shape[1:]) if len(shape) == 3 else shape[1:]
    return {
        "x": Field("x", image, "float32", "image", "image"),
        "y": Field("y", (), "int64", "class", "class", names or tuple(str(each) for each in range(highest + 1))),
    }


def _load(given: Given) -> Arrays:
    images, labels, shape = _files(given)
    count = min(given.whole("samples") or shape[0], shape[0])
    y = read_idx(labels)[:count].astype(np.int64)
    if 4 * math.prod(shape[1:]) * count > rows.HELD_BYTES or math.prod(shape) > MAX_BYTES:
        return {"x": rows.held(IdxRows(images, (count, *shape[1:]))), "y": y}
    pixels = read_idx(images)[:count]
    if pixels.ndim == 3:
        pixels = pixels[:, None]  # (n, 1, height, width)
    x = pixels.astype(np.float32)
    x /= 255
    return {"x": x, "y": y}


class IdxRows:
    """The images of a file that is larger than the memory should hold, (count, channels, height, width) in 0…1."""

    def __init__(self, path: Path, shape: Shape) -> None:
        """`shape` is that of the images which are used; raises ProjectError where they cannot be read one by one."""
        with _open(path) as stream:
            whole, _ = _header(stream, path, math.inf)
            packed = isinstance(stream, gzip.GzipFile)
        if packed:
            raise ProjectError(
                "The images are too many to be held in memory, and out of a compressed file none can be read alone.",
                place=path.name,
                fix="Unpack it with gunzip, or use fewer samples.",
            )
        start, expected = 4 + 4 * len(whole), math.prod(whole)
        if (size := path.stat().st_size) < start + expected:
            raise ProjectError(
                f"The file expects {start + expected:,} bytes ({_times(whole)}), has {size:,}.",
                place=f"{path.name}, byte {size:,}",
                fix="It is cut off; fetch it again.",
            )
        self._pixels = np.memmap(path, np.uint8, "r", start, whole)
        self.shape = (shape[0], *((1, *shape[1:]) if len(shape) == 3 else shape[1:]))

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """(len(indices), channels, height, width)."""
        return (self._pixels[indices].astype(np.float32) / np.float32(255)).reshape(len(indices), *self.shape[1:])


IDX_FILES = "IDX files (*-ubyte *-ubyte.gz *.idx *.idx.gz *.gz);;All files (*)"

add(
    DataSource(
        "idx",
        "IDX files (MNIST)",
        "Images and labels in the format of MNIST, Fashion-MNIST and their relatives; brightness becomes 0…1.",
        "Your files. Format: Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits (1998).",
        "own",
        _fields,
        _load,
        (
            Param("images_path", "Images", "text", "", "The file of the images, such as train-images-idx3-ubyte.gz."),
            Param("labels_path", "Labels", "text", "", "The file of the labels, such as train-labels-idx1-ubyte.gz."),
            Param("samples", "Samples", "int", 0, "How many of the first samples are used; 0 for all.", 0, 10_000_000),
            Param("classes", "Class names", "text", "", "Names in the order of the labels, separated by commas."),
        ),
        files={"images_path": IDX_FILES, "labels_path": IDX_FILES},
    )
)
