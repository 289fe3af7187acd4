"""Real data that need no file of the user's: from scikit-learn and networkx, and what ships with the program."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "resources" / "data"
"""Where the data lie that ship with the program; its README names their sources and licences."""
