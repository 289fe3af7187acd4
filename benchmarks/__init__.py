"""Comparisons that are made side by side on one machine, reported as ratios."""
