"""The commands that list what there is: presets and layer kinds."""

from __future__ import annotations

from typing import Any

import presets
from core.commands.layers import bring_all
from core.commands.printing import print_json, print_table
from core.model.spec import FAMILIES, LayerSpec, Param, Port, registry


def list_presets(as_json: bool) -> int:
    rows = presets.catalogue()
    if as_json:
        names = ("id", "lecture", "title", "data", "parameters", "summary", "seconds", "problem")
        print_json([{name: getattr(row, name) for name in names} for row in rows])
    else:
        cells = ((row.id, row.lecture, row.title, row.data, row.problem or f"{row.parameters:,}") for row in rows)
        print_table(cells, ("id", "lecture", "title", "data", "parameters"))
    return 0


def list_kinds(as_json: bool) -> int:
    bring_all()
    if as_json:
        print_json([_kind(spec) for spec in registry])
        return 0
    for spec in registry:
        ports = f"{', '.join(p.name for p in spec.inputs) or '–'} → {', '.join(p.name for p in spec.outputs) or '–'}"
        print(f"{spec.kind:28}{FAMILIES[spec.family]:24}{ports}")
        for param in spec.params:
            print(f"    {param.name:24}{param.title} (default {param.default}): {param.doc}")
    return 0


def _kind(spec: LayerSpec) -> dict[str, Any]:
    def port(one: Port) -> dict[str, Any]:
        facts = ("name", "axes", "dtype", "variadic", "optional", "doc")
        return {name: getattr(one, name) for name in facts}

    def param(one: Param) -> dict[str, Any]:
        facts = (
            "name",
            "title",
            "type",
            "default",
            "low",
            "high",
            "above",
            "below",
            "choices",
            "words",
            "optional",
            "doc",
        )
        return {name: getattr(one, name) for name in facts}

    facts = {name: getattr(spec, name) for name in ("kind", "family", "title", "doc", "formula", "source", "target")}
    return facts | {
        "file": registry.origin(spec.kind),
        "inputs": [port(each) for each in spec.inputs],
        "outputs": [port(each) for each in spec.outputs],
        "parameters": [param(each) for each in spec.params],
    }
