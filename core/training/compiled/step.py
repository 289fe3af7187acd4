"""A turn's whole step as one graph of tensor operations: forward, backward, penalties, cuts and the optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from core.compiler.chance import drawing
from core.training.compiled.rules import rules
from core.training.compiled.trial import Refusal
from core.training.gradients import Descent
from core.training.turn import Turn


def objection(turn: Turn) -> str:
    """Why a turn's step cannot be one function; empty when it can, as far as settings and layers tell."""
    descent = turn.descent
    if not descent.parameters:
        return "no layer has weights"
    if type(descent.optimizer).__name__ not in rules:
        return f"{type(descent.optimizer).__name__} measures the loss several times in a step"
    if descent.objective.accumulate > 1:
        return "gradients of several batches are added up"
    if descent.precision.scaler is not None:
        return "float16 scales its losses as it goes"
    if noisy := drawing(turn.program.graph):
        return f"{noisy[0]} draws random numbers"
    return ""


@dataclass(frozen=True)
class Held:
    """Every tensor that a step reads or writes, sharing memory with the run's own but without their history.

    `weights` are those that move, `state` what the optimizer keeps for each, `rates` one number a group; `others` are
    weights that stay, and buffers, by name.
    """

    weights: list[Tensor]
    state: list[dict[str, Tensor]]
    rates: list[Tensor]
    others: dict[str, Tensor]

    def flat(self) -> list[Tensor]:
        kept = [value for state in self.state for value in state.values()]
        return [*self.weights, *kept, *self.others.values(), *self.rates]

    def copies(self) -> Held:
        return Held(
            [weight.clone() for weight in self.weights],
            [{name: value.clone() for name, value in state.items()} for state in self.state],
            [rate.clone() for rate in self.rates],
            {name: value.clone() for name, value in self.others.items()},
        )

    def filled(self, flat: Sequence[Tensor]) -> Held:
        """The same structure around other tensors."""
        left = iter(flat)
        weights = [next(left) for _ in self.weights]
        state = [{name: next(left) for name in each} for each in self.state]
        others = {name: next(left) for name in self.others}
        return Held(weights, state, [next(left) for _ in self.rates], others)


class Places:
    """Where the tensors of a step are found in a turn: the same in the turn itself and in any copy of it."""

    def __init__(self, turn: Turn) -> None:
        """To be made after an eager step: only weights that got a gradient are moved, as torch does it."""
        descent = turn.descent
        grouped = [(index, p) for index, group in enumerate(descent.optimizer.param_groups) for p in group["params"]]
        self._moves = [place for place, (_, p) in enumerate(grouped) if p.grad is not None]
        self.groups = [grouped[place][0] for place in self._moves]
        names = {id(parameter): name for name, parameter in turn.program.named_parameters()}
        moved = [grouped[place][1] for place in self._moves]
        if not moved or any(id(parameter) not in names for parameter in moved):
            raise Refusal("not all that it trains is part of its loss")
        self.names = [names[id(parameter)] for parameter in moved]
        penalised = {id(parameter) for parameter in descent.penalised}
        self.penalised = [id(parameter) in penalised for parameter in moved]

    def held(self, turn: Turn) -> Held:
        """The tensors of a turn; raises Refusal before its optimizer has taken a step."""
        optimizer = turn.descent.optimizer
        rule = rules[type(optimizer).__name__]
        grouped = [p for group in optimizer.param_groups for p in group["params"]]
        moved, state = [grouped[place] for place in self._moves], []
        for parameter, group in zip(moved, self.groups, strict=True):
            kept = optimizer.state[parameter]
            names = rule.keeps(optimizer.param_groups[group])
            if any(not isinstance(kept.get(name), Tensor) for name in names):
                raise Refusal("its optimizer has not begun")
            if any(kept[name].device != parameter.device for name in names):
                raise Refusal("its optimizer counts its steps outside of the GPU")
            state.append({name: kept[name] for name in names})
        rates = [torch.tensor(group["lr"], dtype=torch.float64) for group in optimizer.param_groups]
        rates = [rate.to(moved[0].device) for rate in rates]
        taken = set(self.names)
        others = {name: value.detach() for name, value in turn.program.named_parameters() if name not in taken}
        others |= dict(turn.program.named_buffers())
        return Held([parameter.detach() for parameter in moved], state, rates, others)


def moving_buffers(turn: Turn, batch: Sequence[Tensor]) -> list[str]:
    """The buffers that a forward pass in training mode writes, such as the statistics of batch normalisation."""
    before = {name: value._version for name, value in turn.program.named_buffers()}
    with torch.no_grad():
        turn.forward(tuple(batch))
    return [name for name, value in turn.program.named_buffers() if value._version != before[name]]


def traced(turn: Turn, places: Places, held: Held, batch: Sequence[Tensor], moving: Sequence[str]) -> fx.GraphModule:
    """The step as a graph: takes `held.flat()` and a batch, writes into the former, returns the loss and all outputs.

    `turn` is a copy that nothing else uses meanwhile. A loss that is not finite moves nothing, so that it can be
    traced back to where it began. Raises Refusal where the step draws random numbers.
    """
    # Heavy, and wanted by few runs.
    from torch.fx.experimental.proxy_tensor import make_fx

    descent, program = turn.descent, turn.program
    rule = rules[type(descent.optimizer).__name__]
    count = len(held.flat())

    def loss_of(weights: list[Tensor], others: dict[str, Tensor], batch: tuple[Tensor, ...]) -> Any:
        written = {name: others[name].clone() for name in moving}
        tensors = {**dict(zip(places.names, weights, strict=True)), **others, **written}
        with descent.precision():
            outputs = torch.func.functional_call(program, tensors, turn.arguments(batch))
        return turn.combined(outputs), (outputs, written)

    def step(*flat: Tensor) -> tuple[Tensor, ...]:
        now = held.filled(flat[:count])
        find = torch.func.grad_and_value(loss_of, has_aux=True)
        gradients, (loss, (outputs, written)) = find(now.weights, now.others, flat[count:])
        gradients = cut(descent, penalised(descent, places, now.weights, gradients))
        is_good = torch.isfinite(loss)
        news: list[tuple[Tensor, Tensor]] = [(now.others[name], value) for name, value in written.items()]
        counts: dict[int, dict[str, Tensor]] = {}
        for index, weight in enumerate(now.weights):
            group = places.groups[index]
            # What is counted for all weights of a group alike is computed once.
            state = now.state[index] | counts.get(group, {})
            settings = descent.optimizer.param_groups[group]
            moved, kept = rule.update(weight, gradients[index], state, now.rates[group], settings)
            if group not in counts and _in_step(held, places, group):
                counts[group] = {name: value for name, value in state.items() if not value.dim() and weight.dim()}
            news.append((weight, moved))
            news += [(now.state[index][name], value) for name, value in kept.items()]
        for place, value in news:
            place.copy_(torch.where(is_good, value, place))
        return loss, *outputs

    with torch.no_grad():
        graph = make_fx(step)(*held.copies().flat(), *batch)
    if any(takes_chances(node) for node in graph.graph.nodes):
        raise Refusal("it draws random numbers")
    return graph


def takes_chances(node: fx.Node) -> bool:
    """Whether an operator draws random numbers; attention, which may, does so only where it drops something out."""
    operator = node.target
    if not isinstance(operator, torch._ops.OpOverload) or torch.Tag.nondeterministic_seeded not in operator.tags:
        return False
    for place, argument in enumerate(operator._schema.arguments):
        if argument.name == "dropout_p":
            given = node.args[place] if place < len(node.args) else argument.default_value
            return bool(node.kwargs.get(argument.name, given) != 0)
    return True


def _in_step(held: Held, places: Places, group: int) -> bool:
    """Whether the optimizer has counted as many steps for all weights of a group."""
    members = [state for state, its in zip(held.state, places.groups, strict=True) if its == group]
    return all(
        torch.equal(value, members[0][name]) for state in members for name, value in state.items() if not value.dim()
    )


def penalised(descent: Descent, places: Places, weights: list[Tensor], gradients: Sequence[Tensor]) -> list[Tensor]:
    """The gradients with those of the L1 penalty."""
    share = descent.objective.l1
    return [
        gradient + share * weight.sign() if counts else gradient
        for gradient, weight, counts in zip(gradients, weights, places.penalised, strict=True)
    ]


def cut(descent: Descent, gradients: list[Tensor]) -> list[Tensor]:
    """The gradients, cut as the objective wants it."""
    most, longest = descent.objective.clip_value, descent.objective.clip_norm
    if most:
        gradients = [gradient.clamp(-most, most) for gradient in gradients]
    if longest:
        length = torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]).norm()
        share = (longest / (length + 1e-6)).clamp(max=1.0)
        gradients = [gradient * share for gradient in gradients]
    return gradients
