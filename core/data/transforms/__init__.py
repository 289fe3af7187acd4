"""Transforms of the data as a visible list; importing this package fills the list of kinds. None of it needs torch."""

# Each module registers its kinds, in the order of the menu.
from core.data.transforms import scaling, coding, drawn  # isort: skip  # noqa: F401
