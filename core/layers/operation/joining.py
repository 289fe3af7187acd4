"""Operations that join tensors, cut them and pick out of them."""

from __future__ import annotations

from core.layers.operation import joining_checks as checks
from core.layers.operation.checks import CLASSES, SEQUENCE, VECTOR, axis
from core.layers.reading import whole
from core.model.spec import LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, show_value

_NUMPY = "Harris et al. 2020, Array programming with NumPy, Nature 585"
_INPUTS = (Port("inputs", dtype="any", variadic=True, doc="Any number of wires, in their order."),)
_ANY = (Port("input", dtype="any", doc="Any shape with an axis besides the batch."),)


def _axis(params: Params) -> str:
    return f"axis {whole(params, 'dim')}".replace("-", "−")


def _range(params: Params) -> str:
    stop, step = params["stop"], whole(params, "step")
    text = f"{whole(params, 'start')}:{'' if stop is None else stop}" + (f":{step}" if step > 1 else "")
    return text.replace("-", "−")


SPECS = (
    LayerSpec(
        kind="concat",
        family="operation",
        title="Concat",
        doc="Puts tensors side by side along one axis.",
        formula=r"y = [x_1, x_2, \ldots]",
        source="Szegedy et al. 2015, Going deeper with convolutions, §4",
        target="torch.cat",
        call="function",
        inputs=_INPUTS,
        outputs=(Port("output", dtype="any", doc="As wide along the axis as all inputs together."),),
        params=(axis("dim", "Axis", 1, "The axis along which they are joined; 1 is channels or features."),),
        check=checks.concat_check,
        summary=_axis,
        keywords="concatenate cat join merge skip connection",
        example=({}, {"inputs": (VECTOR, TensorType(("N", 4)))}),
    ),
    LayerSpec(
        kind="stack",
        family="operation",
        title="Stack",
        doc="Lays tensors of one shape on each other along a new axis, such as vectors to a sequence.",
        formula=r"y_{n, i, \ldots} = (x_i)_{n, \ldots}",
        source=_NUMPY,
        target="torch.stack",
        call="function",
        inputs=_INPUTS,
        outputs=(Port("output", dtype="any", doc="One axis more, as long as there are wires."),),
        params=(axis("dim", "New axis", 1, "Where the new axis stands; 1 is right behind the batch."),),
        check=checks.stack_check,
        summary=_axis,
        keywords="join new axis sequence steps pile",
        example=({}, {"inputs": (VECTOR, VECTOR, VECTOR)}),
    ),
    LayerSpec(
        kind="split",
        family="operation",
        title="Split",
        doc="Cuts a tensor along one axis into parts, each with its own output.",
        formula=r"x = [y_1, y_2, \ldots]",
        source="Dinh, Sohl-Dickstein & Bengio 2017, Density estimation using Real NVP, §3.2",
        target="torch.split",
        call="function",
        inputs=_ANY,
        outputs=checks.parts({"parts": 2, "sizes": None}),
        spread=checks.parts,
        params=(
            axis("dim", "Axis", 1, "The axis that is cut; 1 is channels or features."),
            Param("parts", "Equal parts", "int", 2, "Into how many equal parts.", low=2, high=checks.MOST_PARTS),
            Param(
                "sizes",
                "Sizes",
                "ints",
                None,
                "The size of each part in place of equal ones.",
                low=1,
                high=65_536,
                lengths=tuple(range(2, checks.MOST_PARTS + 1)),
                optional=True,
            ),
        ),
        settings=("parts", "sizes"),
        derive=checks.split_sizes,
        check=checks.split_check,
        summary=lambda params: show_value(params["sizes"] or params["parts"]).replace(" × ", " + "),
        keywords="chunk cut halves parts mean variance query key value",
        example=({"sizes": (2, 3, 1)}, {"input": (VECTOR,)}),
    ),
    LayerSpec(
        kind="slice",
        family="operation",
        title="Slice",
        doc="Keeps a stretch of one axis, such as all steps but the last one.",
        formula=r"y_{n,i} = x_{n,\; a + i s}, \quad a + i s < b",
        source=_NUMPY,
        target="core.layers.modules.operation.slice_axis",
        call="function",
        inputs=_ANY,
        outputs=(Port("output", dtype="any", doc="The axis as long as the stretch."),),
        params=(
            axis("dim", "Axis", 1, "The axis along which to cut; 1 is the first one of a sample."),
            Param("start", "Start", "int", 0, "The first place a; negative ones count from the end.", -65_536, 65_536),
            Param(
                "stop",
                "Stop",
                "int",
                None,
                "The place b before which it stops; the end when it is empty.",
                -65_536,
                65_536,
                optional=True,
            ),
            Param("step", "Step", "int", 1, "Every s-th place is kept.", low=1, high=1_024),
        ),
        check=checks.slice_check,
        summary=_range,
        keywords="cut crop narrow range window shift steps",
        example=({"start": 1, "stop": -1, "step": 2}, {"input": (VECTOR,)}),
    ),
    LayerSpec(
        kind="select",
        family="operation",
        title="Select",
        doc="Takes one place of an axis, such as the class token or the last step; the axis goes.",
        formula=r"y_n = x_{n, i}",
        source="Devlin et al. 2019, BERT: pre-training of deep bidirectional transformers, §3",
        target="torch.select",
        call="function",
        inputs=_ANY,
        outputs=(Port("output", dtype="any", doc="One axis less."),),
        params=(
            axis("dim", "Axis", 1, "The axis that goes; 1 is the first one of a sample."),
            Param("index", "Place", "int", 0, "Which place; 0 is the first one, −1 the last one.", -65_536, 65_536),
        ),
        check=checks.select_check,
        summary=lambda params: f"{_axis(params)}, place {whole(params, 'index')}".replace("-", "−"),
        keywords="index pick first last step token class",
        example=({"index": -1}, {"input": (SEQUENCE,)}),
    ),
    LayerSpec(
        kind="gather",
        family="operation",
        title="Gather",
        doc="Picks numbers along an axis by places that arrive, such as the value of the action that was taken.",
        formula=r"y_n = x_{n,\, i_n}",
        source="Mnih et al. 2015, Human-level control through deep reinforcement learning, eq. 2",
        target="core.layers.modules.operation.gather_along",
        call="function",
        inputs=(
            Port("input", dtype="any", doc="What is picked from, such as Q-values N×A."),
            Port("index", dtype="int", doc="Places on the axis: the input's shape without it, or with any size there."),
        ),
        outputs=(Port("output", dtype="any", doc="The numbers picked, in the shape of the index."),),
        params=(axis("dim", "Axis", 1, "The axis along which to pick; 1 is the first one of a sample."),),
        check=checks.gather_check,
        summary=_axis,
        keywords="index pick look up action value q",
        example=({}, {"input": (VECTOR,), "index": (CLASSES,)}),
    ),
    LayerSpec(
        kind="take_steps",
        family="operation",
        title="Take steps",
        doc="Takes whole entries of axis 1 of each sample, such as the step at which its sequence ends.",
        formula=r"y_{n,k} = x_{n,\, i_{n,k}}",
        source="Vinyals, Fortunato & Jaitly 2015, Pointer networks, §2.3",
        target="core.layers.modules.operation.take_steps",
        call="function",
        inputs=(
            Port("input", dtype="any", doc="Sequences, N×T or N×T×…."),
            Port("index", dtype="int", doc="Places on axis 1: one a sample (N), or several (N×K)."),
        ),
        outputs=(Port("output", dtype="any", doc="The entries, N×… for one place, N×K×… for several."),),
        check=checks.take_check,
        keywords="index select rows last step length pointer lookup",
        example=({}, {"input": (TensorType(("N", 7, 4)),), "index": (CLASSES,)}),
    ),
)
