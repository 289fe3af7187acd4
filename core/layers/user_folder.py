"""The layers folder as it is made: an example to begin with, and a short text that says how."""

from __future__ import annotations

from pathlib import Path

from core.layers import user

EXAMPLE = '''\
# A layer of your own. Rename this file to snake.py: Layerloom asks whether to load it, and
# then Snake is among the layers, under "My layers".
import torch
from torch import nn

from core.model.spec import LayerSpec, Param


class Snake(nn.Module):
    """A sine on a ramp: it lets a network learn what repeats. (Ziyin, Hartwig & Ueda 2020, NeurIPS)"""

    def __init__(self, a: float = 1.0):
        super().__init__()
        self.a = a

    def forward(self, input):  # (N, ...) -> (N, ...)
        return input + torch.sin(self.a * input) ** 2 / self.a


# The name by which projects know it, the class above, and a field in the inspector for each parameter.
LAYER = LayerSpec(
    "snake",
    target="Snake",
    formula=r"y = x + \\frac{1}{a} \\sin^2(a x)",
    params=(Param("a", "Frequency", "float", 1.0, "How fast it repeats.", low=0.01, high=100),),
)

# Sizes that follow from what arrives are never typed: derive=lambda inputs, params: {"in_features":
# inputs["input"][0].shape[-1]} in the LayerSpec gives them to __init__. Several layers: SPECS = (…, …).
'''
README = """\
Layers of your own
==================

Every .py file here adds layers to Layerloom. snake.py.example is a whole one: rename it to snake.py.

A file has a class that is a torch.nn.Module, and LAYER = LayerSpec(...) that names it (SPECS = (...) for several).
Exported networks carry the class with them, so let it use torch and what is in its own file, and no more.

Layerloom runs the code in these files. It asks before it loads a new file, and again when one has changed.
Without a window: layerloom layers, and layerloom layers trust FILE.
"""


def prepare() -> Path:
    """Makes the folder where it is missing, with the example and the text; raises OSError."""
    folder = user.folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("snake.py.example", EXAMPLE), ("README.txt", README)):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    return folder
