"""Losses of agents that act, and of sequences without alignment."""

from __future__ import annotations

from core.layers.complaints import not_real
from core.layers.loss.making import LABELS, NUMBER, REDUCTION, VECTOR, amount, loss, vectors
from core.layers.loss.shapes import index_each, number_each, rows, together
from core.layers.parameters import choice
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params


def _one_value(inputs: Inputs, params: Params) -> Complaint | None:
    values = first(inputs, "values")
    if "action" in inputs or values.shape[1] == 1:
        return None
    return Complaint(
        f"TD error has the values of several actions ({values}), but does not know which one was taken.",
        "Wire the action, or give the network one value a state (N×1).",
        port="action",
    )


def _labels(inputs: Inputs, params: Params) -> Complaint | None:
    """Scores N×T×C and labels N×L that fit each other."""
    given, target = first(inputs), first(inputs, "target")
    if wrong := not_real("CTC", given, embed=False):
        return wrong
    if given.rank != 3:
        return Complaint(
            f"CTC takes scores for every step (N×T×C), but {given} arrives.",
            "Wire the “output” of a recurrent layer, through a Linear.",
            port="input",
        )
    if target.is_float or target.rank != 2 or target.shape[0] != given.shape[0]:
        return Complaint(
            f"CTC wants the labels of each sample (N×L, whole numbers), but {target} ({target.dtype}) arrives.",
            "Wire an Input whose field holds tokens, in the form “as stored”.",
            port="target",
        )
    blank, classes = whole(params, "blank"), given.shape[2]
    if isinstance(classes, int) and blank >= classes:
        return Complaint(
            f"CTC's blank is class {blank}, but there are scores of {classes} classes only.",
            "Set the blank to 0.",
            params={"blank": 0},
        )
    return None


def _long_enough(inputs: Inputs, params: Params) -> Complaint | None:
    steps, labels = first(inputs).shape[1], first(inputs, "target").shape[1]
    if not isinstance(steps, int) or not isinstance(labels, int) or labels <= steps:
        return None
    return Complaint(
        f"Targets of {labels} labels do not fit into {steps} steps; those that long count as nothing.",
        "Give the network more steps, or shorter targets.",
        severity="warning",
        port="input",
    )


SPECS = (
    loss(
        "td_error",
        "TD error",
        "How far a value is from the reward and what comes later, which is held constant: Q-learning.",
        r"\begin{matrix} \delta = r + \gamma \, (1 - d) \max_{a'} Q(s', a') - Q(s, a) \\"
        r" \ell = \frac{1}{N} \sum_{n} h(\delta_n) \end{matrix}",
        "Watkins & Dayan 1992, Q-learning; Mnih et al. 2015 (DQN); van Hasselt, Guez & Silver 2016 (double DQN)",
        "core.layers.modules.loss_control.TDErrorLoss",
        "reinforcement learning q-learning dqn temporal difference bellman value bootstrap td0",
        together(
            rows("TD error", "values", "next_values", "chooser"),
            number_each("TD error", "reward", "values"),
            index_each("TD error", "action", "values"),
            number_each("TD error", "done", "values"),
            _one_value,
        ),
        inputs=(
            Port("values", doc="Values of all actions in the state, N×A, or of the state alone, N×1."),
            Port("reward", dtype="any", doc="The reward that came, N×1 or N."),
            Port("next_values", doc="Values of the next state, N×A: from the same network or a slower copy of it."),
            Port("action", dtype="any", optional=True, doc="The action that was taken, a whole number a sample: N."),
            Port(
                "done",
                dtype="any",
                optional=True,
                doc="1 where the episode ended, so that nothing comes later: N×1 or N.",
            ),
            Port(
                "chooser",
                optional=True,
                doc="Values of the next state by the network that learns: they choose the action (double DQN).",
            ),
        ),
        params=(
            amount("gamma", "Discount", 0.99, "What a reward is worth one step later (γ).", 0, 1),
            choice("error", "Error", ("huber", "squared"), "huber is a straight line from 1 on; squared is δ²."),
            REDUCTION,
        ),
        summary=lambda params: f"γ {number(params, 'gamma'):g}",
        example={
            **vectors("values", "next_values", "chooser"),
            "reward": (NUMBER,),
            "action": (LABELS,),
            "done": (NUMBER,),
        },
    ),
    loss(
        "policy_gradient",
        "Policy gradient",
        "Makes actions likelier the more they brought in: the REINFORCE rule as a loss.",
        r"\ell = -\frac{1}{N} \sum_{n} \left( G_n \log \pi(a_n | s_n) + \beta \, H(\pi(\cdot | s_n)) \right)",
        "Williams 1992, Simple statistical gradient-following algorithms; Mnih et al. 2016 (entropy bonus)",
        "core.layers.modules.loss_control.PolicyGradientLoss",
        "reinforcement learning reinforce actor critic advantage entropy a2c",
        together(
            rows("Policy gradient", "policy"),
            index_each("Policy gradient", "action", "policy"),
            number_each("Policy gradient", "returns", "policy"),
        ),
        inputs=(
            Port("policy", doc="Scores or log-probabilities of all actions, N×A."),
            Port("action", dtype="any", doc="The action that was taken, a whole number a sample: N."),
            Port("returns", dtype="any", doc="What came of it, or its advantage over what was expected: N×1 or N."),
        ),
        params=(
            amount("entropy", "Entropy bonus", 0.0, "How much (β) a policy is paid for staying undecided.", 0, 1000),
            REDUCTION,
        ),
        example={"policy": (VECTOR,), "action": (LABELS,), "returns": (NUMBER,)},
    ),
    loss(
        "ctc",
        "CTC",
        "For a target shorter than its sequence: every way of stretching it with blanks and repeats counts.",
        r"\ell = -\frac{1}{N} \sum_{n} \frac{1}{|y_n|} \log \sum_{\pi \in B^{-1}(y_n)} \prod_{t} p_{n, t}(\pi_t)",
        "Graves, Fernández, Gomez & Schmidhuber 2006, Connectionist temporal classification",
        "core.layers.modules.loss_sequence.SequenceCTCLoss",
        "connectionist temporal classification speech handwriting alignment sequence recognition blank",
        together(
            _labels,
            index_each("CTC", "input_lengths", "input"),
            index_each("CTC", "target_lengths", "input"),
            _long_enough,
        ),
        inputs=(
            Port("input", doc="Scores before softmax for every step: N×T×C.", expects="logits"),
            Port("target", dtype="any", doc="The labels of each sample, filled up with the blank: N×L."),
            Port("input_lengths", dtype="any", optional=True, doc="How many steps of each sample count: N."),
            Port("target_lengths", dtype="any", optional=True, doc="How many labels of each sample count: N."),
        ),
        params=(
            Param("blank", "Blank", "int", 0, "The class that means no label.", low=0, high=65_536),
            REDUCTION,
        ),
        example={
            "input": (TensorType(("N", 8, 6)),),
            "target": (TensorType(("N", 6), "int64"),),
            "input_lengths": (LABELS,),
            "target_lengths": (LABELS,),
        },
    ),
)
