"""Layers that read whole sequences: Elman's network, LSTM, GRU and Jordan's network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import not_sequence
from core.layers.parameters import BIAS, choice, flag, share, size
from core.layers.reading import first, number, whole
from core.layers.recurrent.checks import MOST_UNITS, sequence_check, vector_complaint
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_HIDDEN_SIZE = size("hidden_size", "Hidden size", 64, "How many numbers the state has.", MOST_UNITS)
_PARAMS: tuple[Param, ...] = (
    _HIDDEN_SIZE,
    size("num_layers", "Layers", 1, "How many recurrent layers are stacked.", 64),
    BIAS,
    share("dropout", "Dropout", 0.0, "How likely a number between two layers is dropped while training."),
    flag("bidirectional", "Both directions", False, "Whether a second one reads from the end; the outputs are joined."),
    flag(
        "all_states",
        "All final states",
        False,
        "Whether the final states of all layers and directions come out too, as another's initial ones.",
    ),
)
_FINAL = "of the top layer after the last step (N×H); both ways: of the direction that reads from the end."
_INPUT = Port("input", "N T F", doc="Sequences: samples, steps, features.")
_LENGTHS = Port(
    "lengths",
    "N",
    "int",
    optional=True,
    doc="How many steps each sample really has; what is behind them changes nothing and comes out as 0.",
)
_OUTPUT = Port("output", "N T F", pick=(0,), doc="The top layer's state after every step; twice as wide both ways.")
_START = "before the first step, N×H for all layers or N×layers·directions×H; zeros without a wire."
_ALL = "of every layer and direction after the last step, N×layers·directions×H."
_OWN = "core.layers.modules.recurrent."
_SEQUENCE, _VECTOR, _COUNTS = TensorType(("N", 5, 8)), TensorType(("N", 7)), TensorType(("N",), "int64")
_BOTH = "Schuster & Paliwal 1997 (both directions)"


def _h_0(what: str = "state") -> Port:
    return Port("h_0", "N ...", optional=True, doc=f"The {what} {_START}")


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    # torch warns of dropout between the layers of a single layer, where it has no effect.
    dropout = number(params, "dropout") if whole(params, "num_layers") > 1 else 0.0
    return {"input_size": first(inputs).size(2), "dropout": dropout, "batch_first": True}


def _choose(name: str) -> Callable[[Inputs, Params], str]:
    """torch's own layer where it has all that is asked for."""

    def choose(inputs: Inputs, params: Params) -> str:
        own = params["all_states"] or any(inputs.get(port) for port in ("h_0", "c_0", "lengths"))
        return f"{_OWN}{name}WithState" if own else f"torch.nn.{name}"

    return choose


def _spread(ports: tuple[Port, ...], more: tuple[Port, ...]) -> Callable[[Params], tuple[Port, ...]]:
    return lambda params: (*ports, *more) if params["all_states"] else ports


def _summary(params: Params) -> str:
    layers = whole(params, "num_layers")
    parts = [f"{whole(params, 'hidden_size'):,}"]
    parts += [f"{layers} layers"] if layers > 1 else []
    parts += ["both ways"] if params["bidirectional"] else []
    return " · ".join(parts)


_ONE_STATE = (_OUTPUT, Port("hidden", "N F", pick=(1, -1), doc=f"The state {_FINAL}"))
_STATES = (Port("states", "N S F", pick=(2,), doc=f"The states {_ALL}"),)
_TWO_STATES = (
    _OUTPUT,
    Port("hidden", "N F", pick=(1, 0, -1), doc=f"The state {_FINAL}"),
    Port("cell", "N F", pick=(1, 1, -1), doc=f"The memory cells {_FINAL}"),
)
_STATES_AND_CELLS = (
    Port("states", "N S F", pick=(2, 0), doc=f"The states {_ALL}"),
    Port("cells", "N S F", pick=(2, 1), doc=f"The memory cells {_ALL}"),
)
_SITUATION: Inputs = {"input": (_SEQUENCE,), "h_0": (_VECTOR,), "lengths": (_COUNTS,)}


def _jordan_check(inputs: Inputs, params: Params) -> Complaint | None:
    title = "Jordan RNN"
    if wrong := not_sequence(title, inputs):
        return wrong
    if not inputs.get("context"):
        return None
    arriving, wanted = first(inputs, "context"), whole(params, "output_size")
    if wrong := vector_complaint(f"The context of {title}", arriving, "context"):
        return wrong
    if arriving.shape == (first(inputs).shape[0], wanted):
        return None
    width = arriving.size(1)
    return Complaint(
        f"The context of {title} is as wide as its output, {first(inputs).shape[0]}×{wanted:,}, but {arriving} "
        "arrives.",
        f"Set the output size to {width:,}, or put a Linear with {wanted:,} outputs before it.",
        port="context",
        params={"output_size": width} if width != wanted and width <= MOST_UNITS else {},
    )


SPECS = (
    LayerSpec(
        kind="rnn",
        family="recurrent",
        title="RNN",
        doc="Reads a sequence step by step and mixes each step into its state.",
        formula=r"h_t = \tanh\left(W_x x_t + b_x + W_h h_{t-1} + b_h\right)",
        source=f"Elman 1990, Finding structure in time; {_BOTH}",
        target="torch.nn.RNN",
        choose=_choose("RNN"),
        inputs=(_INPUT, _h_0(), _LENGTHS),
        outputs=_ONE_STATE,
        spread=_spread(_ONE_STATE, _STATES),
        params=(
            *_PARAMS[:2],
            choice("nonlinearity", "Activation", ("tanh", "relu"), "What the state goes through at every step."),
            *_PARAMS[2:],
        ),
        settings=("all_states",),
        derive=_sizes,
        check=sequence_check("RNN", "h_0"),
        summary=_summary,
        keywords="recurrent elman vanilla sequence text time series bidirectional stacked",
        draws="dropout",
        example=({"hidden_size": 7}, _SITUATION),
    ),
    LayerSpec(
        kind="lstm",
        family="recurrent",
        title="LSTM",
        doc="Reads a sequence step by step and keeps a memory that gates write, erase and read.",
        formula=r"\begin{matrix} i, f, o = \sigma\left(W [x_t, h_{t-1}] + b\right) \\"
        r" c_t = f \odot c_{t-1} + i \odot \tanh\left(W_g [x_t, h_{t-1}] + b_g\right) \\"
        r" h_t = o \odot \tanh(c_t) \end{matrix}",
        source="Hochreiter & Schmidhuber 1997, Long short-term memory; Gers, Schmidhuber & Cummins 2000 (forget gate)",
        target="torch.nn.LSTM",
        choose=_choose("LSTM"),
        inputs=(
            _INPUT,
            _h_0(),
            Port("c_0", "N ...", optional=True, doc=f"The memory cells {_START}"),
            _LENGTHS,
        ),
        outputs=_TWO_STATES,
        spread=_spread(_TWO_STATES, _STATES_AND_CELLS),
        params=_PARAMS,
        settings=("all_states",),
        derive=_sizes,
        check=sequence_check("LSTM", "h_0", "c_0"),
        summary=_summary,
        keywords="recurrent long short-term memory gate sequence text time series rnn bidirectional stacked bilstm",
        draws="dropout",
        example=({"hidden_size": 7}, {**_SITUATION, "c_0": (_VECTOR,)}),
    ),
    LayerSpec(
        kind="gru",
        family="recurrent",
        title="GRU",
        doc="Reads a sequence step by step; one gate forgets and another decides how much of the state is renewed.",
        formula=r"\begin{matrix} r, z = \sigma\left(W [x_t, h_{t-1}] + b\right) \\"
        r" n = \tanh\left(W_x x_t + b_x + r \odot (W_h h_{t-1} + b_h)\right) \\"
        r" h_t = (1 - z) \odot n + z \odot h_{t-1} \end{matrix}",
        source="Cho et al. 2014, Learning phrase representations using RNN encoder–decoder, §2.3",
        target="torch.nn.GRU",
        choose=_choose("GRU"),
        inputs=(_INPUT, _h_0(), _LENGTHS),
        outputs=_ONE_STATE,
        spread=_spread(_ONE_STATE, _STATES),
        params=_PARAMS,
        settings=("all_states",),
        derive=_sizes,
        check=sequence_check("GRU", "h_0"),
        summary=_summary,
        keywords="recurrent gated recurrent unit gate sequence text time series rnn bidirectional stacked",
        draws="dropout",
        example=({"hidden_size": 7}, _SITUATION),
    ),
    LayerSpec(
        kind="jordan_rnn",
        family="recurrent",
        title="Jordan RNN",
        doc="Reads a sequence step by step; what it sees of the past is its own output, not its hidden layer.",
        formula=r"\begin{matrix} h_t = \phi\left(W_x x_t + W_c c_t + b_h\right) \\"
        r" y_t = \psi\left(W_y h_t + b_y\right) \\ c_{t+1} = y_t + \alpha \, c_t \end{matrix}",
        source="Jordan 1986, Serial order: a parallel distributed processing approach, ICS report 8604",
        target="core.layers.modules.recurrent_steps.JordanRNN",
        inputs=(
            _INPUT,
            Port("context", "N F", optional=True, doc="The context before the first step, N×O; zeros without a wire."),
        ),
        outputs=(
            Port("output", "N T F", pick=(0,), doc="The output at every step, N×T×O."),
            Port("context", "N F", pick=(1,), doc="The context that a next step would see, N×O."),
        ),
        params=(
            _HIDDEN_SIZE,
            size("output_size", "Output size", 1, "How many numbers the output, and so the context, has.", MOST_UNITS),
            choice("nonlinearity", "Hidden activation φ", ("tanh", "sigmoid", "relu"), "Of the hidden layer."),
            choice(
                "output_activation",
                "Output activation ψ",
                ("identity", "tanh", "sigmoid", "relu"),
                "What the output goes through before it is seen again.",
            ),
            share("decay", "Decay α", 0.0, "How much of the context stays from step to step; 0: the last output only."),
            BIAS,
        ),
        derive=lambda inputs, params: {"input_size": first(inputs).size(2)},
        check=_jordan_check,
        summary=lambda params: f"{whole(params, 'hidden_size'):,} → {whole(params, 'output_size'):,}",
        keywords="recurrent output feedback context simple recurrent network sequence",
        example=(
            {"hidden_size": 7, "output_size": 3, "decay": 0.5},
            {"input": (_SEQUENCE,), "context": (TensorType(("N", 3)),)},
        ),
    ),
)
