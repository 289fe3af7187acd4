"""`layerloom sweep`: many runs that differ in some parameters, trained by worker processes; a table at the end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core.commands.printing import print_json
from core.model.fault import ProjectError
from core.model.project import Project
from core.model.spec import Param
from core.model.values import Value, show_value
from core.training.metrics import full_name, told
from core.training.sweeps.address import place_of, places
from core.training.sweeps.plan import Axis, Sweep
from core.training.sweeps.running import Running, begin
from core.training.sweeps.table import Table, table

_RANGE = re.compile(r"(?P<low>[^.]\S*?)\.\.(?P<high>\S+?)(?::(?P<count>\d+))?(?P<words>( (log|random))*)")
_FORM = "Write ADDRESS=1,2,3 or ADDRESS=0.001..1:5, and “log” or “random” behind a range."


def axis_of(project: Project, text: str) -> Axis:
    """An axis from words such as `training.batch_size=8,16` or `linear_1.out_features=2..64:6 log`.

    Several addresses that take the values together stand with “+” between them. Raises ProjectError.
    """
    names, separator, values = text.partition("=")
    if not separator or not values.strip():
        raise ProjectError(f"“{text}” names no values.", place="sweep", fix=_FORM)
    addresses = tuple(name.strip() for name in names.split("+"))
    found = [place_of(project, address).param for address in addresses]
    if match := _RANGE.fullmatch(values.strip()):
        words = match["words"].split()
        count = int(match["count"] or 0)
        ends = (_number(match["low"], addresses[0]), _number(match["high"], addresses[0]))
        return Axis(addresses, (), *ends, count=count, log="log" in words, random="random" in words)
    return Axis(addresses, tuple(_value(found[0], each.strip(), addresses[0]) for each in values.split(",")))


def _number(text: str, address: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ProjectError(f"“{text}” is no number.", place=address, fix=_FORM) from error


def _value(param: Param, text: str, address: str) -> Value:
    """A typed value as the parameter wants it."""
    words = {"yes": True, "true": True, "no": False, "false": False, "none": None}
    if param.type == "bool" or text.lower() == "none":
        if text.lower() in words:
            return words[text.lower()]
        raise ProjectError(f"“{text}” is neither yes nor no.", place=address, fix="Write yes or no.")
    if param.type in ("choice", "text", "field"):
        return text
    if "x" in text and param.type in ("ints", "floats"):
        return tuple(_whole_or_real(_number(each, address), param) for each in text.split("x"))
    return _whole_or_real(_number(text, address), param)


def _whole_or_real(number: float, param: Param) -> int | float:
    return int(number) if param.type in ("int", "ints") and number == int(number) else number


def list_addresses(project: Project, as_json: bool) -> int:
    """Prints every parameter that a sweep can change, with its present value."""
    known = places(project)
    if as_json:
        print_json([{"address": a, "title": p.title, "value": p.value, "type": p.param.type} for a, p in known.items()])
        return 0
    width = max(map(len, known), default=0)
    for address, place in known.items():
        print(f"{address:<{width}}  {show_value(place.value)}")
    return 0


def sweep(
    project: Project,
    over: Sequence[str],
    *,
    seeds: int,
    draws: int,
    out: Path,
    workers: int | None = None,
    as_json: bool = False,
) -> int:
    """Begins a sweep in the folder `out`, or goes on with the one that is there; returns 1 when a run failed."""
    plan = Sweep(tuple(axis_of(project, text) for text in over), tuple(range(seeds)), draws)
    return _go(lambda: begin(out, plan, project, workers), out, as_json)


def resume(folder: Path, *, workers: int | None = None, as_json: bool = False) -> int:
    """Goes on with a sweep that was broken off; returns 1 when a run failed."""
    return _go(lambda: Running(folder, workers), folder, as_json)


def _go(start: Callable[[], Running], folder: Path, as_json: bool) -> int:
    with start() as running:
        progress = running.progress
        # One line that is written over again and again is nothing for a file.
        shows = not as_json and sys.stderr.isatty()
        try:
            while not progress.is_over:
                if running.poll(timeout=1.0) and shows:
                    ended = f"{len(progress.done) + len(progress.failed):,} of {progress.total:,} runs"
                    at = ", ".join(f"{name} {epoch}/{of}" for name, (epoch, of) in sorted(progress.epochs.items()))
                    print(f"\r{ended}  {at}"[:110].ljust(110), end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            print(f"\nlayerloom: stopped; “layerloom sweep --resume {folder}” goes on", file=sys.stderr)
            return 130
    if shows:
        print(file=sys.stderr)
    _show(table(folder), as_json, folder)
    for name, why in progress.failed.items():
        print(f"layerloom: {name}: {why}", file=sys.stderr)
    return 1 if progress.failed else 0


def _show(found: Table, as_json: bool, folder: Path) -> None:
    (folder / "table.csv").write_text(found.text(), encoding="utf-8")
    if as_json:
        rows = [
            {
                "values": list(row.values),
                "runs": row.runs,
                **{name: {"mean": row.mean(name), "sd": row.deviation(name)} for name in row.found},
            }
            for row in found.rows
        ]
        print_json({"axes": list(found.axes), "rows": rows})
        return
    shown = [name for name in found.metrics if name.split(" ", 1)[1] in ("loss", "accuracy", "r2", "return")]
    lines = [[*found.axes, "runs", *(full_name(name, found.metrics) for name in shown)]]
    for row in found.rows:
        cells = [_with_deviation(name, row.mean(name), row.deviation(name)) for name in shown]
        lines.append([*map(show_value, row.values), f"{row.runs}", *cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))
    print(f"Kept in {folder}, with table.csv.")


def _with_deviation(name: str, mean: float, deviation: float) -> str:
    """A mean, and ± the deviation over the seeds where there is one."""
    metric = name.split(" ", 1)[1]
    if mean != mean:
        return "–"
    return told(metric, mean) + (f" ± {told(metric, deviation)}" if deviation == deviation else "")
