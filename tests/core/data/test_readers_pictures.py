"""Pictures with damaged bytes are refused by name, whatever Pillow says of them."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.images import read_picture
from core.model.fault import ProjectError

FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "bmp": "BMP", "webp": "WEBP", "tiff": "TIFF", "ppm": "PPM"}


def encoded(format: str) -> bytes:
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (12, 10, 3), np.uint8)
    Image.fromarray(noise).save(stream, format)
    return stream.getvalue()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_damage_is_a_traceback(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject) -> None:
    content = bytearray(encoded(FORMATS[suffix]))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content), 200) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path_factory.mktemp("cats") / f"1.{suffix}"
    path.write_bytes(bytes(content[:cut]) if data.draw(st.booleans()) else bytes(content))
    with suppress(ProjectError):
        pixels = read_picture(path, 8, True, "crop")
        assert pixels.shape == (3, 8, 8)
        assert np.isfinite(pixels).all()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_is_no_picture(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path: Path = tmp_path_factory.mktemp("cats") / "1.png"
    path.write_bytes(content)
    with pytest.raises(ProjectError) as refused:
        read_picture(path, 8, False, "stretch")
    assert refused.value.place.endswith("/1.png")
