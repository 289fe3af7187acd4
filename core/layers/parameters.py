"""Parameters that several layers share, with the bounds that keep memory and patience whole."""

from __future__ import annotations

from core.model.spec import Param

MOST = 65_536
"""The largest size that allocates memory, such as features or channels."""
WIDEST = 1_024
"""The largest kernel, stride, padding or dilation."""


def size(name: str, title: str, default: int, doc: str, high: int = MOST) -> Param:
    """A size of at least 1."""
    return Param(name, title, "int", default, doc, low=1, high=high)


def window(name: str, title: str, default: int | None, doc: str, axes: int, *, low: int = 1, **more: bool) -> Param:
    """A number per axis of a window that slides: kernel, stride, dilation."""
    kind, lengths = ("int", ()) if axes == 1 else ("ints", (axes,))
    optional = more.get("optional", False)
    if kind == "int":
        return Param(name, title, "int", default, doc, low=low, high=WIDEST, optional=optional)
    return Param(name, title, "ints", default, doc, low=low, high=WIDEST, lengths=lengths, optional=optional)


def flag(name: str, title: str, default: bool, doc: str) -> Param:
    """A yes or no."""
    return Param(name, title, "bool", default, doc)


def share(name: str, title: str, default: float, doc: str) -> Param:
    """A probability below 1."""
    return Param(name, title, "float", default, doc, low=0, below=1)


def choice(name: str, title: str, choices: tuple[str, ...], doc: str) -> Param:
    """One of several words, the first of which is the default."""
    return Param(name, title, "choice", choices[0], doc, choices=choices)


BIAS = flag("bias", "Bias", True, "Whether a learned number is added to every output.")
EPS = Param(
    "eps", "Epsilon", "float", 1e-5, "Added to the variance so that it is never divided by zero.", above=0, high=1
)
