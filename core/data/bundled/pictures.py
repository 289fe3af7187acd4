"""The two photographs that come with scikit-learn: a content and a style for style transfer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.data.registry import Arrays, DataSource, Given, add
from core.model.spec import Param
from core.model.tensor import Field

PHOTOGRAPHS = ("china", "flower")


def _fields(given: Given) -> dict[str, Field]:
    shape = (3, given.whole("size"), given.whole("size"))
    content, style = _chosen(given)
    return {
        "content": Field("content", shape, "float32", "image", content),
        "style": Field("style", shape, "float32", "image", style),
    }


def _chosen(given: Given) -> tuple[str, str]:
    content = given.word("content")
    return content, next(name for name in PHOTOGRAPHS if name != content)


def _photograph(name: str, size: int) -> npt.NDArray[np.float32]:
    """The middle square of a photograph, as (3, size, size) in 0…1."""
    from PIL import Image, ImageOps
    from sklearn.datasets import load_sample_image

    picture = Image.fromarray(load_sample_image(f"{name}.jpg"))
    square = ImageOps.fit(picture, (size, size), Image.Resampling.BICUBIC)
    pixels = np.asarray(square, np.float32) / np.float32(255)  # (size, size, 3)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _read(given: Given) -> Arrays:
    size = given.whole("size")
    return {
        field: _photograph(name, size)[None]  # (1, 3, size, size)
        for field, name in zip(("content", "style"), _chosen(given), strict=True)
    }


add(
    DataSource(
        "photographs",
        "Two photographs",
        "A temple in China and a flower, in colour, brightness 0…1: one sample with both, the one as content and the "
        "other as style.",
        "danielbuechele (china) and vultilion (flower) on Flickr, CC BY 2.0; as bundled with scikit-learn.",
        "real",
        _fields,
        _read,
        (
            Param("size", "Size", "int", 128, "Pixels a side of the middle square.", 16, 427, unit="pixels"),
            Param(
                "content",
                "Content",
                "choice",
                "china",
                "Which photograph is the content; the other is the style.",
                choices=PHOTOGRAPHS,
            ),
        ),
    )
)
