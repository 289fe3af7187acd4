"""Everything that needs PyTorch, imported in the background once the window is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.compiler.shapes import ShapeCache
    from core.export.exporters import Exporter
    from core.export.subject import ExportReport, Subject
    from core.training.probe import Probe
    from core.training.run import RunFolder
    from core.training.trainer import Trainer

WAIT = "PyTorch is loading …"
"""What a control says that has to wait for it."""


@dataclass(frozen=True)
class Engine:
    """The compiler, the trainer and the exporters, as the screen uses them."""

    infer: Callable[..., Any]
    shape_cache: type[ShapeCache]
    source: Callable[..., str]
    build: Callable[..., Any]
    trainer: type[Trainer]
    probe: type[Probe]
    save_run: Callable[..., RunFolder]
    subject: type[Subject]
    export: Callable[[str, Subject, Any], ExportReport]
    exporters: Mapping[str, Exporter]
    devices: tuple[str, ...]


def load() -> Engine | str:
    """Imports it all; the sentence why not where PyTorch cannot be imported. Takes seconds: call it in a thread."""
    try:
        from core.compiler.build import build
        from core.compiler.shapes import ShapeCache, infer
        from core.compiler.source import source
        from core.export.exporters import export, exporters
        from core.export.subject import Subject
        from core.training.devices import available
        from core.training.probe import Probe
        from core.training.run import save_run
        from core.training.trainer import Trainer
    except (ImportError, OSError) as error:
        return f"PyTorch cannot be loaded, so nothing can be trained: {error}. Install it with “pip install torch”."
    return Engine(
        infer=infer,
        shape_cache=ShapeCache,
        source=source,
        build=build,
        trainer=Trainer,
        probe=Probe,
        save_run=save_run,
        subject=Subject,
        export=export,
        exporters=exporters,
        devices=available(),
    )


def load_data_tools() -> None:
    """Imports what the bundled data sets need, so that the first run need not wait for it."""
    import sklearn.datasets  # noqa: F401 - imported for its time alone
