"""Sweeps in the window: set up, trained in the background, and their results as a table and a plot."""
