"""`layerloom check`: shapes, parameters and problems of a project, without training it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.commands.printing import print_json, print_table
from core.compiler.inference import Inference
from core.compiler.shapes import infer
from core.data.dataset import fields_of
from core.model.amounts import counted
from core.model.fault import Fault, ProjectError
from core.model.project import Project


def check(open_project: Callable[[], Project], as_json: bool) -> int:
    """Prints the report; returns 1 when there are problems. A file that cannot be opened is a problem, too."""
    try:
        report = check_report(open_project())
    except ProjectError as error:
        if not as_json:
            raise
        message = ": ".join(filter(None, (error.place, error.message)))
        print_json({"ok": False, "parameters": 0, "nodes": [], "problems": [_problem(Fault("", message, error.fix))]})
        return 1
    if as_json:
        print_json(report)
    else:
        cells = (
            (n["id"], n["kind"], "  ".join(n["outputs"].values()), f"{n['parameters']:,}") for n in report["nodes"]
        )
        print_table(cells, ("node", "kind", "output", "parameters"))
        print(f"\n{counted(report['parameters'], 'parameter')}")
        for problem in report["problems"]:
            print(f"{problem['severity']}: {problem['node'] or 'project'}: {problem['message']} {problem['fix']}")
        if report["ok"]:
            print("no problems")
    return 0 if report["ok"] else 1


def check_report(project: Project) -> dict[str, Any]:
    """`ok`, `parameters`, `nodes` (id, kind, outputs by port, parameters) and `problems` (node, message, fix)."""
    try:
        inference = infer(project, fields_of(project.data))
    except ProjectError as error:
        inference = Inference(faults=(Fault("", f"The data cannot be opened: {error.message}", error.fix),))
    nodes = []
    for id in project.graph.order():
        report = inference.nodes.get(id)
        outputs = {port: str(kind) for port, kind in report.outputs.items()} if report else {}
        parameters = sum(r.parameters for name, r in inference.nodes.items() if name.partition("/")[0] == id)
        nodes.append({"id": id, "kind": project.graph.nodes[id].kind, "outputs": outputs, "parameters": parameters})
    return {
        "ok": not inference.faults,
        "parameters": inference.parameters,
        "nodes": nodes,
        "problems": [_problem(fault) for fault in inference.faults],
    }


def _problem(fault: Fault) -> dict[str, str]:
    return {"node": fault.node, "message": fault.message, "fix": fault.fix, "severity": fault.severity}
