"""What the program remembers of a person between two starts: one small JSON file, read with care."""

from __future__ import annotations

from pathlib import Path

import msgspec
import platformdirs

from core.model.file import write_atomically

NAME = "layerloom"


class RunColumns(msgspec.Struct):
    """The table of runs: which columns are shown, in their order (empty: the usual ones), and what it is sorted by.

    `shown` and `sorted_by` are titles of columns; a title that is not known any more counts for nothing.
    """

    shown: list[str] = []
    sorted_by: str = ""
    descending: bool = True


class Settings(msgspec.Struct):
    """`open` are the documents of the last session: paths, or `preset:id`; `theme` empty follows the system.
    `costs` is whether every node tells what it costs, `isolated` whether each run has a process of its own,
    `fluent` whether pictures matter more than the training's speed."""

    theme: str = ""
    open: list[str] = []
    front: int = 0
    size: tuple[int, int] = (1600, 1000)
    maximised: bool = False
    left: int = 240
    right: int = 320
    bottom: int = 320
    folder: str = ""
    costs: bool = False
    keep_runs: bool = True
    runs: str = ""
    isolated: bool = False
    fluent: bool = False
    run_columns: RunColumns = msgspec.field(default_factory=RunColumns)


def settings_file() -> Path:
    """Where the settings are kept."""
    return Path(platformdirs.user_config_dir(NAME, appauthor=False)) / "settings.json"


def data_folder() -> Path:
    """Where runs and unsaved work are kept."""
    return Path(platformdirs.user_data_dir(NAME, appauthor=False))


def load() -> Settings:
    """The settings as they were; fresh ones where the file is missing or damaged."""
    try:
        return msgspec.json.decode(settings_file().read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError):
        return Settings()


def save(settings: Settings) -> str:
    """Keeps the settings; returns why that failed, or nothing."""
    try:
        settings_file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(settings_file(), msgspec.json.format(msgspec.json.encode(settings), indent=1))
    except OSError as error:
        return f"The settings cannot be saved: {error.strerror}."
    return ""
