"""Data that come of acting: environments in which the present network plays, and its experience as batches."""
