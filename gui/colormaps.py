"""Maps from values to colours: tables of 256 colours, (256, 3) uint8, even to the eye and safe for the colour-blind."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint8]
MapName = Literal["viridis", "inferno", "diverging", "diverging dark", "grey"]
MAPS: tuple[MapName, ...] = ("viridis", "inferno", "diverging", "diverging dark", "grey")

# Every 15th colour of the published tables (S. van der Walt and N. Smith, matplotlib 1.5, CC0); between them, straight
# lines stay within 5 of 255.
_VIRIDIS = """440154 481769 472A7A 433D84 3D4E8A 355E8D 2E6D8E 297B8E 23898E 1F978B 21A585 2EB37C 46C06F 65CB5E 89D548
B0DD2F D8E219 FDE725"""
_INFERNO = """000004 0A0722 1E0C45 380962 510E6C 69166E 801F6C 982766 B0315B C63D4D D94D3D E9612B F47918 FA9407 FCB014
F8CD37 F2EA69 FCFFA4"""

# Blue for negative, orange for positive, the same lightness at the same distance from zero. On light ground zero is
# nearly white, on dark ground nearly the panel's own colour: what is zero recedes on both.
_DIVERGING_LIGHT = "12509B 5A96DC F3F2F0 E0882F 8F4700"
_DIVERGING_DARK = "A5D0FF 3F86D6 262A33 C7751B FFC27A"


def _rgb(text: str) -> npt.NDArray[np.float64]:
    return np.array([[int(word[i : i + 2], 16) for i in (0, 2, 4)] for word in text.split()], dtype=np.float64)


def _to_oklab(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """sRGB 0…255 (n, 3) → Oklab (n, 3); B. Ottosson, “A perceptual color space for image processing”, 2020."""
    value = rgb / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lms: npt.NDArray[np.float64] = np.cbrt(linear @ _LMS.T)
    lab: npt.NDArray[np.float64] = lms @ _LAB.T
    return lab


def _from_oklab(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = np.clip((lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_LMS).T, 0, 1)
    encoded: npt.NDArray[np.float64] = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return 255 * encoded


_LMS = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


def _between(anchors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """256 values on straight lines between evenly spaced anchors."""
    at = np.linspace(0, 255, len(anchors))
    return np.stack([np.interp(np.arange(256), at, anchors[:, axis]) for axis in range(3)], axis=1)


@cache
def table(name: MapName) -> Table:
    """The 256 colours of a map, computed once; index 0 is the lowest value, and of a diverging map 128 is zero."""
    if name == "grey":
        rgb = _between(_rgb("000000 FFFFFF"))
    elif name == "viridis":
        rgb = _between(_rgb(_VIRIDIS))
    elif name == "inferno":
        rgb = _between(_rgb(_INFERNO))
    else:
        rgb = _from_oklab(_between(_to_oklab(_rgb(_DIVERGING_DARK if name == "diverging dark" else _DIVERGING_LIGHT))))
    colors = np.round(rgb).astype(np.uint8)
    colors.setflags(write=False)
    return colors


def map_for(kind: str, dark: bool) -> MapName:
    """The map for a kind of values: `signed`, `magnitude`, `probability` or `image`."""
    if kind == "signed":
        return "diverging dark" if dark else "diverging"
    return {"image": "grey", "probability": "viridis"}.get(kind, "inferno")  # type: ignore[return-value]
