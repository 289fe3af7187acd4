"""What is done with the steps of sequences: the last one, the order, the lengths, the same vector at every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import changing, not_real
from core.layers.parameters import choice, size
from core.layers.reading import first, whole
from core.layers.recurrent.checks import lengths_complaint, steps_complaint, vector_complaint
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_OWN = "core.layers.modules."
_MOST_STEPS = 65_536
_SEQUENCE, _COUNTS = TensorType(("N", 5, 8)), TensorType(("N",), "int64")
_STEPS = Port("input", "N T ...", "any", doc="Sequences: samples, steps, and any further axes.")


def _lengths(optional: bool, doc: str) -> Port:
    return Port("lengths", "N", "int", optional=optional, doc=doc)


def _check(title: str, real: bool = False) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        wrong = not_real(title, first(inputs)) if real else None
        return wrong or steps_complaint(title, inputs) or lengths_complaint(title, inputs)

    return check


def _last_kwargs(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {} if inputs.get("lengths") else {"dim": 1, "index": -1}


def _reverse_kwargs(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {} if inputs.get("lengths") else {"dims": (1,)}


def _tokens_check(inputs: Inputs, params: Params) -> Complaint | None:
    title, arriving = "Sequence lengths", first(inputs)
    if arriving.is_float:
        return Complaint(
            f"{title} counts tokens, whole numbers (N×T), but {arriving} of {arriving.dtype} arrives.",
            "Wire the tokens themselves, before their Embedding.",
            port="input",
        )
    if arriving.rank == 2:
        return changing(title, arriving, 1)
    return Complaint(
        f"{title} counts tokens, N×T, but {arriving} arrives.", "Wire one row of tokens a sample.", port="input"
    )


SPECS = (
    LayerSpec(
        kind="last_step",
        family="recurrent",
        title="Last step",
        doc="What a sequence has at its last step, or at the last one that counts where lengths are wired.",
        formula=r"y = x_{T} \quad \mathrm{or} \quad x_{\ell}",
        source="Sutskever, Vinyals & Le 2014, Sequence to sequence learning, §2 (the last state stands for all)",
        target="torch.select",
        choose=lambda inputs, params: f"{_OWN}recurrent.last_step" if inputs.get("lengths") else "torch.select",
        call="function",
        inputs=(_STEPS, _lengths(True, "How many steps of each sample count; without a wire, all.")),
        outputs=(Port("output", "N ...", "any", doc="One step of each sample, N×F."),),
        derive=_last_kwargs,
        check=_check("Last step"),
        keywords="final state many-to-one sequence classification select length padding",
        example=({}, {"input": (_SEQUENCE,), "lengths": (_COUNTS,)}),
    ),
    LayerSpec(
        kind="reverse_sequence",
        family="recurrent",
        title="Reverse sequence",
        doc="The steps from the last to the first; with lengths, padding stays behind.",
        formula=r"y_t = x_{T + 1 - t}",
        source="Sutskever, Vinyals & Le 2014, Sequence to sequence learning, §3.3; Schuster & Paliwal 1997",
        target="torch.flip",
        choose=lambda inputs, params: f"{_OWN}recurrent.reverse_sequence" if inputs.get("lengths") else "torch.flip",
        call="function",
        inputs=(_STEPS, _lengths(True, "How many steps of each sample are turned round; without a wire, all.")),
        outputs=(Port("output", "N T ...", "any", doc="The same shape."),),
        derive=_reverse_kwargs,
        check=_check("Reverse sequence"),
        keywords="flip backward bidirectional order time",
        example=({}, {"input": (_SEQUENCE,), "lengths": (_COUNTS,)}),
    ),
    LayerSpec(
        kind="mask_by_length",
        family="recurrent",
        title="Mask by length",
        doc="Sets what is behind the end of each sequence to 0, and tells which steps count.",
        formula=r"\begin{matrix} m_t = [\, t \leq \ell \,] \\ y_t = m_t \, x_t \end{matrix}",
        source="Cho et al. 2014, Learning phrase representations using RNN encoder–decoder (padded batches)",
        target=f"{_OWN}recurrent_steps.mask_by_length",
        call="function",
        inputs=(
            Port("input", "N T ...", doc="Sequences: samples, steps, and any further axes."),
            _lengths(False, "How many steps of each sample count."),
        ),
        outputs=(
            Port("output", "N T ...", pick=(0,), doc="The same shape, with zeros behind the end."),
            Port("mask", "N T", "any", pick=(1,), doc="True, or 1, at the steps that count."),
        ),
        params=(
            choice(
                "mask_dtype", "Mask of", ("bool", "float"), "True and false, to choose by; or 1 and 0, to compute with."
            ),
        ),
        check=_check("Mask by length", real=True),
        keywords="padding pack lengths variable ragged valid steps",
        example=({}, {"input": (_SEQUENCE,), "lengths": (_COUNTS,)}),
    ),
    LayerSpec(
        kind="sequence_lengths",
        family="recurrent",
        title="Sequence lengths",
        doc="Counts the tokens of each sample up to the last one that is no padding.",
        formula=r"\ell = \max\left\{\, t : x_t \neq \mathrm{pad} \,\right\}",
        source="Cho et al. 2014, Learning phrase representations using RNN encoder–decoder (padded batches)",
        target=f"{_OWN}recurrent_steps.sequence_lengths",
        call="function",
        inputs=(Port("input", "N T", "int", doc="Tokens, with padding behind the end of shorter samples."),),
        outputs=(Port("output", "N", "int", doc="The length of each sample."),),
        params=(Param("padding_idx", "Padding token", "int", 0, "Which token is padding.", low=0, high=10_000_000),),
        check=_tokens_check,
        summary=lambda params: f"padding {whole(params, 'padding_idx'):,}",
        keywords="length padding tokens count variable ragged pack",
        example=({}, {"input": (TensorType(("N", 5), "int64"),)}),
    ),
    LayerSpec(
        kind="repeat_vector",
        family="recurrent",
        title="Repeat vector",
        doc="The same vector at every step: hands what an encoder has read to a decoder.",
        formula=r"y_t = x, \quad t = 1 \ldots T",
        source="Cho et al. 2014, Learning phrase representations using RNN encoder–decoder, §2.2",
        target=f"{_OWN}recurrent_steps.repeat_vector",
        call="function",
        inputs=(Port("input", "N F", doc="One vector a sample."),),
        outputs=(Port("output", "N T F", doc="Sequences: samples, steps, features."),),
        params=(size("steps", "Steps", 10, "How many steps the sequence has.", _MOST_STEPS),),
        check=lambda inputs, params: vector_complaint("Repeat vector", first(inputs)),
        summary=lambda params: f"{whole(params, 'steps'):,} steps",
        keywords="encoder decoder broadcast expand copy context sequence",
        example=({"steps": 5}, {"input": (TensorType(("N", 6)),)}),
    ),
)
