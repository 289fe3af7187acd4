"""Data sources, splits and batches of named fields, as NumPy arrays; importing this package fills the registry."""

# Each module registers its sources, within each group in the order of the form; some read files through the first ones.
from core.data import table, images, textfile, sounds, arrays, idx  # isort: skip  # noqa: F401
from core.data.bundled import digits, fashion, tables, pictures, graphs, series  # isort: skip  # noqa: F401
from core.data import text  # isort: skip  # noqa: F401
from core.data.generators import points, clouds, logic, curves, credit, typed, placeholder  # isort: skip  # noqa: F401
from core.data.generators import waves, memory, translation  # isort: skip  # noqa: F401
from core.data.generators import variants, labels, transfer, pairs, scenes  # isort: skip  # noqa: F401
from core.data.acting import cartpole  # isort: skip  # noqa: F401
