"""One step of a recurrent layer, to unroll a recurrence by hand or to let it see its own output."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.parameters import BIAS, choice, size
from core.layers.reading import first, whole
from core.layers.recurrent.checks import MOST_UNITS, vector_complaint
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_INPUT = Port("input", "N F", doc="One step of each sample.")
_BEFORE = Port("hidden", "N F", optional=True, doc="The state after the step before, N×H; zeros without a wire.")
_AFTER = "The state after this step, N×H."
_PARAMS: tuple[Param, ...] = (
    size("hidden_size", "Hidden size", 64, "How many numbers the state has.", MOST_UNITS),
    BIAS,
)
_VECTOR, _STATE = TensorType(("N", 6)), TensorType(("N", 7))


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"input_size": first(inputs).size(1)}


def _check(title: str, *states: str) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := vector_complaint(title, first(inputs)):
            return wrong
        samples, wanted = first(inputs).shape[0], whole(params, "hidden_size")
        for port in states:
            if not inputs.get(port):
                continue
            arriving = first(inputs, port)
            if wrong := vector_complaint(f"The state of {title}", arriving, port):
                return wrong
            if arriving.shape != (samples, wanted):
                width = arriving.size(1)
                return Complaint(
                    f"{title} carries a state {samples}×{wanted:,}, but {arriving} arrives at “{port}”.",
                    f"Set the hidden size to {width:,}, or wire the state of a cell of the same size.",
                    port=port,
                    params={"hidden_size": width} if width != wanted and width <= MOST_UNITS else {},
                )
        return None

    return check


def _summary(params: Params) -> str:
    return f"{whole(params, 'hidden_size'):,}"


SPECS = (
    LayerSpec(
        kind="rnn_cell",
        family="recurrent",
        title="RNN cell",
        doc="One step of an RNN: mixes an input into a state. Share its weights to unroll it step by step.",
        formula=r"h' = \tanh\left(W_x x + b_x + W_h h + b_h\right)",
        source="Elman 1990, Finding structure in time",
        target="torch.nn.RNNCell",
        inputs=(_INPUT, _BEFORE),
        outputs=(Port("hidden", "N F", doc=_AFTER),),
        params=(
            *_PARAMS,
            choice("nonlinearity", "Activation", ("tanh", "relu"), "What the state goes through."),
        ),
        derive=_sizes,
        check=_check("RNN cell", "hidden"),
        summary=_summary,
        keywords="recurrent elman one step unroll unfold",
        example=({"hidden_size": 7}, {"input": (_VECTOR,), "hidden": (_STATE,)}),
    ),
    LayerSpec(
        kind="lstm_cell",
        family="recurrent",
        title="LSTM cell",
        doc="One step of an LSTM: gates write, erase and read its memory. Share its weights to unroll it.",
        formula=r"\begin{matrix} c' = f \odot c + i \odot \tanh\left(W_g [x, h] + b_g\right) \\"
        r" h' = o \odot \tanh(c') \end{matrix}",
        source="Hochreiter & Schmidhuber 1997, Long short-term memory; Gers, Schmidhuber & Cummins 2000 (forget gate)",
        target="core.layers.modules.recurrent_steps.LSTMCellWithState",
        inputs=(
            _INPUT,
            _BEFORE,
            Port("cell", "N F", optional=True, doc="The memory after the step before, N×H; zeros without a wire."),
        ),
        outputs=(
            Port("hidden", "N F", pick=(0,), doc=_AFTER),
            Port("cell", "N F", pick=(1,), doc="The memory after this step, N×H."),
        ),
        params=_PARAMS,
        derive=_sizes,
        check=_check("LSTM cell", "hidden", "cell"),
        summary=_summary,
        keywords="recurrent long short-term memory gate one step unroll unfold",
        example=({"hidden_size": 7}, {"input": (_VECTOR,), "hidden": (_STATE,), "cell": (_STATE,)}),
    ),
    LayerSpec(
        kind="gru_cell",
        family="recurrent",
        title="GRU cell",
        doc="One step of a GRU: decides how much of the state is renewed. Share its weights to unroll it.",
        formula=r"h' = (1 - z) \odot \tanh\left(W_x x + b_x + r \odot (W_h h + b_h)\right) + z \odot h",
        source="Cho et al. 2014, Learning phrase representations using RNN encoder–decoder, §2.3",
        target="torch.nn.GRUCell",
        inputs=(_INPUT, _BEFORE),
        outputs=(Port("hidden", "N F", doc=_AFTER),),
        params=_PARAMS,
        derive=_sizes,
        check=_check("GRU cell", "hidden"),
        summary=_summary,
        keywords="recurrent gated recurrent unit gate one step unroll unfold",
        example=({"hidden_size": 7}, {"input": (_VECTOR,), "hidden": (_STATE,)}),
    ),
)
