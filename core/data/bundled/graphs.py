"""Social networks that come with networkx. A sample is a whole graph, as the graph layers read it.

`x` (V, F) are the features of the nodes, `adjacency` (V, V) the weights of the edges.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.data.generators.common import SEED
from core.data.registry import Arrays, DataSource, Given, add
from core.data.split import Parts
from core.model.effect import only_with
from core.model.settings import Split
from core.model.spec import Param
from core.model.tensor import Field

Matrix = npt.NDArray[np.float32]

IGNORED = -100
"""The target of a member that the loss leaves out; torch's own `ignore_index`."""
MEMBERS, CHARACTERS = 34, 77
CLUBS = ("Mr. Hi", "Officer")
LEADERS = (0, 33)
"""The instructor, whom the study calls Mr. Hi, and the club's officer."""
FEATURES = ("identity", "degree", "none")


def _graph_fields(given: Given, nodes: int) -> dict[str, Field]:
    width = nodes if given.word("features") == "identity" else 1
    return {
        "x": Field("x", (nodes, width), "float32", "graph", "features of the nodes"),
        "adjacency": Field("adjacency", (nodes, nodes), "float32", "graph", "edges"),
    }


def _graph(given: Given, graph: Any, nodes: list[Any]) -> tuple[Matrix, Matrix]:
    """Features (V, F) and adjacency (V, V) of an undirected networkx graph."""
    import networkx

    weight = "weight" if given.flag("weighted") else None
    adjacency = networkx.to_numpy_array(graph, nodelist=nodes, weight=weight).astype(np.float32)
    if given.word("features") == "identity":
        return np.eye(len(nodes), dtype=np.float32), adjacency
    if given.word("features") == "degree":
        # Between 0 and 1, so that those whom many know do not drown the others.
        degrees = (adjacency > 0).sum(1, keepdims=True)
        return (degrees / degrees.max()).astype(np.float32), adjacency
    return np.ones((len(nodes), 1), np.float32), adjacency


def _karate_fields(given: Given) -> dict[str, Field]:
    return {
        **_graph_fields(given, MEMBERS),
        "y": Field("y", (MEMBERS,), "int64", "class", "club of those who are asked", CLUBS),
        "club": Field("club", (MEMBERS,), "int64", "class", "club of all", CLUBS),
    }


def labelled_members(clubs: npt.NDArray[np.int64], each: int, seed: int) -> npt.NDArray[np.int64]:
    """The members whose club is known in training: `each` of both clubs, the leaders first, the others by chance."""
    chance = np.random.default_rng(seed)
    known: list[int] = []
    for club, leader in enumerate(LEADERS):
        others = [int(member) for member in chance.permutation(np.flatnonzero(clubs == club)) if member != leader]
        known += [leader, *others][:each]
    return np.array(sorted(known), np.int64)


def _karate(given: Given) -> Arrays:
    import networkx

    graph = networkx.karate_club_graph()
    members = list(range(MEMBERS))
    x, adjacency = _graph(given, graph, members)
    clubs = np.array([CLUBS.index(graph.nodes[member]["club"]) for member in members], np.int64)
    known = labelled_members(clubs, given.whole("labelled"), given.whole("seed"))
    rest = np.setdiff1d(np.array(members), known)
    # Two samples of one graph: the first asks for those whose club is known, the second for all others.
    y = np.full((2, MEMBERS), IGNORED, np.int64)
    y[0, known], y[1, rest] = clubs[known], clubs[rest]
    return {
        "x": np.stack([x, x]),
        "adjacency": np.stack([adjacency, adjacency]),
        "y": y,
        "club": np.stack([clubs, clubs]),
    }


def _parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    """The labelled members train; the rest validate, or test where nothing shall validate."""
    none = np.arange(0)
    rest = np.array([1])
    if split.validation:
        return {"train": np.array([0]), "validation": rest, "test": none}
    return {"train": np.array([0]), "validation": none, "test": rest if split.test else none}


def _miserables(given: Given) -> Arrays:
    import networkx

    graph = networkx.les_miserables_graph()
    x, adjacency = _graph(given, graph, sorted(graph.nodes))
    return {"x": x[None], "adjacency": adjacency[None]}


NODE_FEATURES = Param(
    "features",
    "Features",
    "choice",
    "identity",
    "What is known of a node besides its edges: which it is (one-hot), its number of neighbours as a share of the "
    "largest, or nothing (a 1).",
    choices=FEATURES,
)

add(
    DataSource(
        "karate-club",
        "Karate club",
        "34 members of a karate club and who met whom outside it; after a quarrel the club split into two. The clubs "
        "of a few members are known in training, and those of all others are asked in validation (−100 marks who is "
        "not asked). The features and edges of all are seen in both.",
        "W. W. Zachary: An information flow model for conflict and fission in small groups (1977); as in networkx.",
        "real",
        _karate_fields,
        _karate,
        (
            Param("labelled", "Known of each club", "int", 1, "How many of each club are known: the leader, then "
                  "others by chance.", 1, 16, unit="members"),
            NODE_FEATURES,
            Param("weighted", "Weighted", "bool", False, "Whether an edge tells in how many places two members met, or "
                  "only that they did."),
            only_with(SEED, "labelled", above=1),
        ),
        parts=_parts,
    ),
    DataSource(
        "les-miserables",
        "Les Misérables",
        "77 characters of Victor Hugo's novel and in how many chapters each two of them meet: one graph, without "
        "classes, for networks that find its structure.",
        "D. E. Knuth: The Stanford GraphBase (1993); as in networkx.",
        "real",
        lambda given: _graph_fields(given, CHARACTERS),
        _miserables,
        (
            NODE_FEATURES,
            Param("weighted", "Weighted", "bool", True, "Whether an edge counts the chapters, or is 1."),
        ),
    ),
)  # fmt: skip
