"""Data sources, splits and batches of named fields, as NumPy arrays."""
