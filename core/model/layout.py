"""Automatic tidy layout: layers from left to right, long networks wrapped into rows like lines of text.

After Sugiyama, Tagawa and Toda, “Methods for visual understanding of hierarchical system structures”, 1981: layers by
longest path, order within a layer by barycentres, heights by the mean of the neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.model.graph import Graph, Node
from core.model.spec import registry

Place = tuple[float, float]
Size = tuple[float, float]

HEIGHT = 136.0
"""Height of every node on the canvas, in pixels: rows stay even and chains straight."""
NARROWEST, WIDEST = 136.0, 304.0
INPUT_WIDTH, TARGET_WIDTH = 208.0, 144.0
"""Input nodes carry the names of the data and of its fields, which the graph does not know."""
GAP_X = 40.0
GAP_Y = 44.0
ROW_GAP = 92.0
_SWEEPS = 6


def width_of(title: str, telling: str = "") -> float:
    """The width of a node in pixels from its words, in steps so that small edits don't move its ports.

    Counted in letters of usual breadth, not measured, so that a layout is the same on every machine.
    """
    words = 8.2 * len(title) + 6.8 * len(telling) + (12 if telling else 0) + 28
    return min(WIDEST, max(NARROWEST, -(-words // 16) * 16))


def size_of(node: Node) -> Size:
    """Width and height of a node on the canvas, in pixels."""
    if node.kind == "input":
        return INPUT_WIDTH if node.params.get("field", "x") == "x" else TARGET_WIDTH, HEIGHT
    spec = registry.get(node.kind)
    telling = spec.telling(node.params) if spec else ""
    if spec is not None and spec.family == "loss":
        telling = "0.000"
    return width_of(node.name, telling), HEIGHT


def tidy(graph: Graph, sizes: Mapping[str, Size] | None = None, aspect: float = 1.8) -> dict[str, Place]:
    """The upper left corner of every node, in canvas pixels; no two nodes overlap.

    `sizes` are (width, height) by id where they differ from `size_of`. `aspect` is width over height of the room that
    the picture should fill. Parts that no wire joins stand below each other.
    """
    sizes = {name: (sizes or {}).get(name) or size_of(node) for name, node in graph.nodes.items()}
    followers: dict[str, list[str]] = {name: [] for name in graph.nodes}
    leaders: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for edge in graph.edges:
        followers[edge.source].append(edge.target)
        leaders[edge.target].append(edge.source)
    places: dict[str, Place] = {}
    top = 0.0
    order = graph.order()
    for part in _parts(order, followers, leaders):
        if len(part) == 1:
            continue
        columns = _columns(part, followers, leaders)
        outputs = [name for name in part if graph.nodes[name].kind == "output"]
        # With outputs, what leads to them runs straight and losses stand below; else all that the data reach.
        main = _reached(outputs, leaders) if outputs else _reached(columns[0], followers)
        _untangle(columns, followers, leaders, main)
        for row in _rows(columns, followers, sizes, aspect):
            middle = _heights(row, followers, leaders, sizes, main)
            top = _place(row, top, middle, places, sizes) + ROW_GAP
    lonely = [name for name in order if not followers[name] and not leaders[name]]
    _place_lonely(lonely, top, places, sizes, aspect)
    return places


def _parts(
    order: Sequence[str], followers: Mapping[str, Sequence[str]], leaders: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Ids that wires join, each part in the order of the wires."""
    part_of: dict[str, int] = {}
    count = 0
    for start in order:
        if start in part_of:
            continue
        stack = [start]
        part_of[start] = count
        while stack:
            name = stack.pop()
            for other in (*followers[name], *leaders[name]):
                if other not in part_of:
                    part_of[other] = count
                    stack.append(other)
        count += 1
    parts: list[list[str]] = [[] for _ in range(count)]
    for name in order:
        parts[part_of[name]].append(name)
    return parts


def _columns(
    part: Sequence[str], followers: Mapping[str, Sequence[str]], leaders: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Layers by longest path; what has no leader but the side branch it starts stands right before it is needed."""
    layer: dict[str, int] = {}
    for name in part:
        layer[name] = max((layer[leader] + 1 for leader in leaders[name]), default=0)
    # Late as possible, for the branches that begin at a source: so a target stands beside its loss.
    movable = {name for name in part if not leaders[name]}
    for name in part:
        if leaders[name] and all(leader in movable and len(followers[leader]) == 1 for leader in leaders[name]):
            movable.add(name)
    for name in reversed(part):
        if name in movable and followers[name]:
            layer[name] = max(layer[name], min(layer[follower] for follower in followers[name]) - 1)
    first = min(layer.values())
    columns: list[list[str]] = [[] for _ in range(max(layer.values()) - first + 1)]
    for name in part:
        columns[layer[name] - first].append(name)
    return [column for column in columns if column]


def _untangle(
    columns: list[list[str]],
    followers: Mapping[str, Sequence[str]],
    leaders: Mapping[str, Sequence[str]],
    reached: set[str],
) -> None:
    """Orders each column by the mean place of its neighbours, forth and back. Side branches sink to the bottom."""
    for column in columns:
        column.sort(key=lambda name: name not in reached)
    for sweep in range(_SWEEPS if any(len(column) > 1 for column in columns) else 0):
        forth = sweep % 2 == 0
        neighbours = leaders if forth else followers
        place = {name: index / len(column) for column in columns for index, name in enumerate(column)}
        for column in columns if forth else reversed(columns):
            if len(column) < 2:
                continue
            mean = {
                name: sum(place[other] for other in neighbours[name]) / len(neighbours[name])
                if neighbours[name]
                else place[name]
                for name in column
            }
            column.sort(key=lambda name: (name not in reached, mean[name]))
            for index, name in enumerate(column):
                place[name] = index / len(column)


def _reached(starts: Sequence[str], followers: Mapping[str, Sequence[str]]) -> set[str]:
    """What lies behind the starts, and they themselves; before them, when given leaders instead of followers."""
    seen, stack = set(starts), list(starts)
    while stack:
        for other in followers[stack.pop()]:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen


def _rows(
    columns: list[list[str]], followers: Mapping[str, Sequence[str]], sizes: Mapping[str, Size], aspect: float
) -> list[list[list[str]]]:
    """Breaks the columns into rows of about equal length where few wires cross, to fill the room best."""
    count = len(columns)
    pitch = sum(max(sizes[name][0] for name in column) for column in columns) / count + GAP_X
    heights = sorted(_height(column, sizes) for column in columns)
    tall = heights[count // 2] + ROW_GAP
    extra = heights[-1] - heights[count // 2]
    best = min(range(1, count + 1), key=lambda rows: _misfit(count, rows, pitch, tall + extra / rows, aspect))
    if best == 1:
        return [columns]
    where = {name: index for index, column in enumerate(columns) for name in column}
    crossing = [0] * (count + 1)
    for name, index in where.items():
        for follower in followers[name]:
            for cut in range(index + 1, min(where[follower], index + 64) + 1):
                crossing[cut] += 1
    rows: list[list[list[str]]] = []
    start = 0
    for number in range(1, best):
        goal = round(count * number / best)
        near = [cut for cut in (goal, goal - 1, goal + 1) if start < cut < count]
        cut = min(near, key=lambda each: crossing[each], default=goal)
        if cut > start:
            rows.append(columns[start:cut])
            start = cut
    rows.append(columns[start:])
    return rows


def _misfit(count: int, rows: int, pitch: float, tall: float, aspect: float) -> float:
    """How far a picture of `rows` rows is from the wished-for aspect, as a factor ≥ 1; short rows count as worse."""
    across = -(-count // rows)
    ratio = across * pitch / (rows * tall) / aspect
    misfit = max(ratio, 1 / ratio)
    return misfit * (4.0 if rows > 1 and across < 4 else 1.0)


def _height(column: Sequence[str], sizes: Mapping[str, Size]) -> float:
    return sum(sizes[name][1] for name in column) + GAP_Y * (len(column) - 1)


def _heights(
    row: list[list[str]],
    followers: Mapping[str, Sequence[str]],
    leaders: Mapping[str, Sequence[str]],
    sizes: Mapping[str, Size],
    reached: set[str],
) -> dict[str, float]:
    """The height of each node's middle, near the mean of its neighbours so that wires run straight."""
    middle: dict[str, float] = {}
    for column in row:
        below = -_height(column, sizes) / 2 if column[-1] in reached else -sizes[column[0]][1] / 2
        for name in column:
            middle[name] = below + sizes[name][1] / 2
            below += sizes[name][1] + GAP_Y
    for sweep in range(_SWEEPS if any(len(column) > 1 for column in row) else 0):
        forth = sweep % 2 == 0
        for column in row if forth else reversed(row):
            _settle(column, middle, leaders if forth else followers, sizes, reached)
    return middle


def _settle(
    column: Sequence[str],
    middle: dict[str, float],
    neighbours: Mapping[str, Sequence[str]],
    sizes: Mapping[str, Size],
    reached: set[str],
) -> None:
    """Moves a column's nodes towards their neighbours in the row, keeping order and gaps; side branches give way."""
    wished: dict[str, float] = {}
    for name in column:
        near = [other for other in neighbours[name] if other in middle]
        heights = [middle[other] for other in near if other in reached] or [middle[other] for other in near]
        wished[name] = sum(heights) / len(heights) if heights else middle[name]
    found: dict[str, float] = {}
    floor = -float("inf")
    for name in column:
        half = sizes[name][1] / 2
        found[name] = max(wished[name], floor + half)
        floor = found[name] + half + GAP_Y
    # Nodes were pushed down only: the mean push of those on the main path goes back up.
    main = [name for name in column if name in reached] or column
    push = sum(found[name] - wished[name] for name in main) / len(main)
    middle.update({name: at - push for name, at in found.items()})


def _place(
    row: list[list[str]],
    top: float,
    middle: Mapping[str, float],
    places: dict[str, Place],
    sizes: Mapping[str, Size],
) -> float:
    """Gives the nodes of a row their corners below `top`; returns the row's lower edge."""
    highest = min(middle[name] - sizes[name][1] / 2 for column in row for name in column)
    left, lowest = 0.0, top
    for column in row:
        for name in column:
            y = top + middle[name] - sizes[name][1] / 2 - highest
            places[name] = (round(left), round(y))
            lowest = max(lowest, y + sizes[name][1])
        left += max(sizes[name][0] for name in column) + GAP_X
    return lowest


def _place_lonely(
    names: Sequence[str], top: float, places: dict[str, Place], sizes: Mapping[str, Size], aspect: float
) -> None:
    """Nodes without wires, in rows below the rest."""
    if not names:
        return
    width = max(600.0, 220.0 * (len(names) ** 0.5) * aspect)
    left, tall = 0.0, 0.0
    for name in names:
        if left and left + sizes[name][0] > width:
            left, top, tall = 0.0, top + tall + GAP_Y, 0.0
        places[name] = (round(left), round(top))
        left += sizes[name][0] + GAP_X
        tall = max(tall, sizes[name][1])
