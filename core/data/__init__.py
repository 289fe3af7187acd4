"""Data sources, splits and batches of named fields, as NumPy arrays; importing this package fills the registry."""

# Each module registers its sources, in the order of the form.
from core.data import bundled, text  # isort: skip  # noqa: F401
from core.data import toys, curves, credit, placeholder  # isort: skip  # noqa: F401
from core.data import table, images, arrays, idx  # isort: skip  # noqa: F401
