"""`layerloom check`: shapes, parameters, costs and problems of a project, without training it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core.commands.printing import print_json, print_table
from core.compiler.inference import Inference
from core.compiler.shapes import infer
from core.data.dataset import Dataset, fields_of, open_dataset, remarks_on
from core.model.amounts import counted, duration, flops, size
from core.model.fault import Fault, ProjectError
from core.model.graph import Graph
from core.model.project import Project
from core.training.forecast import forecast, rough
from core.training.rehearsal import rehearse


def check(open_project: Callable[[], Project], as_json: bool, inside: bool = False) -> int:
    """Prints the report; returns 1 when there are problems. A file that cannot be opened is a problem, too."""
    try:
        report = check_report(open_project(), inside)
    except ProjectError as error:
        if not as_json:
            raise
        problem = _problem(_placed(error))
        nothing = {"ok": False, "parameters": 0, "flops": 0, "memory": 0, "nodes": [], "run": None, "notes": []}
        print_json({**nothing, "problems": [problem]})
        return 1
    if as_json:
        print_json(report)
    else:
        _print(report)
    return 0 if report["ok"] else 1


def _print(report: dict[str, Any]) -> None:
    cells = (
        (
            n["id"],
            n["kind"],
            "  ".join(n["outputs"].values()),
            f"{n['parameters']:,}",
            flops(n["flops"]) if n["flops"] else "–",
            size(n["memory"]) if n["memory"] else "–",
        )
        for n in report["nodes"]
    )
    print_table(cells, ("node", "kind", "output", "parameters", "compute", "memory"))
    print(f"\n{counted(report['parameters'], 'parameter')} ({size(4 * report['parameters'])} in 32 bits)")
    if run := report["run"]:
        print(f"a run: about {rough(run['memory'])} of memory, {duration(run['seconds'])}")
        if run["remark"]:
            print(f"note: a run: {run['remark']}")
    print(f"for one sample: {flops(report['flops'])} forward, {size(report['memory'])} of activations")
    for note in report["notes"]:
        print(f"note: data: {note}")
    for problem in report["problems"]:
        print(f"{problem['severity']}: {problem['node'] or 'project'}: {problem['message']} {problem['fix']}")
    if report["ok"]:
        print("no problems")


def check_report(project: Project, inside: bool = False) -> dict[str, Any]:
    """`ok`, `parameters`, `flops` and `memory` (bytes of activations) of one sample, `nodes`, `run`, and `problems`.

    `notes` are sentences about data that are not used, and about parts that are empty. Nodes have id, kind, outputs by
    port, and the same amounts, those of a block with all that is inside it. With `inside`, the nodes inside blocks are
    listed by their paths.
    """
    notes: tuple[str, ...] = ()
    inference, dataset, faults = Inference(), None, list[Fault]()
    try:
        inference = infer(project, fields_of(project.data))
        notes = remarks_on(project.data)
        dataset = open_dataset(project.data)
        notes += dataset.notes
    except ProjectError as error:
        faults = [_placed(error, "The data cannot be opened")]
    faults = [*inference.faults, *faults]
    run = None
    if dataset and inference.ok and project.graph.of_family("loss"):
        try:
            rehearse(project, dataset)
            run = _run(project, dataset)
        except ProjectError as error:
            faults.append(_placed(error))
    return {
        "ok": not faults,
        "parameters": inference.parameters,
        "flops": 2 * inference.macs,
        "memory": inference.memory,
        "nodes": list(_nodes(project, inference, inside)),
        "run": run,
        "notes": list(notes),
        "problems": [_problem(fault) for fault in faults],
    }


def _run(project: Project, dataset: Dataset) -> dict[str, Any]:
    """What a run takes: bytes in all and by what they hold, seconds, and why it is a guess."""
    said = forecast(project, dataset)
    facts = {"memory": said.memory, "seconds": said.seconds, "steps": said.steps, "parts": said.parts()}
    return {**facts, "remark": said.remark}


def _nodes(project: Project, inference: Inference, inside: bool) -> Iterator[dict[str, Any]]:
    waiting: list[tuple[Graph, str, str]] = [(project.graph, "", name) for name in reversed(project.graph.order())]
    while waiting:
        graph, prefix, name = waiting.pop()
        node, path = graph.nodes[name], prefix + name
        report, block = inference.nodes.get(path), project.block_of(node)
        parts = inference.inside(path)
        yield {
            "id": path,
            "kind": block.title if block else node.kind,
            "outputs": {port: str(kind) for port, kind in report.outputs.items()} if report else {},
            "parameters": sum(part.parameters for part in parts),
            "flops": sum(part.flops for part in parts),
            "memory": sum(part.memory for part in parts),
        }
        if inside and block:
            order = block.graph.order()[::-1]
            waiting += [(block.graph, one, each) for one in inference.insides.get(path, ())[::-1] for each in order]


def _placed(error: ProjectError, what: str = "") -> Fault:
    """An error as a fault of the whole project that says where it is."""
    return Fault("", ": ".join(filter(None, (what, error.place, error.message))), error.fix)


def _problem(fault: Fault) -> dict[str, str]:
    return {"node": fault.node, "message": fault.message, "fix": fault.fix, "severity": fault.severity}
