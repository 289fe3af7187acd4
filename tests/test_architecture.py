"""The house keeps its rules: the order of imports, the size of files, no heavy import before the first paint."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = sorted(p for folder in ("core", "gui", "presets", "benchmarks") for p in (ROOT / folder).rglob("*.py"))
# Files that hold data alone, a literal after another, may be longer.
DATA_ONLY = {ROOT / "core" / "layers" / name for name in ("activation.py", "loss.py", "operation.py")}


def test_import_contracts_hold() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "importlinter.cli", "lint", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode and "No module named" in run.stderr:
        run = subprocess.run(
            [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_holds_one_idea(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 300 or path in DATA_ONLY, f"{path} has {lines} lines"


def test_files_are_short_as_a_rule() -> None:
    assert statistics.median(len(p.read_text(encoding="utf-8").splitlines()) for p in CODE) <= 150


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["core.layers", "core.model.file", "core.compiler.inference", "presets"])
def test_the_language_needs_no_torch(module: str) -> None:
    assert not loaded_after(f"import {module}") & {"torch", "PySide6", "sklearn", "pyqtgraph"}


def test_headless_commands_need_no_qt() -> None:
    assert "PySide6" not in loaded_after("import core.cli; core.cli.main(['check', 'mlp-xor', '--json'])")


def test_nothing_heavy_is_loaded_before_the_window() -> None:
    heavy = {"torch", "sklearn", "scipy", "pyqtgraph", "onnx", "onnxruntime", "ziamath", "pandas"}
    assert not loaded_after("import gui.app, gui.window, gui.session") & heavy
