"""Layers over graphs: every node gathers from its neighbours, which an adjacency names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.layers.complaints import not_real, not_sequence
from core.layers.parameters import BIAS, choice, flag, share, size
from core.layers.reading import first, whole
from core.model.fault import Complaint
from core.model.spec import Inputs, LayerSpec, Param, Port
from core.model.tensor import TensorType
from core.model.values import Params, Value

_NODES = Port("input", "N V F", doc="Graphs: samples, nodes, features of a node.")
_ADJACENCY = Port(
    "adjacency",
    "N V V",
    "any",
    doc="Row i holds the weights of the edges by which node i hears the others, 0 where there is none.",
)
_INPUTS = (_NODES, _ADJACENCY)
_OUTPUT = Port("output", "N V F", doc="New features of every node.")
_SELF_LOOPS = flag("self_loops", "Self-loops", True, "Whether every node hears itself too.")
_GRAPH, _EDGES = TensorType(("N", 5, 4)), TensorType(("N", 5, 5))


def _out(doc: str = "How many features a node has afterwards.") -> Param:
    return size("out_features", "Features", 16, doc)


def _example(**params: Value) -> tuple[dict[str, Value], Inputs]:
    return params, {"input": (_GRAPH,), "adjacency": (_EDGES,)}


def _sizes(inputs: Inputs, params: Params) -> Mapping[str, Value]:
    return {"in_features": first(inputs).size(2)}


def _nodes_complaint(title: str, inputs: Inputs) -> Complaint | None:
    """Where no graphs of real features arrive."""
    arriving = first(inputs)
    if wrong := not_real(title, arriving):
        return wrong
    if arriving.rank != 3:
        return Complaint(
            f"{title} reads graphs, N×V×F (samples, nodes, features), but {arriving} arrives.",
            "Put a Reshape before it that gives a sample two axes, nodes × features.",
            port="input",
        )
    return not_sequence(title, inputs)


def _checked(title: str) -> Callable[[Inputs, Params], Complaint | None]:
    def check(inputs: Inputs, params: Params) -> Complaint | None:
        if wrong := _nodes_complaint(title, inputs):
            return wrong
        nodes, edges = first(inputs), first(inputs, "adjacency")
        count = nodes.shape[1]
        if edges.rank == 3 and edges.shape[0] in (nodes.shape[0], 1) and edges.shape[1:] == (count, count):
            return None
        return Complaint(
            f"{title} needs a number for every pair of nodes: {nodes} has {count} nodes, so N×{count}×{count} must "
            f"arrive as adjacency, but {edges} does.",
            "Wire an adjacency whose two last axes are the nodes.",
            port="adjacency",
        )

    return check


def _pool_check(inputs: Inputs, params: Params) -> Complaint | None:
    if wrong := _nodes_complaint("Graph pooling", inputs):
        return wrong
    nodes = first(inputs)
    if not inputs.get("node_mask") or first(inputs, "node_mask").shape == nodes.shape[:2]:
        return None
    return Complaint(
        f"Graph pooling needs one number for every node of {nodes}, N×{nodes.shape[1]}, as node mask, but "
        f"{first(inputs, 'node_mask')} arrives.",
        "Wire a mask with one number a node, or none at all.",
        port="node_mask",
    )


def _heads(params: Params) -> str:
    heads = whole(params, "heads")
    return f"{whole(params, 'out_features'):,} · {heads} {'head' if heads == 1 else 'heads'}"


SPECS = (
    LayerSpec(
        kind="gcn_conv",
        family="graph",
        title="Graph convolution",
        doc="Every node takes the mean of itself and its neighbours, evened out by their degrees, through one matrix.",
        formula=r"\begin{matrix} Y = \tilde{D}^{-1/2} \tilde{A} \, \tilde{D}^{-1/2} X W + b \\"
        r" \tilde{A} = A + I \qquad \tilde{D}_{ii} = \sum_j \tilde{A}_{ij} \end{matrix}",
        source="Kipf & Welling 2017, Semi-supervised classification with graph convolutional networks, eq. 2",
        target="core.layers.modules.graph.GCNConv",
        inputs=_INPUTS,
        outputs=(_OUTPUT,),
        params=(_out(), BIAS, _SELF_LOOPS),
        derive=_sizes,
        check=_checked("Graph convolution"),
        summary=lambda params: f"{whole(params, 'out_features'):,}",
        keywords="gcn kipf welling graph neural network gnn adjacency laplacian node classification",
        example=_example(out_features=3),
    ),
    LayerSpec(
        kind="sage_conv",
        family="graph",
        title="GraphSAGE",
        doc="Every node joins its own features with a summary of its neighbours': their mean or their maximum.",
        formula=r"y_i = W_1 x_i + W_2 \, \mathrm{agg}_{j \in \mathcal{N}(i)} \, x_j + b",
        source="Hamilton, Ying & Leskovec 2017, Inductive representation learning on large graphs, §3.1 and §3.3",
        target="core.layers.modules.graph.SAGEConv",
        inputs=_INPUTS,
        outputs=(_OUTPUT,),
        params=(
            _out(),
            choice(
                "aggregator",
                "Aggregator",
                ("mean", "max", "pool"),
                "How neighbours are summed up: weighted mean, largest of each feature, or that behind a learned layer.",
            ),
            BIAS,
            flag("normalize", "Unit length", False, "Whether every node's new features are scaled to length 1."),
        ),
        derive=_sizes,
        check=_checked("GraphSAGE"),
        summary=lambda params: f"{whole(params, 'out_features'):,} · {params['aggregator']}",
        keywords="sage sample aggregate inductive graph neural network gnn neighbours",
        example=_example(out_features=3),
    ),
    LayerSpec(
        kind="gat_conv",
        family="graph",
        title="Graph attention",
        doc="Every node weighs its neighbours by a learned score of the pair, in several heads at once.",
        formula=r"\begin{matrix} \alpha_{ij} = \mathrm{softmax}_j \,"
        r" \mathrm{LeakyReLU}\left(a^{\top} [W x_i \, \Vert \, W x_j]\right) \\"
        r" y_i = \sum_{j \in \mathcal{N}(i) \cup \{i\}} \alpha_{ij} W x_j + b \end{matrix}",
        source="Veličković et al. 2018, Graph attention networks, §2.1",
        target="core.layers.modules.graph.GATConv",
        inputs=_INPUTS,
        outputs=(
            Port(
                "output", "N V F", pick=(0,), doc="New features of every node; the heads side by side, or their mean."
            ),
            Port("weights", "N heads V V", pick=(1,), doc="How much each node listens to each other, per head."),
        ),
        params=(
            _out("How many features a node has afterwards, in each head."),
            size("heads", "Heads", 1, "How many attentions work side by side.", 1_024),
            flag("concat", "Concatenate heads", True, "Whether heads are put side by side, or their mean is taken."),
            Param(
                "negative_slope",
                "Negative slope",
                "float",
                0.2,
                "The slope of LeakyReLU where a score is negative.",
                low=0,
                high=1,
            ),
            share("dropout", "Dropout", 0.0, "How likely an attention weight is dropped while training."),
            BIAS,
            _SELF_LOOPS,
        ),
        derive=_sizes,
        check=_checked("Graph attention"),
        summary=_heads,
        keywords="gat attention graph neural network gnn neighbours heads",
        draws="dropout",
        example=_example(out_features=3, heads=2),
    ),
    LayerSpec(
        kind="gin_conv",
        family="graph",
        title="Graph isomorphism convolution",
        doc="A small network on the sum of a node and its neighbours, which tells apart whatever such layers can.",
        formula=r"y_i = \mathrm{MLP}\Big((1 + \varepsilon) \, x_i + \sum_j A_{ij} x_j\Big)",
        source="Xu et al. 2019, How powerful are graph neural networks?, eq. 4.1",
        target="core.layers.modules.graph.GINConv",
        inputs=_INPUTS,
        outputs=(_OUTPUT,),
        params=(
            _out(),
            size("hidden_features", "Hidden units", 64, "How many units the small network has between."),
            Param(
                "eps", "Epsilon", "float", 0.0, "How much more than a neighbour a node itself counts.", low=-1, high=10
            ),
            flag("train_eps", "Learn epsilon", True, "Whether ε is learned."),
        ),
        derive=_sizes,
        check=_checked("Graph isomorphism convolution"),
        summary=lambda params: f"{whole(params, 'out_features'):,}",
        keywords="gin isomorphism weisfeiler lehman graph neural network gnn sum mlp",
        example=_example(out_features=3, hidden_features=6),
    ),
    LayerSpec(
        kind="graph_pool",
        family="graph",
        title="Graph pooling",
        doc="One vector for a whole graph: the mean, sum or maximum over its nodes.",
        formula=r"y = \frac{1}{|V|} \sum_{i \in V} x_i",
        source="Xu et al. 2019, How powerful are graph neural networks?, §4.2 (readout)",
        target="core.layers.modules.graph.graph_pool",
        call="function",
        inputs=(
            _NODES,
            Port(
                "node_mask",
                "N V",
                "any",
                optional=True,
                doc="1 (or true) where there is a node, 0 where a smaller graph was filled up; without a wire: all.",
            ),
        ),
        outputs=(Port("output", "N F", doc="One vector for each graph."),),
        params=(choice("mode", "Mode", ("mean", "sum", "max"), "How the nodes are summed up."),),
        check=_pool_check,
        summary=lambda params: str(params["mode"]),
        keywords="readout global pooling graph classification mean sum max",
        example=({}, {"input": (_GRAPH,), "node_mask": (TensorType(("N", 5)),)}),
    ),
)
