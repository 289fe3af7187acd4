"""The headless commands, a parser and a function each; `layerloom --help` lists them."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import core.layers  # noqa: F401 - fills the registry
import presets
from core.commands.layers import bring, list_layers, trust_layer
from core.commands.listing import list_kinds, list_presets
from core.model.fault import ProjectError
from core.model.file import read
from core.model.project import Project
from core.model.settings import BOUNDS


class UsageError(Exception):
    """The words of the command line are off: exit status 2."""


def main(argv: Sequence[str]) -> int:
    """Runs one command; returns 0, 1 when a problem was found, 2 for wrong usage."""
    try:
        options = _parser().parse_args(argv)
        return int(options.run(options))
    except SystemExit as end:
        return int(end.code or 0)
    except UsageError as error:
        print(f"layerloom: {error}", file=sys.stderr)
        return 2
    except ProjectError as error:
        print(f"layerloom: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("layerloom: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left must not be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="layerloom", description="Build, train, watch and export networks. Without a command the app opens."
    )
    parser.add_argument("--version", action="version", version=f"layerloom {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help: str, run: Any, subject: str = "") -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help, description=help)
        one.set_defaults(run=run)
        if subject:
            one.add_argument("subject", metavar=subject, help="a .loom file or the id of a preset")
        if name != "export":
            one.add_argument("--json", action="store_true", help="print JSON for programs")
        return one

    command("presets", "List the lecture presets.", lambda options: list_presets(options.json))
    command("kinds", "List every layer kind with its ports and parameters.", lambda options: list_kinds(options.json))
    layers = command("layers", "List the files of your own layers.", lambda options: list_layers(options.json))
    trust = layers.add_subparsers(metavar="trust").add_parser("trust", help="Allow a file as it is now, and load it.")
    trust.add_argument("file", metavar="FILE", help="a file of your layers folder")
    trust.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON for programs")
    trust.set_defaults(run=lambda options: trust_layer(options.file, options.json))
    check = command(
        "check",
        "Infer shapes, count parameters and costs, list problems; exit 1 if there are any.",
        _check,
        "PROJECT|PRESET",
    )
    check.add_argument("--inside", action="store_true", help="list the nodes inside blocks as well")
    train = command("train", "Train a network and keep the run.", _train, "PROJECT|PRESET")
    train.add_argument("--epochs", type=_epochs, metavar="N", help="epochs, instead of the project's")
    train.add_argument("--steps", type=_count, metavar="N", help="stop after N steps")
    train.add_argument("--device", metavar="D", help="auto, cpu, cuda, cuda:0, mps")
    train.add_argument("--seed", type=_seed, metavar="N", help="seed, instead of the project's")
    where = "the run folder to write (default: runs/NAME-NUMBER)"
    train.add_argument("--run", "--out", dest="out", type=_path, metavar="DIR", help=where)
    _add_runs(command)
    rates = command("rates", "Try growing learning rates on a copy and suggest one.", _rates, "PROJECT|PRESET")
    rates.add_argument("--objective", type=_count, default=1, metavar="N", help="whose rate it is (default: the first)")
    rates.add_argument("--steps", type=_count, default=100, metavar="N", help="steps at most (default: 100)")
    rates.add_argument("--device", metavar="D", help="auto, cpu, cuda, cuda:0, mps")
    _add_sweep(command)
    export = command("export", "Export a network, read it back and compare.", _export, "RUN|PROJECT|PRESET")
    export.add_argument("--format", required=True, choices=("python", "safetensors", "onnx"))
    export.add_argument("--out", required=True, type=_path, metavar="PATH")
    return parser


def _add_sweep(command: Any) -> None:
    over = "a parameter and its values: training.batch_size=8,16 or linear_1.out_features=2..64:6 log; several times"
    over += "; with + between parameters that take the same values: linear_1.out_features+linear_2.out_features=4,8"
    many = command("sweep", "Train many runs that differ in some parameters.", _sweep)
    many.add_argument("subject", nargs="?", metavar="PROJECT|PRESET", help="a .loom file or the id of a preset")
    many.add_argument("--over", action="append", default=[], metavar="ADDRESS=VALUES", help=over)
    many.add_argument(
        "--seeds", type=_whole(1, 10_000), default=1, metavar="N", help="seeds 0 to N − 1 for each combination"
    )
    many.add_argument("--draws", type=_whole(0), default=0, metavar="N", help="draws of the random ranges")
    many.add_argument("--workers", type=_count, metavar="N", help="processes (default: one a core)")
    many.add_argument("--out", type=_path, metavar="DIR", help="the folder to write")
    many.add_argument("--resume", type=_path, metavar="DIR", help="go on with the sweep in this folder")
    many.add_argument("--list", action="store_true", help="list the parameters that can be changed")


def _add_runs(command: Any) -> None:
    """The commands about runs that were kept."""
    more = command("continue", "Go on with a run exactly where it was, in its own folder.", _continue)
    more.add_argument("run_folder", type=_path, metavar="RUN", help="a run folder")
    more.add_argument("--epochs", type=_epochs, metavar="N", help="epochs in all, instead of the run's own")
    more.add_argument(
        "--from", type=_count, dest="checkpoint", metavar="EPOCH", help="begin at the state of this epoch"
    )
    runs = command("runs", "List runs, the newest first.", _runs)
    runs.add_argument("folder", nargs="?", type=_path, metavar="DIR", help="default: ./runs, else the app's own")
    board = command("tensorboard", "Write a run as event files for TensorBoard.", _tensorboard)
    board.add_argument("run_folder", type=_path, metavar="RUN", help="a run folder")
    board.add_argument("out", type=_path, metavar="OUT", help="the folder to write into")


def _sweep(options: argparse.Namespace) -> int:
    from core.commands import sweep

    if options.resume:
        return sweep.resume(options.resume, workers=options.workers, as_json=options.json)
    if not options.subject:
        raise UsageError("a sweep needs a project, or --resume with the folder of one.")
    project = _open(options.subject)
    if options.list:
        return sweep.list_addresses(project, options.json)
    if not options.over:
        raise UsageError("a sweep needs --over ADDRESS=VALUES; “layerloom sweep PROJECT --list” names all addresses.")
    out = options.out or Path("sweeps") / Path(options.subject).stem
    given = {"seeds": options.seeds, "draws": options.draws, "workers": options.workers}
    return sweep.sweep(project, options.over, out=out, as_json=options.json, **given)


def _version() -> str:
    from importlib.metadata import version

    return version("layerloom")


def _whole(low: float, high: float = math.inf) -> Callable[[str], int]:
    """Reads a whole number of the command line within inclusive bounds."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError("it must be a whole number") from None
        if number < low:
            raise argparse.ArgumentTypeError(f"it must be at least {low:,}")
        if number > high:
            raise argparse.ArgumentTypeError(f"it must be at most {high:,}")
        return number

    return read


_count = _whole(1)
_epochs, _seed = _whole(*BOUNDS["epochs"]), _whole(*BOUNDS["seed"])


def _path(text: str) -> Path:
    """Reads a path of the command line; an empty one, as an unset variable of a shell leaves it, is none."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty: name a file or a folder")
    return Path(text)


def _open(subject: str) -> Project:
    """A preset by id, else a file; raises UsageError when there is neither."""
    if subject in presets.ids():
        return presets.load(subject)
    path = Path(subject)
    try:
        is_there = path.exists()
    except (OSError, ValueError):
        is_there = False  # a name that no file can have
    if not is_there:
        raise UsageError(f"“{subject}” is neither a file nor a preset; “layerloom presets” lists those.")
    if path.is_dir():
        raise UsageError(f"“{subject}” is a folder, not a project file.")
    return bring(read(path))


def _check(options: argparse.Namespace) -> int:
    from core.commands.check import check

    return check(lambda: _open(options.subject), options.json, options.inside)


def _train(options: argparse.Namespace) -> int:
    from core.commands.train import train

    return train(
        _open(options.subject),
        epochs=options.epochs,
        steps=options.steps,
        device=options.device,
        seed=options.seed,
        out=options.out,
        origin=_origin(options.subject),
        as_json=options.json,
    )


def _origin(subject: str) -> str:
    """Where a project comes from, as its runs remember it."""
    return f"preset:{subject}" if subject in presets.ids() else str(Path(subject).absolute())


def _continue(options: argparse.Namespace) -> int:
    from core.commands.train import go_on

    return go_on(options.run_folder, epochs=options.epochs, checkpoint=options.checkpoint, as_json=options.json)


def _runs(options: argparse.Namespace) -> int:
    from core.commands.runs import list_runs

    return list_runs(options.folder, options.json)


def _tensorboard(options: argparse.Namespace) -> int:
    from core.commands.runs import tensorboard

    return tensorboard(options.run_folder, options.out, options.json)


def _rates(options: argparse.Namespace) -> int:
    from core.commands.rates import rates

    return rates(
        _open(options.subject),
        objective=options.objective,
        steps=options.steps,
        device=options.device,
        as_json=options.json,
    )


def _export(options: argparse.Namespace) -> int:
    from core.commands.export import export_project, export_run

    folder = Path(options.subject)
    if options.subject not in presets.ids() and folder.is_dir():
        return export_run(folder, options.format, options.out)
    return export_project(_open(options.subject), options.format, options.out)
