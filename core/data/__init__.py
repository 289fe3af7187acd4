"""Data sources, splits and batches of named fields, as NumPy arrays; importing this package fills the registry."""

from core.data import bundled, toys  # isort: skip  # noqa: F401 - each registers its sources, in the order of the form
from core.data import curves, credit  # isort: skip  # noqa: F401
