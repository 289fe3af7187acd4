"""Data that are made up by rules: points and curves, truth tables, sequences, and scenes made of digits."""
