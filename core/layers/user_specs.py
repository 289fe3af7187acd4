"""A kind of the user's own, checked as strictly as the program's own are by their tests, and made whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, fields, replace
from typing import Any, get_args

from core.layers.user_drawing import made_safe
from core.layers.user_targets import Found, Wrong, absolute, absolute_choice, constructor_wrong, documented
from core.model.graph import BLOCK, slug_complaint
from core.model.spec import FAMILIES, LayerSpec, Param, ParamType, Port, registry

CALLS = ("module", "function", "fold")
LOSS = (Port("input"), Port("target", dtype="any", doc="The right answers.")), (Port("loss", "", doc="The loss."),)
DEFAULTS = {each.name: each.default for each in fields(LayerSpec) if each.default is not MISSING}


def finished(found: Found, spec: LayerSpec) -> LayerSpec | Wrong:
    """The kind with full target names and with what its author left out; or the first thing wrong with it."""
    spec = _with_tuples(spec)
    if wrong := _identity(found, spec) or _words(spec) or _ports(spec) or _params(spec):
        return wrong
    if spec.family == "loss":
        inputs = LOSS[0] if spec.inputs == DEFAULTS["inputs"] else spec.inputs
        spec = replace(spec, inputs=inputs, outputs=LOSS[1] if spec.outputs == DEFAULTS["outputs"] else spec.outputs)
        if not spec.inputs or [port.name for port in spec.outputs] != ["loss"]:
            return _wrong("A loss has inputs and one output, called “loss”.", 'Write outputs=(Port("loss", ""),).')
    target = absolute(found, spec) if spec.target or not spec.choose else ""
    if isinstance(target, tuple):
        return target
    if target and not spec.derive and (wrong := constructor_wrong(spec, target)):
        return wrong
    title = spec.title or spec.kind.replace("_", " ").capitalize()
    whole = replace(
        spec,
        title=title,
        doc=spec.doc or documented(target) or f"A layer of your own, from {found.file}.",
        source=spec.source or f"{found.file} in your layers folder.",
        target=target,
        choose=absolute_choice(found, spec.choose) if spec.choose else None,
    )
    return made_safe(found, whole)


def _wrong(message: str, fix: str) -> Wrong:
    return message, fix, 0


def _with_tuples(spec: LayerSpec) -> LayerSpec:
    """Lists are as good as tuples, and one port or parameter as good as a tuple of one."""
    changed: dict[str, Any] = {}
    for name in ("inputs", "outputs", "params", "settings"):
        value = getattr(spec, name)
        if isinstance(value, list):
            changed[name] = tuple(value)
        elif isinstance(value, (Port, Param)):
            changed[name] = (value,)
    return replace(spec, **changed) if changed else spec


def _identity(found: Found, spec: LayerSpec) -> Wrong | None:
    if not isinstance(spec.kind, str) or slug_complaint(spec.kind):
        fix = 'Use lower-case letters, digits and _, a letter first, such as kind="square".'
        return _wrong(f"“{spec.kind}” cannot be a kind.", fix)
    if spec.kind == BLOCK or len(spec.kind) > 48:
        return _wrong(f"The kind “{spec.kind}” cannot be used.", "Choose another, shorter name.")
    if spec.kind in registry and registry.origin(spec.kind) != found.file:
        owner = registry.origin(spec.kind) or "Layerloom itself"
        return _wrong(f"The kind “{spec.kind}” is already taken by {owner}.", f"Call it “my_{spec.kind}”, for example.")
    if spec.family not in FAMILIES or spec.family == "block":
        known = ", ".join(name for name in FAMILIES if name != "block")
        return _wrong(f"There is no family “{spec.family}”.", f"Choose one of {known}, or leave it out.")
    if spec.call not in CALLS:
        return _wrong(f"“{spec.call}” is not a way to call a layer.", f"Choose one of {', '.join(CALLS)}.")
    return None


def _words(spec: LayerSpec) -> Wrong | None:
    for name in ("title", "doc", "formula", "source", "keywords", "target"):
        if not isinstance(getattr(spec, name), str):
            return _wrong(f"{name} of “{spec.kind}” is not a text.", f'Write {name}="…".')
    for name in ("derive", "check", "summary", "choose", "spread"):
        value = getattr(spec, name)
        if value is not None and not callable(value):
            return _wrong(f"{name} of “{spec.kind}” cannot be called.", "Give a function, or leave it out.")
    return None


def _ports(spec: LayerSpec) -> Wrong | None:
    for what, ports in (("inputs", spec.inputs), ("outputs", spec.outputs)):
        if wrong := _all_of(Port, ports, what, spec):
            return wrong
        for port in ports:
            if not isinstance(port.name, str) or not port.name.isidentifier():
                return _wrong(f"“{port.name}” cannot be the name of a port.", "Use letters, digits and _.")
            if not isinstance(port.axes, str) or port.dtype not in ("float", "int", "any"):
                return _wrong(
                    f"The port “{port.name}” has axes {port.axes!r} and dtype {port.dtype!r}.",
                    'Write axes such as "N C H W" or "N ...", and dtype "float", "int" or "any".',
                )
    if not spec.outputs and not spec.spread:
        return _wrong(f"“{spec.kind}” has no output.", "Give it at least one Port in outputs.")
    if spec.call == "fold" and not any(port.variadic for port in spec.inputs):
        fix = 'Write inputs=(Port("inputs", variadic=True),).'
        return _wrong(f"“{spec.kind}” folds its wires, but has no port that takes several.", fix)
    return None


def _params(spec: LayerSpec) -> Wrong | None:
    if wrong := _all_of(Param, spec.params, "params", spec):
        return wrong
    for param in spec.params:
        if not isinstance(param.name, str) or not param.name.isidentifier() or slug_complaint(param.name.lower()):
            return _wrong(f"“{param.name}” cannot be the name of a parameter.", "Use letters, digits and _.")
        if str(param.type) not in get_args(ParamType):
            known = ", ".join(get_args(ParamType))
            return _wrong(f"The parameter “{param.name}” has no type “{param.type}”.", f"Choose one of {known}.")
        if any(not isinstance(text, str) for text in (param.title, param.doc)):
            return _wrong(f"Title and doc of the parameter “{param.name}” are texts.", 'Write them in "quotes".')
        try:
            complaint = param.complaint(param.default)
        except Exception as error:
            complaint = f"{type(error).__name__}: {error}."
        if complaint:
            message = f"The default of “{param.name}” is refused by its own bounds: {complaint}"
            return _wrong(message, "Give it a default that fits.")
    if stray := set(spec.settings) - {param.name for param in spec.params}:
        return _wrong(f"settings names {', '.join(map(str, stray))}, which is no parameter.", "Take it out.")
    given = [param.name for param in spec.params if param.name not in spec.settings]
    if not isinstance(spec.draws, bool) and spec.draws not in given:
        fix = "Write draws=True where it always draws random numbers, or leave it out."
        return _wrong(f"draws names {spec.draws}, which is no parameter of what computes “{spec.kind}”.", fix)
    return None


def _all_of(kind: type, values: object, what: str, spec: LayerSpec) -> Wrong | None:
    name = kind.__name__
    if not isinstance(values, Iterable) or not all(isinstance(each, kind) for each in values):
        return _wrong(f"{what} of “{spec.kind}” holds something that is no {name}.", f"Write {what}=({name}(…),).")
    names = [getattr(each, "name", "") for each in values]
    if len(set(names)) < len(names):
        return _wrong(f"{what} of “{spec.kind}” has one name twice.", "Give each a name of its own.")
    return None
