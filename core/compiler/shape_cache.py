"""What shape inference remembers from edit to edit."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.compiler.instances import Names, computed
from core.compiler.trial import Plan, attempt
from core.model.fault import Complaint
from core.model.graph import Node
from core.model.spec import Inputs, registry

REMEMBERED = 20_000


@dataclass
class ShapeCache:
    """Trials by kind, parameters and arriving types, so that an edit only pays for what it changed.

    `recent` holds each node's last trial: an untouched node whose arriving types did not change costs one look.
    Keep one for each open project; it never has to be emptied.
    """

    trials: dict[tuple[object, ...], Plan | Complaint] = field(default_factory=dict)
    recent: dict[str, tuple[Node, Names, Inputs, Plan | Complaint]] = field(default_factory=dict)
    version: int = 0
    """That of the registry when they were remembered: a kind of the user's own may have been loaded anew since."""

    def attempt(self, path: str, node: Node, names: Names, inputs: Inputs) -> Plan | Complaint:
        if self.version != registry.version:
            self.trials.clear()
            self.recent.clear()
            self.version = registry.version
        last = self.recent.get(path)
        if last and last[0] is node and last[1] == names and last[2] == inputs:
            return last[3]
        params = computed(node.params, names, registry[node.kind].params)
        if isinstance(params, Complaint):
            return params
        # repr tells 1, 1.0 and True apart, which are equal as keys.
        key = (node.kind, repr(sorted(params.items())), tuple(inputs.items()))
        found = self.trials.get(key)
        if found is None:
            if len(self.trials) >= REMEMBERED:
                self.trials.clear()
                self.recent.clear()
            found = self.trials[key] = attempt(registry[node.kind], params, inputs)
        self.recent[path] = (node, names, inputs, found)
        return found
