"""Recurrent layers: a state that is carried from step to step."""

from __future__ import annotations

from collections.abc import Mapping

from core.layers.complaints import not_sequence
from core.layers.parameters import BIAS, choice, flag, share, size
from core.layers.reading import first, number, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.values import Params, Value

MOST_UNITS = 16_384


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    # torch warns of dropout between the layers of a single layer, where it has no effect.
    dropout = number(params, "dropout") if whole(params, "num_layers") > 1 else 0.0
    return {"input_size": first(inputs).size(2), "dropout": dropout, "batch_first": True}


def _check(title: str, inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := not_sequence(title, inputs):
        return wrong
    if number(params, "dropout") and whole(params, "num_layers") == 1:
        return Complaint(
            "Dropout works between layers, and there is only one.",
            "Use two layers, or set the dropout to 0.",
            severity="warning",
            params={"dropout": 0.0},
        )
    return None


def _summary(params: Params) -> str:
    layers = whole(params, "num_layers")
    parts = [f"{whole(params, 'hidden_size'):,}"]
    parts += [f"{layers} layers"] if layers > 1 else []
    parts += ["both ways"] if params["bidirectional"] else []
    return " · ".join(parts)


_PARAMS: tuple[Param, ...] = (
    size("hidden_size", "Hidden size", 64, "How many numbers the state has.", MOST_UNITS),
    size("num_layers", "Layers", 1, "How many recurrent layers are stacked.", 64),
    BIAS,
    share("dropout", "Dropout", 0.0, "How likely a number between two layers is dropped while training."),
    flag("bidirectional", "Both directions", False, "Whether a second one reads from the end; the outputs are joined."),
)
_FINAL = "of the top layer after the last step (N×H); both ways: of the direction that reads from the end."
_INPUT = Port("input", "N T F", doc="Sequences: samples, steps, features.")
_OUTPUT = Port("output", "N T F", pick=(0,), doc="The top layer's state after every step; twice as wide both ways.")

SPECS = (
    LayerSpec(
        kind="rnn",
        family="recurrent",
        title="RNN",
        doc="Reads a sequence step by step and mixes each step into its state.",
        formula=r"h_t = \tanh\left(W_x x_t + b_x + W_h h_{t-1} + b_h\right)",
        source="Elman 1990, Finding structure in time",
        target="torch.nn.RNN",
        inputs=(_INPUT,),
        outputs=(_OUTPUT, Port("hidden", "N F", pick=(1, -1), doc=f"The state {_FINAL}")),
        params=(
            *_PARAMS[:2],
            choice("nonlinearity", "Activation", ("tanh", "relu"), "What the state goes through at every step."),
            *_PARAMS[2:],
        ),
        derive=_sizes,
        check=lambda inputs, params: _check("RNN", inputs, params),
        summary=_summary,
        keywords="recurrent elman vanilla sequence text time series",
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
        inputs=(_INPUT,),
        outputs=(
            _OUTPUT,
            Port("hidden", "N F", pick=(1, 0, -1), doc=f"The state {_FINAL}"),
            Port("cell", "N F", pick=(1, 1, -1), doc=f"The memory cells {_FINAL}"),
        ),
        params=_PARAMS,
        derive=_sizes,
        check=lambda inputs, params: _check("LSTM", inputs, params),
        summary=_summary,
        keywords="recurrent long short-term memory gate sequence text time series rnn",
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
        inputs=(_INPUT,),
        outputs=(_OUTPUT, Port("hidden", "N F", pick=(1, -1), doc=f"The state {_FINAL}")),
        params=_PARAMS,
        derive=_sizes,
        check=lambda inputs, params: _check("GRU", inputs, params),
        summary=_summary,
        keywords="recurrent gated recurrent unit gate sequence text time series rnn",
    ),
)
